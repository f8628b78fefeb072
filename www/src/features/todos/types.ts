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
export type Filter = 'all' | 'active' | 'completed';
