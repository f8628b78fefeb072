import { type MouseEvent, type PointerEvent, useEffect, useRef } from 'react';

const CALM_MS = 700;
const STILL = 6;

/**
 * When a row slides away, the next one comes to lie under a pointer that has not moved. A click
 * that was meant for the row that was there must not hit it.
 */
export function useCalmClicks(leaving: ReadonlySet<string>) {
  const pointer = useRef({ x: -1, y: -1 });
  const slid = useRef({ at: Number.NEGATIVE_INFINITY, x: 0, y: 0 });
  const before = useRef(leaving);
  useEffect(() => {
    // It has begun to slide, or is gone.
    if (before.current.size > 0 || leaving.size > 0)
      slid.current = { at: performance.now(), ...pointer.current };
    before.current = leaving;
  }, [leaving]);

  function onMove(event: PointerEvent): void {
    pointer.current = { x: event.clientX, y: event.clientY };
  }

  function onClickCapture(event: MouseEvent): void {
    const { at, x, y } = slid.current;
    if (event.detail === 0 || performance.now() - at > CALM_MS) return;
    if (Math.hypot(event.clientX - x, event.clientY - y) > STILL) return;
    const row = (event.target as Element).closest('[data-row]')?.getAttribute('data-row');
    if (row && leaving.has(row)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  return { onPointerMove: onMove, onPointerDownCapture: onMove, onClickCapture };
}
