import { useSyncExternalStore } from 'react';

// One clock for the page: labels such as "today" stay true after midnight.
let now = new Date();
const readers = new Set<() => void>();

setInterval(() => {
  if (readers.size === 0) return;
  now = new Date();
  for (const read of readers) read();
}, 30_000);

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

export const useNow = (): Date => useSyncExternalStore(subscribe, () => now);
