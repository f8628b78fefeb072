// Rows as they stand on the page, and the focus among them.
import { reveal } from '@/lib/reveal';
import { useUi } from './ui';

/** Where keys are letters. */
export const TYPING = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

export const rowOf = (id: string) => document.querySelector<HTMLElement>(`[data-row="${id}"]`);

/** The id of the row in which an element is. */
export const idOf = (element: Element | null) =>
  element?.closest('[data-row]')?.getAttribute('data-row');

/** In sight at once: nobody is to see where the focus is a frame later. */
function focusLine(row: HTMLElement | null): void {
  if (!row) return;
  row.querySelector<HTMLElement>('.row-open')?.focus({ preventScroll: true });
  reveal(row);
}

/** At once, where the row is there: the next key is for it. */
export function focusRow(id: string | null | undefined): void {
  if (!id) return;
  useUi.setState({ current: id });
  focusLine(rowOf(id));
  const from = document.activeElement;
  // Else, and where it is elsewhere then, after React has drawn it.
  requestAnimationFrame(() => {
    const now = document.activeElement;
    if (now === from || !now?.matches(TYPING)) focusLine(rowOf(id));
  });
}

/** The row to go to when this one goes away. */
export function neighbour(id: string): string | null {
  const row = rowOf(id);
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  return next?.getAttribute('data-row') ?? null;
}
