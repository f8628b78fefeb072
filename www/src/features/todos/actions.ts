import { keepUnsaved } from '@/features/unsaved/store';
import { ApiError } from '@/lib/api-client';
import { codePoints, NOTE_MAX, oneLine, TITLE_MAX, toTitle } from '@/lib/text';
import { uuid } from '@/lib/uuid';
import { act, useTodos } from './store';
import type { Create, Intent } from './sync/ops';
import { byPosition, keyAfter, keysAtEnd } from './sync/order';
import type { Editable, Texts, Todo } from './types';

/** As many as the server takes in one call. */
const MANY = 500;

export function living(items: ReadonlyMap<string, Todo>): Todo[] {
  const { items: known, order } = useTodos.getState();
  if (items === known) return order.map((id) => items.get(id)!);
  return [...items.values()].filter((item) => !item.deleted).sort(byPosition);
}

const current = () => living(useTodos.getState().items);

type Line = { title: string; note?: string };

/** New items for the end of the list. Before the list is known, the server finds their place. */
export function creations(lines: readonly Line[], after: Todo[] | null): Create[] {
  const keys = after && keysAtEnd(after, lines.length);
  return lines.map((line, i) => {
    const { title, rest } = toTitle(line.title);
    const note = [rest, line.note ?? ''].filter(Boolean).join('\n\n');
    const item = { title, ...(note && { note }), ...(keys && { position: keys[i]! }) };
    return { kind: 'create', id: uuid(), item };
  });
}

const fits = (intent: Create) => codePoints(intent.item.note ?? '') <= NOTE_MAX;

/**
 * Returns the ids of what was added. What has room in no item is not, and is put where what could
 * not be saved is found.
 */
export function add(titles: readonly string[]): string[] {
  const lines = titles.map((title) => ({ title })).filter((line) => oneLine(line.title));
  const intents = creations(lines, useTodos.getState().ready ? last() : null);
  for (const intent of intents) if (!fits(intent)) keepUnsaved(intent, tooLong, undefined);
  const good = intents.filter(fits);
  act(good);
  return good.map((intent) => intent.id);
}

/** The last item is enough to find the places after it. */
function last(): Todo[] {
  const { items, order } = useTodos.getState();
  const item = items.get(order.at(-1) ?? '');
  return item ? [item] : [];
}

const tooLong = new ApiError(
  413,
  { type: 'urn:allday:too-large', title: 'too large', status: 413, field: 'note' },
  null,
);

/**
 * Changes an item. began: the texts as they were when the person began to edit them, so that what
 * somebody else wrote in the meantime is not overwritten; by default as they are now.
 */
export function patch(id: string, change: Partial<Editable>, began?: Texts): () => void {
  const item = useTodos.getState().items.get(id);
  const base: Texts = {};
  if (change.title !== undefined && item) base.title = began?.title ?? item.title;
  let fields = change;
  if (change.title !== undefined && codePoints(change.title) > TITLE_MAX) {
    const { title, rest } = toTitle(change.title);
    const note = change.note ?? item?.note ?? '';
    fields = { ...change, title, note: [rest, note].filter(Boolean).join('\n\n') };
  }
  if (fields.note !== undefined && item) base.note = began?.note ?? item.note;
  const texts = Object.keys(base).length > 0;
  return act([{ kind: 'patch', id, patch: fields, ...(texts && { base }) }]);
}

export const remove = (id: string) => act([{ kind: 'delete', id }]);

/** Clears the completed items among those that were seen (by default all in the list). */
export function clearCompleted(seen?: readonly string[]): { count: number; undo(): void } {
  const { items, order } = useTodos.getState();
  const ids = (seen ?? order).filter((id) => {
    const item = items.get(id);
    return item?.done && !item.deleted;
  });
  const intents: Intent[] = [];
  for (let i = 0; i < ids.length; i += MANY)
    intents.push({ kind: 'clear', ids: ids.slice(i, i + MANY) });
  return { count: ids.length, undo: act(intents) };
}

/** Puts an item after another one (null: first), both as the user sees them. */
export function moveAfter(id: string, before: string | null): void {
  const others = current().filter((item) => item.id !== id);
  patch(id, { position: keyAfter(others, before) });
}
