import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';
import type { Todo } from '../types';

type Placed = Pick<Todo, 'id' | 'position'>;

/** Byte order of the key, then the id: two devices may make the same key. */
export function byPosition(a: Placed, b: Placed): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Keys for n new items after the last one. */
export function keysAtEnd(sorted: readonly Placed[], n: number): string[] {
  return generateNKeysBetween(sorted.at(-1)?.position || null, null, n);
}

/**
 * The key that puts an item between two neighbours of the whole list, taken without the item
 * itself. Equal neighbours leave no room, so the next greater key bounds it instead.
 */
export function keyAfter(sorted: readonly Placed[], before: string | null): string {
  const index = before === null ? -1 : sorted.findIndex((item) => item.id === before);
  const low = sorted[index]?.position || null;
  const high = sorted.slice(index + 1).find((item) => low === null || item.position > low);
  return generateKeyBetween(low, high?.position ?? null);
}
