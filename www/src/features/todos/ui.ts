// What the page shows beside the items: what is open, searched for, current.
import { create } from 'zustand';

export type OpenAt = 'title' | 'all' | 'due';
export type Words = { title?: string; note?: string };
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

export function openItem(id: string, at: OpenAt = 'title'): void {
  useUi.setState({ open: { id, at }, current: id });
}
