// What the page shows beside the items: what is open, searched for, current.
import { create } from 'zustand';
import type { Todo } from './types';

export type OpenAt = 'title' | 'all' | 'due';
export type DueField = 'date' | 'time';
/** As it stands in its field; due: as it reads, when it does. */
type Typed = { text: string; due?: NonNullable<Todo['due']> };
export type When = { [F in DueField]?: Typed };
export type Words = { title?: string; note?: string; when?: When };
export type Orphan = { id: string; title: string; words: Words };
type Ui = {
  open: { id: string; at: OpenAt } | null;
  /** The row that holds the list's one tab stop. */
  current: string | null;
  search: string | null;
  sheet: boolean;
  /** Words for an item that was deleted elsewhere while they were being written. */
  orphan: Orphan | null;
  /** Rows the filter would hide already: they stay a second, then slide. */
  lingering: Readonly<Record<string, 'stay' | 'leave'>>;
};

export const useUi = create<Ui>(() => ({
  open: null,
  current: null,
  search: null,
  sheet: false,
  orphan: null,
  lingering: {},
}));

/** What of it can be saved, and what could not be read. */
export function readWhen(when: When = {}): { due: Todo['due']; unread: string[] } {
  const all = Object.values(when);
  const unread = all.filter((typed) => !typed.due).map((typed) => typed.text);
  return { due: all.find((typed) => typed.due)?.due ?? null, unread };
}

export function openItem(id: string, at: OpenAt = 'title'): void {
  useUi.setState({ open: { id, at }, current: id });
}
