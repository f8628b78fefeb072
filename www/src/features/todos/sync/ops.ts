import type { Base, Editable, Todo } from '../types';

/*
 * An operation is what the user meant, once. All are safe to send twice: the client makes the ids,
 * and each says what to become, not what to change by.
 */
export type Create = {
  kind: 'create';
  id: string;
  item: Partial<Editable> & Pick<Editable, 'title'>;
};
/** base: what the edit began from, to notice that somebody else changed it. */
export type Patch = { kind: 'patch'; id: string; patch: Partial<Editable>; base?: Base };
type One<Kind> = { kind: Kind; id: string };
type Many<Kind> = { kind: Kind; ids: string[] };
export type Intent =
  | Create
  | Patch
  | One<'delete'>
  | One<'restore'>
  | Many<'clear'>
  | Many<'bring-back'>;

/** key: its place in storage and in the order; uid: what the server knows it by; at: when. */
export type Op = Intent & { key: string; uid: string; at: string };
export type Items = ReadonlyMap<string, Todo>;

export const idsOf = (op: Intent): readonly string[] => ('ids' in op ? op.ids : [op.id]);

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

/** What an operation makes of one of its items. */
export function apply(item: Todo | undefined, id: string, op: Op): Todo | undefined {
  if (op.kind === 'create')
    return { ...edit(item ?? blank(id, op.at), op.item, op.at), deleted: null };
  if (!item) return undefined;
  if (op.kind === 'patch') return item.deleted ? item : edit(item, op.patch, op.at);
  const deleted = op.kind === 'delete' || op.kind === 'clear';
  return { ...item, deleted: deleted ? (item.deleted ?? op.at) : null };
}

/** Newer wins; an answer that was overtaken by a later one is ignored. */
export function mergeServer(server: Map<string, Todo>, incoming: readonly Todo[]): void {
  for (const item of incoming) {
    const known = server.get(item.id);
    if (!known || item.seq > known.seq) server.set(item.id, item);
  }
}

/** What undoes an intent, given the items as they were before it; its base: as the intent left them. */
export function inverse(intent: Intent, before: Items): Intent[] {
  if (intent.kind === 'clear') return [{ kind: 'bring-back', ids: intent.ids }];
  if (intent.kind === 'bring-back') return [{ kind: 'clear', ids: intent.ids }];
  if (intent.kind === 'create' || intent.kind === 'restore')
    return [{ kind: 'delete', id: intent.id }];
  if (intent.kind === 'delete') return [{ kind: 'restore', id: intent.id }];
  const item = before.get(intent.id);
  if (!item) return [];
  const keys = Object.keys(intent.patch) as (keyof Editable)[];
  const patch = Object.fromEntries(keys.map((k) => [k, item[k]])) as Partial<Editable>;
  // Whether it is done has two values: whatever came in between, taking it back overwrites nothing.
  const { done: _, ...base } = intent.patch;
  const hasBase = Object.keys(base).length > 0;
  return [{ kind: 'patch', id: intent.id, patch, ...(hasBase && { base }) }];
}
