// Rows as they stand on the page, and the focus among them.
import { reveal } from '@/lib/reveal';
import { useUi } from './ui';

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
