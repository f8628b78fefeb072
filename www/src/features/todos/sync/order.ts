import { generateNKeysBetween } from 'fractional-indexing';
import type { Todo } from '../types';

type Placed = Pick<Todo, 'id' | 'position'>;

/** The server takes 200 characters; from here on the neighbours get new keys instead. */
export const KEY_LIMIT = 60;
const FIRST_WIDTH = 8;

/**
 * Byte order of the key, then the id: two devices may make the same key. Last is what has none: the
 * server puts it at the end.
 */
export function byPosition(a: Placed, b: Placed): number {
  if (!a.position !== !b.position) return a.position ? -1 : 1;
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** n ascending keys between two, none longer than limit; null when there is no room for them. */
function between(low: Placed | undefined, high: Placed | undefined, n: number, limit: number) {
  try {
    const keys = generateNKeysBetween(low?.position || null, high?.position ?? null, n);
    return keys.every((key) => key.length <= limit) ? keys : null;
  } catch {
    // Equal neighbours, or the end of what keys can say.
    return null;
  }
}

/** Keys for n new items after the last one; null leaves their place to the server. */
export function keysAtEnd(sorted: readonly Placed[], n: number): string[] | null {
  return between(sorted.at(-1), undefined, n, KEY_LIMIT);
}

/**
 * What puts an item after another one (null: first): its new key, and when the gap has no room
 * for a short one, new keys for its neighbours too. others is the whole list in order, without
 * the item itself.
 */
export function place(others: readonly Placed[], id: string, before: string | null): Placed[] {
  const at = before === null ? 0 : others.findIndex((item) => item.id === before) + 1;
  const [key] = between(others[at - 1], others[at], 1, KEY_LIMIT) ?? [];
  return key ? [{ id, position: key }] : respace(others, id, at);
}

// Wider and wider around the gap, until the keys are short enough to last for a while.
function respace(others: readonly Placed[], id: string, at: number): Placed[] {
  for (let width = FIRST_WIDTH; ; width *= 2) {
    const [from, to] = [Math.max(0, at - width), Math.min(others.length, at + width)];
    const whole = from === 0 && to === others.length;
    const limit = whole ? KEY_LIMIT : KEY_LIMIT / 2;
    const bounds = whole ? [] : [others[from - 1], others[to]];
    const keys = between(bounds[0], bounds[1], to - from + 1, limit);
    if (!keys) continue;
    const ids = [...others.slice(from, at), { id }, ...others.slice(at, to)].map((o) => o.id);
    return ids.map((one, i) => ({ id: one, position: keys[i]! }));
  }
}
