import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef } from 'react';
import { flushSync } from 'react-dom';

/** Up to here every row is in the page, where the browser's own search finds it. */
const WHOLE = 200;
const AHEAD = 900;
const SPARE = 400;
const OPEN_MARGINS = 16;

const rowHeight = () => (matchMedia('(pointer: coarse)').matches ? 44 : 36);

/** How high each row is, and where it begins: measured where it was seen, else taken as one line. */
export class Layout {
  #ids: readonly string[] = [];
  #heights = new Map<string, number>();
  #tops: Float64Array | null = null;
  #row = rowHeight();

  show(ids: readonly string[]): void {
    if (ids !== this.#ids) this.#tops = null;
    this.#ids = ids;
  }

  measured(id: string, height: number): void {
    if (this.height(id) === height) return;
    this.#heights.set(id, height);
    this.#tops = null;
  }

  /** At another width other lines break. */
  forget(): void {
    this.#heights.clear();
    this.#row = rowHeight();
    this.#tops = null;
  }

  height(id: string): number {
    return this.#heights.get(id) ?? this.#row;
  }

  /** tops[i] is where row i begins, tops[length] the end. */
  get tops(): Float64Array {
    if (this.#tops) return this.#tops;
    const tops = new Float64Array(this.#ids.length + 1);
    this.#ids.forEach((id, i) => {
      tops[i + 1] = tops[i]! + this.height(id);
    });
    this.#tops = tops;
    return tops;
  }

  /** The row at a distance from the list's top. */
  at(y: number): number {
    const { tops } = this;
    let [low, high] = [0, Math.max(0, tops.length - 2)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle]! <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

export type Observe = (row: HTMLElement | null) => (() => void) | undefined;

type Range = { from: number; to: number };

/**
 * Which rows of a long list are in the page: those near the window, and those that keep names
 * (by index). Returns their indexes in order.
 */
export function useWindow(
  list: RefObject<HTMLElement | null>,
  ids: readonly string[],
  keep: readonly number[],
): { layout: Layout; shown: number[]; whole: boolean; observe: Observe } {
  const layout = useLazy(() => new Layout());
  const range = useRef<Range>({ from: 0, to: 60 });
  const [, draw] = useReducer((n: number) => n + 1, 0);
  layout.show(ids);
  const whole = ids.length <= WHOLE;

  const look = useRef(() => {});
  look.current = () => {
    const next = whole ? null : nextRange(list.current, layout, range.current, ids.length);
    if (!next) return;
    range.current = next;
    draw();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows may have other heights
  useLayoutEffect(() => look.current(), [ids]);
  useEffect(() => {
    // In the frame of the scroll itself: no empty stretch is ever painted.
    const onScroll = () => flushSync(() => look.current());
    const abort = new AbortController();
    const { signal } = abort;
    addEventListener('scroll', onScroll, { signal, passive: true });
    addEventListener('resize', onScroll, { signal });
    return () => abort.abort();
  }, []);

  const observe = useMeasuring(layout, look);
  return { layout, whole, observe, shown: whole ? all(ids) : some(range.current, keep, ids) };
}

function useLazy<T>(make: () => T): T {
  const ref = useRef<T | null>(null);
  ref.current ??= make();
  return ref.current;
}

const all = (ids: readonly string[]) => ids.map((_, i) => i);

function some({ from, to }: Range, keep: readonly number[], ids: readonly string[]): number[] {
  const shown = new Set(keep.filter((i) => i >= 0 && i < ids.length));
  for (let i = from; i < Math.min(to, ids.length); i++) shown.add(i);
  return [...shown].sort((a, b) => a - b);
}

/** The rows around the window; null while those that are drawn still reach far enough. */
function nextRange(list: HTMLElement | null, layout: Layout, now: Range, n: number): Range | null {
  if (!list) return null;
  const top = -list.getBoundingClientRect().top;
  const reach = (by: number): Range => ({
    from: layout.at(top - by),
    to: Math.min(n, layout.at(top + innerHeight + by) + 1),
  });
  const needed = reach(SPARE);
  if (needed.from >= now.from && needed.to <= Math.min(now.to, n)) return null;
  return reach(AHEAD);
}

/** Tells the layout the height of each row that is drawn. */
function useMeasuring(layout: Layout, look: RefObject<() => void>) {
  const width = useRef(0);
  const observer = useLazy(
    () =>
      new ResizeObserver((entries) => {
        const wide = entries.at(-1)!.contentRect.width;
        if (width.current && wide !== width.current) layout.forget();
        width.current = wide;
        for (const { target } of entries) measure(layout, target as HTMLElement);
        look.current();
      }),
  );
  useEffect(() => () => observer.disconnect(), [observer]);
  return useRef<Observe>((row) => {
    if (!row) return undefined;
    observer.observe(row);
    return () => observer.unobserve(row);
  }).current;
}

function measure(layout: Layout, row: HTMLElement): void {
  // What slides away has no height of its own any more.
  if (row.classList.contains('row-leaving')) return;
  const margins = row.classList.contains('row-is-open') ? OPEN_MARGINS : 0;
  layout.measured(row.dataset.row ?? '', row.getBoundingClientRect().height + margins);
}
