import { useSyncExternalStore } from 'react';

// localStorage may be full, forbidden (private windows) or evicted: what a person typed is then kept
// here for as long as the page stays open, whoever logs out and in, and the app says so.
const TYPED = /^allday\.(op|draft|unsaved)\./;
const onlyHere = new Map<string, string>();
const listeners = new Set<() => void>();

/** text: what could not be stored under the key; null: it was, or is gone. */
function note(key: string, text: string | null): void {
  const was = onlyHere.size > 0;
  if (text === null) onlyHere.delete(key);
  else if (TYPED.test(key)) onlyHere.set(key, text);
  if (was !== onlyHere.size > 0) for (const tell of listeners) tell();
}

export const isStored = (key: string): boolean => !onlyHere.has(key);

export function load<T>(key: string): T | null {
  try {
    const text = onlyHere.get(key) ?? localStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** False when it could not be stored. */
export function save(key: string, value: unknown): boolean {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    note(key, null);
    return true;
  } catch {
    note(key, text);
    return false;
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
  note(key, null);
}

/** Sorted; those of what could not be stored, too. */
export function keysWith(prefix: string): string[] {
  const keys = new Set(onlyHere.keys());
  try {
    for (let i = 0; i < localStorage.length; i++) keys.add(localStorage.key(i) ?? '');
  } catch {
    // Nothing was stored.
  }
  return [...keys].filter((key) => key.startsWith(prefix)).sort();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Something typed is in this page only. */
export const useOnlyHere = (): boolean => useSyncExternalStore(subscribe, () => onlyHere.size > 0);

/** What of it are words, wherever they stand in it. */
export const wordsOnlyHere = (): string[] =>
  [...onlyHere.values()].flatMap((text) => wordsIn(JSON.parse(text)));

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return value ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  return ['title', 'note', 'item', 'patch', 'words'].flatMap((name) => wordsIn(fields[name]));
}

let asked = false;

/** Asks the browser, once, not to clear our storage when the disk gets full. */
export function askToPersist(): void {
  if (asked || typeof navigator === 'undefined') return;
  asked = true;
  void navigator.storage?.persist?.().catch(() => false);
}
