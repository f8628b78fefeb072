// What a key or a button does to items: the change, what is said of it, and where the focus goes.
import { announce, toast } from '@/components/toasts';
import { focusHome } from '@/lib/focus';
import type { Dict } from '@/lib/i18n';
import * as actions from './actions';
import { focusRow, neighbour } from './rows';
import { act, redo, undo, useTodos } from './store';
import type { Editable } from './types';
import { openItem, type Orphan, readWhen, useUi } from './ui';

let saveCard = () => {};

/** The open card, for those who need its words saved first. */
export function setCard(save: () => void): () => void {
  saveCard = save;
  return () => {
    if (saveCard === save) saveCard = () => {};
  };
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
  const { when, ...texts } = words;
  const { due, unread } = readWhen(when);
  const patch: Partial<Editable> = { ...texts, ...(due && { due }) };
  const restore = { kind: 'restore', id } as const;
  act(Object.keys(patch).length > 0 ? [restore, { kind: 'patch', id, patch }] : [restore]);
  useUi.setState({ orphan: null });
  if (unread.length > 0) openItem(id, 'due');
  else focusRow(id);
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
