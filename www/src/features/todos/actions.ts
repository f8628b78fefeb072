import { IDS_MAX, TITLE_MAX } from '@/lib/api-limits';
import { codePoints, toTitle } from '@/lib/text';
import { uuid } from '@/lib/uuid';
import { act, useTodos } from './store';
import type { Create, Intent } from './sync/ops';
import { byPosition, keysAtEnd, place } from './sync/order';
import type { Editable, Texts, Todo } from './types';

export function living(items: ReadonlyMap<string, Todo>): Todo[] {
  const { items: known, order } = useTodos.getState();
  if (items === known) return order.map((id) => items.get(id)!);
  return [...items.values()].filter((item) => !item.deleted).sort(byPosition);
}

const current = () => living(useTodos.getState().items);

export type NewItem = Pick<Editable, 'title'> & Partial<Editable>;

/** New items for the end of the list. Before the list is known, the server finds their place. */
export function creations(lines: readonly NewItem[], after: Todo[] | null): Create[] {
  const keys = after && keysAtEnd(after, lines.length);
  return lines.map((line, i) => ({
    kind: 'create',
    id: uuid(),
    item: { ...line, ...(keys && { position: keys[i]! }) },
  }));
}

/** Adds items whose texts fit (see pasted.ts). Returns the ids of what was added. */
export function add(lines: readonly NewItem[]): string[] {
  const intents = creations(lines, useTodos.getState().ready ? last() : null);
  act(intents);
  return intents.map((intent) => intent.id);
}

/** The last item is enough to find the places after it. */
function last(): Todo[] {
  const { items, order } = useTodos.getState();
  const item = items.get(order.at(-1) ?? '');
  return item ? [item] : [];
}

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
  for (let i = 0; i < ids.length; i += IDS_MAX)
    intents.push({ kind: 'clear', ids: ids.slice(i, i + IDS_MAX) });
  return { count: ids.length, undo: act(intents) };
}

/** Puts an item after another one (null: first), both as the user sees them. */
export function moveAfter(id: string, before: string | null): void {
  const others = current().filter((item) => item.id !== id);
  const places = place(others, id, before);
  act(places.map(({ id, position }) => ({ kind: 'patch', id, patch: { position } })));
}
