import { useSyncExternalStore } from 'react';

// localStorage may be full, forbidden (private windows) or evicted: the app then works for as long
// as the page stays open, and says so. Keys of what a person typed that could not be stored:
const TYPED = /^allday\.(op|draft|unsaved)\./;
const failed = new Set<string>();
const listeners = new Set<() => void>();

function note(key: string, ok: boolean): void {
  const was = failed.size > 0;
  if (ok) failed.delete(key);
  else if (TYPED.test(key)) failed.add(key);
  if (was !== failed.size > 0) for (const tell of listeners) tell();
}

export function load<T>(key: string): T | null {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** False when it could not be stored. */
export function save(key: string, value: unknown): boolean {
  let ok = true;
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    ok = false;
  }
  note(key, ok);
  return ok;
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
  note(key, true);
}

export function keysWith(prefix: string): string[] {
  try {
    const keys: string[] = [];
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i);
      if (key?.startsWith(prefix)) keys.push(key);
    }
    return keys.sort();
  } catch {
    return [];
  }
}

/** Those of what a person typed that could not be stored, too. */
export const typedKeys = (prefix: string): string[] => [
  ...new Set([...keysWith(prefix), ...[...failed].filter((key) => key.startsWith(prefix))]),
];

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Something typed is in this page only. */
export const useOnlyHere = (): boolean => useSyncExternalStore(subscribe, () => failed.size > 0);

let asked = false;

/** Asks the browser, once, not to clear our storage when the disk gets full. */
export function askToPersist(): void {
  if (asked || typeof navigator === 'undefined') return;
  asked = true;
  void navigator.storage?.persist?.().catch(() => false);
}
