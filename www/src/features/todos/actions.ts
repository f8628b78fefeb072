import { uuid } from '@/lib/uuid';
import { act, useTodos } from './store';
import type { Intent } from './sync/ops';
import { byPosition, keyAfter, keysAtEnd } from './sync/order';
import type { Editable, Todo } from './types';

export const TITLE_MAX = 500;
export const NOTE_MAX = 10_000;

/** One line, normal form C (macOS types NFD), no control characters. */
export function cleanTitle(text: string): string {
  const oneLine = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return [...oneLine].slice(0, TITLE_MAX).join('');
}

export function cleanNote(text: string): string {
  const lines = text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
  return [...lines].slice(0, NOTE_MAX).join('');
}

export function living(items: ReadonlyMap<string, Todo>): Todo[] {
  return [...items.values()].filter((item) => !item.deleted).sort(byPosition);
}

const current = () => living(useTodos.getState().items);

/** New items for the end of the list. Before the list is known, the server finds their place. */
export function creations(
  lines: readonly { title: string; note?: string }[],
  after: Todo[] | null,
): Intent[] {
  const keys = after && keysAtEnd(after, lines.length);
  return lines.map(({ title, note }, i) => ({
    kind: 'create',
    id: uuid(),
    item: { title, ...(note && { note }), ...(keys && { position: keys[i]! }) },
  }));
}

/** Returns the ids of what was added. */
export function add(titles: readonly string[]): string[] {
  const lines = titles.map((t) => ({ title: cleanTitle(t) })).filter((l) => l.title);
  const intents = creations(lines, useTodos.getState().ready ? current() : null);
  act(intents);
  return intents.flatMap((intent) => (intent.kind === 'create' ? [intent.id] : []));
}

export const patch = (id: string, change: Partial<Editable>) =>
  act([{ kind: 'patch', id, patch: change }]);

export const remove = (id: string) => act([{ kind: 'delete', id }]);

export function clearCompleted(): { count: number; undo(): void } {
  const ids = current()
    .filter((item) => item.done)
    .map((item) => item.id);
  return { count: ids.length, undo: act(ids.length > 0 ? [{ kind: 'clear', ids }] : []) };
}

/** Puts an item after another one (null: first), both as the user sees them. */
export function moveAfter(id: string, before: string | null): void {
  const others = current().filter((item) => item.id !== id);
  patch(id, { position: keyAfter(others, before) });
}
