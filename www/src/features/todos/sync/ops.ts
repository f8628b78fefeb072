import type { Editable, Todo } from '../types';

/*
 * An operation is what the user meant, once. All are safe to send twice: the client makes the ids,
 * and each says what to become, not what to change by.
 */
export type Intent =
  | { kind: 'create'; id: string; item: Partial<Editable> & Pick<Editable, 'title'> }
  | { kind: 'patch'; id: string; patch: Partial<Editable> }
  | { kind: 'delete'; id: string }
  | { kind: 'restore'; id: string }
  | { kind: 'clear'; ids: string[] };

export type Op = Intent & { key: string; at: string };
export type Items = ReadonlyMap<string, Todo>;

export const idsOf = (op: Intent): string[] => (op.kind === 'clear' ? op.ids : [op.id]);

function blank(id: string, at: string): Todo {
  const empty = { title: '', note: '', done: false, due: null, position: '' };
  return { id, ...empty, created: at, updated: at, completed: null, deleted: null, seq: 0 };
}

function edit(item: Todo, fields: Partial<Editable>, at: string): Todo {
  const next = { ...item, ...fields, updated: at };
  if (fields.done !== undefined && fields.done !== item.done)
    next.completed = fields.done ? at : null;
  return next;
}

function applyOne(items: Map<string, Todo>, op: Op): void {
  if (op.kind === 'clear') {
    for (const id of op.ids) mark(items, id, op.at);
  } else if (op.kind === 'create') {
    const base = items.get(op.id) ?? blank(op.id, op.at);
    items.set(op.id, { ...edit(base, op.item, op.at), deleted: null });
  } else if (op.kind === 'patch') {
    const item = items.get(op.id);
    if (item && !item.deleted) items.set(op.id, edit(item, op.patch, op.at));
  } else mark(items, op.id, op.kind === 'delete' ? op.at : null);
}

function mark(items: Map<string, Todo>, id: string, deleted: string | null): void {
  const item = items.get(id);
  if (item) items.set(id, { ...item, deleted });
}

/** The server's items with what has not reached it yet replayed on top. */
export function replay(server: Items, ops: readonly Op[]): Map<string, Todo> {
  const items = new Map(server);
  for (const op of ops) applyOne(items, op);
  return items;
}

/** Newer wins; an answer that was overtaken by a later one is ignored. */
export function mergeServer(server: Map<string, Todo>, incoming: readonly Todo[]): void {
  for (const item of incoming) {
    const known = server.get(item.id);
    if (!known || item.seq > known.seq) server.set(item.id, item);
  }
}

/** What undoes an intent, given the items as they were before it. */
export function inverse(intent: Intent, before: Items): Intent[] {
  if (intent.kind === 'clear') return intent.ids.map((id) => ({ kind: 'restore', id }));
  if (intent.kind === 'create' || intent.kind === 'restore')
    return [{ kind: 'delete', id: intent.id }];
  if (intent.kind === 'delete') return [{ kind: 'restore', id: intent.id }];
  const item = before.get(intent.id);
  if (!item) return [];
  const keys = Object.keys(intent.patch) as (keyof Editable)[];
  const patch = Object.fromEntries(keys.map((k) => [k, item[k]])) as Partial<Editable>;
  return [{ kind: 'patch', id: intent.id, patch }];
}
