const HOMES = [
  'dialog[open] :is(input:not([hidden]), select, textarea)',
  'dialog[open] button',
  '.row-open[tabindex="0"]',
  '.add input:enabled',
  'h1',
];

const find = (selector: string) => document.querySelector<HTMLElement>(selector);

/** In its blur event: the window has lost the focus, the field keeps its own. */
export const hasFocus = (field: Element): boolean => document.activeElement === field;

/** Where the focus goes when what had it is gone: the open dialog, the list, the add field. */
export function focusHome(): void {
  const phone = matchMedia('(pointer: coarse)').matches;
  for (const home of HOMES) {
    // On a phone the keyboard would come up for it.
    if (phone && home.startsWith('.add')) continue;
    const element = find(home);
    element?.focus({ preventScroll: true });
    if (element && document.activeElement === element) return;
  }
}

/** After a key or a click the focus is never left on nothing because its control went away. */
export function watchFocus(): void {
  let last: Element | null = null;
  document.addEventListener('focusin', (event) => {
    last = event.target as Element;
  });
  const look = () => {
    if (document.activeElement !== document.body || !last) return;
    if (last.isConnected && !last.matches(':disabled')) return;
    last = null;
    focusHome();
  };
  // After React has drawn, and after the frame in which a row is focused.
  const later = () => requestAnimationFrame(() => requestAnimationFrame(look));
  for (const kind of ['click', 'keydown']) document.addEventListener(kind, later, true);
}
