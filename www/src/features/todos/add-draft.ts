import { forget, keysWith, load, save } from '@/lib/storage';
import { Tabs } from '@/lib/tabs';
import type { News } from './sync/news';

const TAB = 'allday.tab';
const newName = () => Date.now().toString(36) + Math.random().toString(36).slice(2, 8);

/** This tab, also after a reload or a crash; a later one sorts behind. */
function tabName(): string {
  try {
    const known = sessionStorage.getItem(TAB) ?? newName();
    sessionStorage.setItem(TAB, known);
    return known;
  } catch {
    return newName();
  }
}

/**
 * What stands in the add field, on this device with every letter, of each tab by itself. A tab that
 * has nothing takes up the newest of the tabs that are gone: it takes it from the one that wrote
 * it, and gives it back when that one is heard of.
 */
export class AddDraft {
  readonly #account: string;
  readonly #key: string;
  #taken: string | null = null;
  /** What the field begins with. */
  readonly first: string;

  constructor(account: string) {
    this.#account = account;
    this.#key = `allday.draft.${account}/${tabName()}`;
    this.first = load<string>(this.#key) ?? this.#take();
  }

  keep(text: string): void {
    if (text) save(this.#key, text);
    else forget(this.#key);
  }

  /** Listens to the other tabs, until what it returns is called. */
  follow(field: HTMLInputElement): () => void {
    const tabs = new Tabs<News>();
    const tell = (type: 'took' | 'mine', key: string) =>
      tabs.tell({ type, account: this.#account, key });
    tabs.listen((message) => {
      if (message.type === 'took' && message.key === this.#key && field.value) {
        // Firefox writes no value that it believes to be there, and learns late that it was taken.
        forget(this.#key);
        this.keep(field.value);
        tell('mine', this.#key);
      }
      if (message.type !== 'mine' || message.key !== this.#taken) return;
      if (field.value !== this.first) return;
      field.value = '';
      this.keep('');
    });
    if (this.#taken) tell('took', this.#taken);
    return () => tabs.close();
  }

  // Under the account's name alone: of a release that had one for all tabs.
  #take(): string {
    const own = `allday.draft.${this.#account}`;
    const left = keysWith(own).filter((key) => key === own || key.startsWith(`${own}/`));
    const key = left.at(-1);
    if (!key) return '';
    const text = load<string>(key) ?? '';
    this.keep(text);
    forget(key);
    this.#taken = key;
    return text;
  }
}
