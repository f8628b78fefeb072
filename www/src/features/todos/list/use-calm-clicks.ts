import { type MouseEvent, type PointerEvent, useEffect, useRef } from 'react';
import { idOf } from '../rows';

const CALM_MS = 700;
const STILL = 6;

/** Where the pointer came to rest, and on which row. */
type Place = { x: number; y: number; row?: string | null };

const isStill = (event: MouseEvent, { x, y }: Place) =>
  Math.hypot(event.clientX - x, event.clientY - y) <= STILL;

/**
 * When a row slides away, the next one comes to lie under a pointer that has not moved. A click
 * that was meant for the row that was there must not hit it; one for a row that stays there does.
 */
export function useCalmClicks(leaving: ReadonlySet<string>) {
  const pointer = useRef<Place>({ x: -1, y: -1 });
  const slid = useRef({ at: Number.NEGATIVE_INFINITY, ...pointer.current });
  const before = useRef(leaving);
  useEffect(() => {
    // It has begun to slide, or is gone.
    if (before.current.size > 0 || leaving.size > 0)
      slid.current = { at: performance.now(), ...pointer.current };
    before.current = leaving;
  }, [leaving]);

  function onMove(event: PointerEvent): void {
    if (isStill(event, pointer.current)) return;
    pointer.current = { x: event.clientX, y: event.clientY, row: idOf(event.target as Element) };
  }

  function onClickCapture(event: MouseEvent): void {
    const place = slid.current;
    if (event.detail === 0 || performance.now() - place.at > CALM_MS) return;
    if (!isStill(event, place)) return;
    const row = idOf(event.target as Element);
    if (row && (leaving.has(row) || row === place.row)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  return { onPointerMove: onMove, onPointerDownCapture: onMove, onClickCapture };
}
