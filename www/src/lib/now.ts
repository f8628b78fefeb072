import { useSyncExternalStore } from 'react';

// One clock for the page: labels such as "today" stay true after midnight.
let now = new Date();
const readers = new Set<() => void>();

function tick(): void {
  now = new Date();
  for (const read of readers) read();
}

setInterval(tick, 30_000);
// Timers rest while the machine sleeps, and in the background.
for (const kind of ['focus', 'pageshow']) addEventListener(kind, tick);
document.addEventListener('visibilitychange', tick);

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

export const useNow = (): Date => useSyncExternalStore(subscribe, () => now);
