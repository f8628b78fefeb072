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

type Left<T> = { key: string; value: T };
type Follower<T> = {
  /** What stands there. */
  now(): T | null;
  /** It is another tab's. */
  lost(): void;
  /** What a tab that is gone has left is here from now on. */
  found?(value: T): void;
};

/**
 * What is written in one place and not saved yet, on this device with every letter, of each tab by
 * itself. A tab that has nothing takes up the newest that tabs which are gone have left: those that
 * are asked and do not answer. When one of them is heard of later it is given back.
 */
export class TabDraft<T> {
  readonly #account: string;
  readonly #place: string;
  /** What this tab has there to begin with. */
  readonly first: T | null;

  /** of: the item in whose card it is written; none: the add field. */
  constructor(account: string, of?: string) {
    this.#account = account;
    this.#place = placeOf(account, of);
    this.first = load<T>(this.#key);
  }

  get #key(): string {
    return `${this.#place}/${tabName()}`;
  }

  keep(value: T | null): void {
    if (value) save(this.#key, value);
    else forget(this.#key);
  }

  /** Listens to the other tabs, until what it returns is called. */
  follow({ now, lost, found }: Follower<T>): () => void {
    const tabs = new Tabs<News>();
    let taken: Left<T> | null = null;
    let here = true;
    const tell = (type: 'took' | 'mine', key: string) =>
      here && tabs.tell({ type, account: this.#account, key });
    tabs.listen(({ type, ...message }) => {
      const key = 'key' in message ? message.key : null;
      if (type === 'took' && key === this.#key) {
        // Firefox writes no value that it believes to be there, and learns late that it was taken.
        forget(key);
        this.keep(now());
        tell('mine', key);
      }
      if (type !== 'mine' || (key !== this.#key && key !== taken?.key)) return;
      // A copy of a tab (Duplicate) has that one's name, too.
      if (key === this.#key) tabName(newName());
      if (same(now(), taken?.value ?? this.first)) lost();
      else this.keep(now());
    });
    tell('took', this.#key);
    const takeUp = (left: Left<T> | null) => {
      if (!left || !here || now() !== null) return;
      taken = left;
      this.keep(left.value);
      forget(left.key);
      found?.(left.value);
      // Firefox tells the others what was removed when this task is over: who was too slow to say
      // that it is there hears of it after that, and writes it again.
      setTimeout(() => tell('took', left.key));
    };
    if (found && this.first === null) void this.#left().then(takeUp);
    return () => {
      here = false;
      tabs.close();
    };
  }

  // Under the name of the place alone: of a release that had one for all tabs.
  async #left(): Promise<Left<T> | null> {
    const keys = keysWith(this.#place).filter(
      (key) => key === this.#place || key.startsWith(`${this.#place}/`),
    );
    const key = keys.length > 0 ? (await unclaimed(this.#account, keys)).at(-1) : undefined;
    const value = key === undefined ? null : load<T>(key);
    return key === undefined || value === null ? null : { key, value };
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
