import { type Guard, isObject, shaped } from '@/lib/api-client';
import type { Due } from '@/lib/dates';

export type Todo = {
  id: string;
  title: string;
  note: string;
  done: boolean;
  due: Due | null;
  position: string;
  created: string;
  updated: string;
  completed: string | null;
  deleted: string | null;
  seq: number;
};

export type Editable = Pick<Todo, 'title' | 'note' | 'done' | 'due' | 'position'>;
/** The fields where two edits are not settled by the later one. */
export type Texts = Partial<Pick<Todo, 'title' | 'note'>>;
/** What an edit began from; of what has one value only, where it takes another edit back. */
export type Base = Texts & Partial<Pick<Todo, 'due' | 'position'>>;
export type Filter = 'all' | 'active' | 'completed';
export type Page = { items: Todo[]; next: string | null; seq: number };

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

/** The answer of what is done to many items: their ids; more: not all is done. */
type Ids = { items: string[]; seq: number; more?: boolean };
export const isIds: Guard<Ids> = (data): data is Ids =>
  isObject(data) &&
  Array.isArray(data.items) &&
  data.items.every((id) => typeof id === 'string') &&
  typeof data.seq === 'number';
