import { create } from 'zustand';
import type { Intent } from '../sync/ops';
import { cardDrafts, type Kept, unclaimed } from '../tab-draft';
import type { Todo } from '../types';
import { readWhen, type Words } from '../ui';
import type { ApiError } from '@/lib/api-client';
import { forget, keysWith, load, save } from '@/lib/storage';

/*
 * What was typed and will not be taken by the server, until the person sends it again, makes
 * something else of it or throws it away. One localStorage entry each, by account.
 */
export type Unsaved = {
  key: string;
  title: string;
  note: string;
  due: Todo['due'];
  slug: string;
  field: string | null;
  /** What was meant. */
  intent: Intent;
};

type State = { account: string | null; entries: readonly Unsaved[]; shown: boolean };

export const useUnsaved = create<State>(() => ({ account: null, entries: [], shown: false }));

const prefixOf = (account: string) => `allday.unsaved.${account}.`;

export function openUnsaved(account: string): void {
  const entries = keysWith(prefixOf(account)).flatMap((key) => load<Unsaved>(key) ?? []);
  useUnsaved.setState({ account, entries, shown: false });
}

/** Another tab added or removed one. */
export function adoptUnsaved(storageKey: string | null): void {
  const { account, shown } = useUnsaved.getState();
  if (!account || !storageKey?.startsWith(prefixOf(account))) return;
  openUnsaved(account);
  useUnsaved.setState({ shown });
}

export function closeUnsaved(): void {
  useUnsaved.setState({ account: null, entries: [], shown: false });
}

/** Keeps an edit or a creation with the texts in it; false when there is nothing typed in it. */
export function keepUnsaved(intent: Intent, error: ApiError, item: Todo | undefined): boolean {
  const { account } = useUnsaved.getState();
  const typed = typedIn(intent, item);
  if (!account || !typed) return false;
  const field = error.field ?? null;
  const key = keyOf(account, typed.intent.id, [typed.title, typed.note, typed.due]);
  put({ key, slug: error.slug, field, ...typed });
  return true;
}

/** Keeps the words of a card whose item is no more. */
export function keepWords(id: string, words: Words, name: string): void {
  const { account } = useUnsaved.getState();
  if (!account) return;
  const key = keyOf(account, id, words);
  const { when, ...texts } = words;
  const { due, unread } = readWhen(when);
  const intent: Intent = { kind: 'patch', id, patch: { ...texts, ...(due && { due }) } };
  // A date that could not be read is words.
  const note = [texts.note, ...unread].filter(Boolean).join('\n');
  put({ key, title: texts.title ?? name, note, due, slug: 'deleted', field: null, intent });
}

/** What was written in cards when the page went away, and the items are gone since. */
export async function keepLostDrafts(items: ReadonlyMap<string, Todo>): Promise<void> {
  const { account } = useUnsaved.getState();
  if (!account) return;
  const lost = cardDrafts(account).filter(({ id }) => items.get(id)?.deleted !== null);
  const keys = lost.map(({ key }) => key);
  const left = keys.length > 0 ? await unclaimed(account, keys) : [];
  if (useUnsaved.getState().account !== account) return;
  for (const { id, key } of lost) {
    const draft = left.includes(key) ? load<Kept>(key) : null;
    if (!draft) continue;
    keepWords(id, draft.words, draft.base.title ?? '');
    forget(key);
  }
}

function typedIn(intent: Intent, item: Todo | undefined) {
  if (intent.kind === 'create') {
    // With what was written into it since.
    const { title, note, done, due, position } = {
      note: '',
      done: false,
      due: null,
      ...intent.item,
      ...item,
    };
    const fields = { title, note, done, due, ...(position && { position }) };
    return { title, note, due, intent: { ...intent, item: fields } };
  }
  if (intent.kind !== 'patch') return null;
  const { title, note, due } = intent.patch;
  if (title === undefined && note === undefined && !due) return null;
  const named = title ?? item?.title ?? '';
  return { title: named, note: note ?? '', due: due ?? null, intent };
}

/** The same words for the same item twice are one entry. */
const keyOf = (account: string, id: string, words: unknown): string =>
  `${prefixOf(account)}${id}.${hash(JSON.stringify(words))}`;

function hash(text: string): string {
  let h = 5381;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 33) ^ text.charCodeAt(i)) >>> 0;
  return `${h.toString(36)}${text.length.toString(36)}`;
}

function put(entry: Unsaved): void {
  const others = useUnsaved.getState().entries.filter((other) => other.key !== entry.key);
  save(entry.key, entry);
  useUnsaved.setState({ entries: [...others, entry] });
}

export function dropUnsaved(key: string): void {
  forget(key);
  const entries = useUnsaved.getState().entries.filter((entry) => entry.key !== key);
  useUnsaved.setState({ entries });
}
