import {
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { freeArea } from '@/lib/reveal';
import type { Layout } from './use-window';

const MOUSE_DISTANCE = 5;
const HOLD_MS = 220;
const HOLD_TOLERANCE = 8;
const EDGE = 56;
const SPEED = 16;
const LAND_MS = 140;

/** The row under way, where it came from, where it would land, and how much room it takes. */
export type Drag = { id: string; from: number; to: number; height: number };

type Options = {
  list: RefObject<HTMLElement | null>;
  layout: Layout;
  ids: readonly string[];
  onLift(id: string): void;
  onDrop(id: string, to: number): void;
  onCancel(id: string): void;
};

type Press = {
  id: string;
  row: HTMLElement;
  pointer: number;
  x: number;
  y: number;
  /** The pointer's distance from the row's top. */
  grip: number;
  finger: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
};

/** Rows that make room move by this. */
export function shiftOf(drag: Drag | null, index: number): number {
  if (!drag || index === drag.from) return 0;
  if (index > drag.from && index <= drag.to) return -drag.height;
  if (index < drag.from && index >= drag.to) return drag.height;
  return 0;
}

/** Where a row that was lifted from one place belongs: past each row whose middle it has passed. */
export function target(tops: Float64Array, from: number, top: number): number {
  const last = tops.length - 2;
  const bottom = top + tops[from + 1]! - tops[from]!;
  const middle = (i: number) => (tops[i]! + tops[i + 1]!) / 2;
  let to = from;
  while (to < last && bottom > middle(to + 1)) to++;
  while (to > 0 && top < middle(to - 1)) to--;
  return to;
}

/*
 * Reordering by pointer. The mouse lifts a row after a few pixels, a finger after a short hold (a
 * swipe still scrolls) or at once on the grip. Nothing is written before the drop; Esc, a second
 * finger and whatever takes the pointer away put the row back.
 */
class Dragging {
  drag: Drag | null = null;
  press: Press | null = null;
  #frame = 0;
  #y = 0;
  #off: AbortController | null = null;

  constructor(
    readonly options: { current: Options },
    readonly draw: (drag: Drag | null) => void,
  ) {}

  down(event: PointerEvent): void {
    if (this.press) {
      this.end(false);
      return;
    }
    const line = (event.target as Element).closest('.row-line');
    const row = line?.closest<HTMLElement>('[data-row]');
    if (!row || event.button !== 0 || !event.isPrimary) return;
    const finger = event.pointerType === 'touch';
    this.press = {
      id: row.dataset.row ?? '',
      row,
      pointer: event.pointerId,
      x: event.clientX,
      y: event.clientY,
      grip: event.clientY - row.getBoundingClientRect().top,
      finger,
      timer: undefined,
    };
    this.#y = event.clientY;
    this.#listen();
    if (!finger) return;
    if ((event.target as Element).closest('.grip')) this.#lift();
    else this.press.timer = setTimeout(() => this.#lift(), HOLD_MS);
  }

  #listen(): void {
    this.#off = new AbortController();
    const how = { signal: this.#off.signal, capture: true };
    addEventListener('pointermove', (event) => this.#move(event), how);
    addEventListener('pointerup', (event) => this.#ours(event) && this.end(true), how);
    addEventListener('pointercancel', (event) => this.#ours(event) && this.end(false), how);
    addEventListener('pointerdown', (event) => this.#ours(event) || this.end(false), how);
    addEventListener('blur', () => this.end(false), { signal: this.#off.signal });
    addEventListener('scroll', () => this.drag && this.#follow(), how);
    addEventListener('contextmenu', (event) => this.press?.finger && event.preventDefault(), how);
    addEventListener('keydown', (event) => this.#key(event), how);
  }

  #ours = (event: PointerEvent): boolean => event.pointerId === this.press?.pointer;

  #key(event: KeyboardEvent): void {
    if (!this.drag) return;
    // No key means anything else while a row is in the hand.
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') this.end(false);
  }

  #move(event: PointerEvent): void {
    const { press } = this;
    if (!press || !this.#ours(event)) return;
    this.#y = event.clientY;
    const way = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    if (this.drag) this.#follow();
    else if (press.finger && way > HOLD_TOLERANCE) this.end(false);
    else if (!press.finger && way >= MOUSE_DISTANCE) this.#lift();
  }

  #lift(): void {
    const { press } = this;
    const { ids, layout, onLift } = this.options.current;
    const from = press ? ids.indexOf(press.id) : -1;
    if (!press || from < 0) {
      this.end(false);
      return;
    }
    clearTimeout(press.timer);
    document.documentElement.toggleAttribute('data-dragging', true);
    this.#show({ id: press.id, from, to: from, height: layout.height(press.id) });
    onLift(press.id);
    this.#follow();
    this.#frame = requestAnimationFrame(this.#scroll);
  }

  #show(drag: Drag | null): void {
    this.drag = drag;
    flushSync(() => this.draw(drag));
  }

  /** Keeps the row under the pointer, inside the list. */
  #follow(): void {
    const { drag, press } = this;
    const { list, layout, ids } = this.options.current;
    if (!drag || !press || !list.current) return;
    const from = ids.indexOf(drag.id);
    if (from < 0) {
      this.end(false);
      return;
    }
    const { tops } = layout;
    const wanted = this.#y - press.grip - list.current.getBoundingClientRect().top;
    const top = Math.max(0, Math.min(wanted, tops[ids.length]! - drag.height));
    press.row.style.transform = `translateY(${Math.round(top - tops[from]!)}px)`;
    const to = target(tops, from, top);
    if (to !== drag.to || from !== drag.from) this.#show({ ...drag, from, to });
  }

  // Near an edge the page moves along, until the list's own end is in sight.
  #scroll = (): void => {
    const list = this.options.current.list.current;
    if (!this.drag || !list) return;
    const area = freeArea();
    const box = list.getBoundingClientRect();
    const up = area.top + EDGE - this.#y;
    const down = this.#y - (area.bottom - EDGE);
    const speed = (by: number) => Math.ceil((SPEED * Math.min(by, EDGE)) / EDGE);
    if (up > 0 && box.top < area.top) scrollBy(0, -Math.min(speed(up), area.top - box.top));
    if (down > 0 && box.bottom > area.bottom)
      scrollBy(0, Math.min(speed(down), box.bottom - area.bottom));
    this.#frame = requestAnimationFrame(this.#scroll);
  };

  end(drop: boolean): void {
    const { drag, press } = this;
    clearTimeout(press?.timer);
    cancelAnimationFrame(this.#frame);
    this.#off?.abort();
    this.press = null;
    if (!drag || !press) return;
    document.documentElement.toggleAttribute('data-dragging', false);
    ignoreClick();
    const before = press.row.getBoundingClientRect().top;
    press.row.style.transform = '';
    const { onDrop, onCancel } = this.options.current;
    flushSync(() => {
      if (drop && drag.to !== drag.from) onDrop(drag.id, drag.to);
      else onCancel(drag.id);
      this.drag = null;
      this.draw(null);
    });
    land(press.row, before);
  }
}

/** The click that ends a drag opens nothing. One by keyboard has no detail. */
function ignoreClick(): void {
  const off = new AbortController();
  const how = { signal: off.signal, capture: true };
  const stop = (event: MouseEvent) => {
    if (event.detail === 0) return;
    event.preventDefault();
    event.stopPropagation();
    off.abort();
  };
  addEventListener('click', stop, how);
  addEventListener('pointerdown', () => off.abort(), how);
}

/** From the hand into its place. */
function land(row: HTMLElement, from: number): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches || !row.isConnected) return;
  const by = from - row.getBoundingClientRect().top;
  const steps = [{ transform: `translateY(${by}px)` }, { transform: 'none' }];
  row.animate(steps, { duration: LAND_MS, easing: 'ease-out' });
}

export function useDrag(options: Options) {
  const [drag, draw] = useState<Drag | null>(null);
  const latest = useRef(options);
  latest.current = options;
  const ref = useRef<Dragging | null>(null);
  ref.current ??= new Dragging(latest, draw);
  const dragging = ref.current;
  useEffect(() => {
    // Known from the start, or Safari scrolls on: a finger that holds a row does not scroll.
    const list = latest.current.list.current;
    const hold = (event: TouchEvent) => dragging.drag && event.cancelable && event.preventDefault();
    list?.addEventListener('touchmove', hold, { passive: false });
    return () => {
      list?.removeEventListener('touchmove', hold);
      dragging.end(false);
    };
  }, [dragging]);
  const onPointerDown = (event: ReactPointerEvent) => dragging.down(event.nativeEvent);
  return { drag, onPointerDown };
}
