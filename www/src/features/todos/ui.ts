import { create } from 'zustand';
import { announce, toast } from '@/components/toasts';
import { focusHome } from '@/lib/focus';
import type { Dict } from '@/lib/i18n';
import { reveal } from '@/lib/reveal';
import { useSession } from '@/lib/session';
import * as actions from './actions';
import { act, redo, undo, useTodos } from './store';
import type { Editable } from './types';

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

export const rowOf = (id: string) => document.querySelector<HTMLElement>(`[data-row="${id}"]`);

export function focusRow(id: string | null | undefined): void {
  if (!id) return;
  useUi.setState({ current: id });
  // After React has drawn it.
  requestAnimationFrame(() => {
    const row = rowOf(id);
    row?.querySelector<HTMLElement>('.row-open')?.focus();
    if (row) reveal(row);
  });
}

/** The row to go to when this one goes away. */
export function neighbour(id: string): string | null {
  const row = rowOf(id);
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  return next?.getAttribute('data-row') ?? null;
}

/** Under which words that are not saved yet are kept on this device. */
export const draftKey = (id: string): string =>
  `allday.draft.${useSession.getState().account?.id ?? null}.${id}`;

let saveCard = () => {};

/** The open card, for those who need its words saved first. */
export function setCard(save: () => void): () => void {
  saveCard = save;
  return () => {
    if (saveCard === save) saveCard = () => {};
  };
}

export function openItem(id: string, at: OpenAt = 'title'): void {
  useUi.setState({ open: { id, at }, current: id });
}

export function closeItem(refocus = true): void {
  const { open } = useUi.getState();
  useUi.setState({ open: null });
  if (refocus && open) focusRow(open.id);
}

export function removeItem(id: string, t: Dict): void {
  const item = useTodos.getState().items.get(id);
  if (!item) return;
  const next = neighbour(id);
  if (useUi.getState().open?.id === id) {
    // Undo brings back what was being written, too.
    (document.activeElement as HTMLElement | null)?.blur();
    saveCard();
    useUi.setState({ open: null });
  }
  const back = actions.remove(id);
  const run = () => {
    back();
    focusRow(id);
  };
  toast(t.toast.deleted(item.title), {
    action: { label: t.undo, run },
    many: { kind: 'deleted', text: t.many.deleted },
  });
  if (next) focusRow(next);
  else requestAnimationFrame(focusHome);
}

/** Undoes a deletion made elsewhere, and saves the words that were being written then. */
export function bringBack({ id, words }: Orphan): void {
  const patch: Partial<Editable> = words;
  const restore = { kind: 'restore', id } as const;
  act(Object.keys(patch).length > 0 ? [restore, { kind: 'patch', id, patch }] : [restore]);
  useUi.setState({ orphan: null });
  focusRow(id);
}

/** A change to when an item is due; taking a due date away can be undone at once. */
export function setDue(id: string, due: Editable['due'], t: Dict): void {
  if (useTodos.getState().items.get(id)?.deleted !== null) return;
  const back = actions.patch(id, { due });
  if (!due) toast(t.due.gone, { action: { label: t.undo, run: back } });
}

export function clearDone(t: Dict): void {
  const { count, undo: run } = actions.clearCompleted();
  if (count > 0) toast(t.toast.cleared(count), { action: { label: t.undo, run } });
}

export function undoLast(t: Dict): void {
  const done = undo();
  if (done !== null) toast(done ? t.toast.undone : t.toast.nothing);
}

export function redoLast(t: Dict): void {
  const done = redo();
  if (done !== null) toast(done ? t.many.redone : t.many.nothing);
}

/** Moves an item to a place among the rows the user sees. */
export function moveTo(id: string, seen: readonly string[], to: number, t: Dict): void {
  const others = seen.filter((other) => other !== id);
  if (to < 0 || to > others.length) return;
  actions.moveAfter(id, others[to - 1] ?? null);
  const title = useTodos.getState().items.get(id)?.title ?? '';
  announce(t.list.moved(title, to + 1, seen.length));
}
