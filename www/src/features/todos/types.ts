import { type Guard, isObject, type Schemas, shaped } from '@/lib/api-client';

export type Todo = Schemas['Todo'];

export type Editable = Pick<Todo, 'title' | 'note' | 'done' | 'due' | 'position'>;
/** The fields where two edits are not settled by the later one. */
export type Texts = Partial<Pick<Todo, 'title' | 'note'>>;
/** What an edit began from; of what has one value only, where it takes another edit back. */
export type Base = Texts & Partial<Pick<Todo, 'due' | 'position'>>;
export type Filter = 'all' | 'active' | 'completed';
export type Page = Schemas['Page'];

export const isTodo: Guard<Todo> = shaped<Todo>({
  id: 'string',
  title: 'string',
  note: 'string',
  done: 'boolean',
  due: 'object|null',
  position: 'string',
  created: 'string',
  updated: 'string',
  completed: 'string|null',
  deleted: 'string|null',
  seq: 'number',
});

export const isPage: Guard<Page> = (data): data is Page =>
  isObject(data) &&
  Array.isArray(data.items) &&
  data.items.every(isTodo) &&
  (data.next === null || typeof data.next === 'string') &&
  typeof data.seq === 'number';

type Moved = Schemas['Moved'];
export const isMoved: Guard<Moved> = (data): data is Moved =>
  isObject(data) &&
  Array.isArray(data.items) &&
  data.items.every((id) => typeof id === 'string') &&
  typeof data.seq === 'number';
