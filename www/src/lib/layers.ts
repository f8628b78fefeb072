import { useEffect, useRef } from 'react';

/*
 * On a phone Back closes what lies on top (a card, a dialog, the menu) before it leaves the page.
 * Each layer is an entry of the history, marked by its depth. A layer that is closed by other means
 * leaves its entry for a moment: the next layer takes it over, or it is gone back over.
 */
type Layer = { close(): void };

const layers: Layer[] = [];
const SETTLE_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;

const coarse = () => matchMedia('(pointer: coarse)').matches;
const depth = (): number => (history.state as { layer?: number } | null)?.layer ?? 0;

function settle(): void {
  const over = depth() - layers.length;
  if (over > 0) history.go(-over);
}

function onPop(): void {
  while (layers.length > depth()) layers.pop()?.close();
  // Forward into a layer that was closed: there is nothing there.
  settle();
}

function push(layer: Layer): void {
  if (layers.length === 0) addEventListener('popstate', onPop);
  layers.push(layer);
  if (coarse() && depth() < layers.length) history.pushState({ layer: layers.length }, '');
}

function remove(layer: Layer): void {
  const at = layers.indexOf(layer);
  if (at >= 0) layers.splice(at, 1);
  clearTimeout(timer);
  if (depth() > 0) timer = setTimeout(settle, SETTLE_MS);
}

/** While shown, Back on a phone calls close. */
export function useLayer(shown: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!shown) return;
    const layer = { close: () => latest.current() };
    push(layer);
    return () => remove(layer);
  }, [shown]);
}
