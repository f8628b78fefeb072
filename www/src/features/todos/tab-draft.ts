import { useSession } from '@/lib/session';
import { forget, keysWith, load, save } from '@/lib/storage';
import { Tabs } from '@/lib/tabs';
import type { News } from './sync/news';
import type { Words } from './ui';

const TAB = 'allday.tab';
const newName = () => Date.now().toString(36) + Math.random().toString(36).slice(2, 8);

/** This tab, also after a reload or a crash; a later one sorts behind. */
function tabName(known = readName()): string {
  const name = known ?? newName();
  try {
    sessionStorage.setItem(TAB, name);
  } catch {
    forThisPage = name;
  }
  return name;
}

let forThisPage: string | null = null;
function readName(): string | null {
  try {
    return sessionStorage.getItem(TAB) ?? forThisPage;
  } catch {
    return forThisPage;
  }
}

/**
 * What is written in one place and not saved yet, on this device with every letter, of each tab by
 * itself. A tab that has nothing takes up the newest of the tabs that are gone: it takes it from
 * the one that wrote it, and gives it back when that one is heard of.
 */
export class TabDraft<T> {
  readonly #account: string;
  readonly #place: string;
  #taken: string | null = null;
  /** What is there to begin with. */
  readonly first: T | null;

  /** of: the item in whose card it is written; none: the add field. */
  constructor(account: string, of?: string) {
    this.#account = account;
    this.#place = placeOf(account, of);
    this.first = load<T>(this.#key) ?? this.#take();
  }

  get #key(): string {
    return `${this.#place}/${tabName()}`;
  }

  keep(value: T | null): void {
    if (value) save(this.#key, value);
    else forget(this.#key);
  }

  /**
   * Listens to the other tabs, until what it returns is called. now: what stands there; lost: it
   * is another tab's.
   */
  follow(now: () => T | null, lost: () => void): () => void {
    const tabs = new Tabs<News>();
    const tell = (type: 'took' | 'mine', key: string) =>
      tabs.tell({ type, account: this.#account, key });
    tabs.listen(({ type, ...message }) => {
      const key = 'key' in message ? message.key : null;
      if (type === 'took' && key === this.#key) {
        // Firefox writes no value that it believes to be there, and learns late that it was taken.
        forget(key);
        this.keep(now());
        tell('mine', key);
      }
      if (type !== 'mine' || (key !== this.#key && key !== this.#taken)) return;
      // A copy of a tab (Duplicate) has that one's name, too.
      if (key === this.#key) tabName(newName());
      if (same(now(), this.first)) lost();
      else this.keep(now());
    });
    tell('took', this.#taken ?? this.#key);
    return () => tabs.close();
  }

  // Under the name of the place alone: of a release that had one for all tabs.
  #take(): T | null {
    const left = keysWith(this.#place).filter(
      (key) => key === this.#place || key.startsWith(`${this.#place}/`),
    );
    const key = left.at(-1);
    if (!key) return null;
    const value = load<T>(key);
    this.keep(value);
    forget(key);
    this.#taken = key;
    return value;
  }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

const placeOf = (account: string, of?: string): string =>
  `allday.draft.${account}${of === undefined ? '' : `.${of}`}`;

/** Written in the card of an item; base: what the words were written over. */
export type Kept = { words: Words; base: Words };

export const cardDraft = (id: string): TabDraft<Kept> =>
  new TabDraft(useSession.getState().account?.id ?? '', id);

/** The items in whose cards something is written, with where that is stored. */
export function cardDrafts(account: string): { id: string; key: string }[] {
  const prefix = `${placeOf(account)}.`;
  return keysWith(prefix).map((key) => ({ id: key.slice(prefix.length).split('/')[0]!, key }));
}

/** For a window to say that it has something in hand. */
const ANSWER_MS = 500;

/** Those of the keys that no other window has in hand. */
export async function unclaimed(account: string, keys: readonly string[]): Promise<string[]> {
  const left = new Set(keys);
  const tabs = new Tabs<News>();
  tabs.listen((message) => message.type === 'mine' && left.delete(message.key));
  for (const key of keys) tabs.tell({ type: 'took', account, key });
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  tabs.close();
  return [...left];
}
