type Area = { top: number; bottom: number };

const MARGIN = 8;

/** The keyboard's height where it covers the page instead of making it smaller (iOS). */
function keyboard(): number {
  const view = window.visualViewport;
  // Zoomed in, the smaller view is the person's own doing.
  if (!view || Math.abs(view.scale - 1) > 0.01) return 0;
  return Math.max(0, innerHeight - view.height - view.offsetTop);
}

/**
 * The part of the window that nothing covers, in the coordinates of getBoundingClientRect: without
 * the keyboard, and without the bars marked data-bar, which stick or are fixed at either edge.
 */
export function freeArea(): Area {
  const area = { top: 0, bottom: innerHeight - keyboard() };
  for (const bar of document.querySelectorAll<HTMLElement>('[data-bar]')) {
    const style = getComputedStyle(bar);
    if (style.position === 'sticky') area.top = Math.max(area.top, bar.offsetHeight);
    if (style.position !== 'fixed') continue;
    const { top, bottom } = bar.getBoundingClientRect();
    if (top + bottom < innerHeight) area.top = Math.max(area.top, bottom);
    else area.bottom = Math.min(area.bottom, top);
  }
  return area;
}

/** Scrolls an element fully into the free area; one that is higher than that, to its top. */
export function reveal(element: Element): void {
  const area = freeArea();
  const box = element.getBoundingClientRect();
  const under = Math.min(box.bottom + MARGIN - area.bottom, box.top - MARGIN - area.top);
  const over = box.top - MARGIN - area.top;
  if (over < 0) scrollBy(0, over);
  else if (under > 0) scrollBy(0, under);
}

/** Keeps --keyboard on the root, for bars at the lower edge; returns what stops it. */
export function followKeyboard(): () => void {
  const view = window.visualViewport;
  if (!view) return () => {};
  const tell = () =>
    document.documentElement.style.setProperty('--keyboard', `${Math.round(keyboard())}px`);
  view.addEventListener('resize', tell);
  view.addEventListener('scroll', tell);
  return () => {
    view.removeEventListener('resize', tell);
    view.removeEventListener('scroll', tell);
    document.documentElement.style.removeProperty('--keyboard');
  };
}
