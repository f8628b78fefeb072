import { NOTE_MAX } from '@/lib/api-limits';
import { cleanNote, codePoints, oneLine } from '@/lib/text';
import type { Base, Editable, Texts, Todo } from '../types';
import type { Intent, Items } from './ops';

/** Between two notes that were written at the same time. */
const LINE = '\n\n――――――――\n\n';

const FIELDS = ['title', 'note', 'due', 'position'] as const;

/** Equal for two values that are the same to a person. */
function plain(field: keyof Base, of: Base): string {
  const { title = '', note = '', due, position = '' } = of;
  const texts = {
    title: () => oneLine(title),
    note: () => cleanNote(note),
    due: () => `${due?.date} ${due?.time} ${due?.zone}`,
    position: () => position,
  };
  return texts[field]();
}

/** What of an edit somebody else has changed since it began. */
export const clashes = (patch: Partial<Editable>, base: Base, now: Todo): (keyof Base)[] =>
  FIELDS.filter((field) => {
    if (patch[field] === undefined || base[field] === undefined) return false;
    const there = plain(field, now);
    return there !== plain(field, base) && there !== plain(field, patch);
  });

export function without(patch: Partial<Editable>, fields: readonly (keyof Base)[]) {
  const rest = { ...patch };
  for (const field of fields) delete rest[field];
  return rest;
}

/** What of it still finds the item as it is meant to, and the items where it does not. */
export function stillFor(
  intents: readonly Intent[],
  items: Items,
): { left: Intent[]; overtaken: Todo[] } {
  const overtaken: Todo[] = [];
  const left = intents.flatMap((intent): Intent[] => {
    const item = items.get('id' in intent ? intent.id : '');
    if (intent.kind !== 'patch' || !intent.base || !item) return [intent];
    const fields = clashes(intent.patch, intent.base, item);
    if (fields.length === 0) return [intent];
    overtaken.push(item);
    const patch = without(intent.patch, fields);
    return Object.keys(patch).length > 0 ? [{ ...intent, patch }] : [];
  });
  return { left, overtaken };
}

/** began: what ours was written over; when theirs ends with it, from a conflict before, ours takes its place. */
function both(theirs: string, mine: string, began = ''): string {
  const end = began && LINE + began;
  if (end && theirs.endsWith(end)) return theirs.slice(0, -end.length) + (mine && LINE + mine);
  if (mine.includes(theirs)) return mine;
  return theirs.includes(mine) ? theirs : `${theirs}${LINE}${mine}`;
}

/** A note with a title that has no other place on top of it. */
export const under = (title: string, note: string): string =>
  note ? `${title}\n\n${note}` : title;

/**
 * An edit that keeps both texts: their title stays and ours is the first line of the note; their
 * note is followed by ours. Null when that is too long for a note.
 */
export function keepBoth(
  patch: Partial<Editable>,
  fields: readonly (keyof Base)[],
  base: Texts,
  now: Todo,
): Partial<Editable> | null {
  const kept = { ...patch };
  if (fields.includes('note')) kept.note = both(now.note, patch.note ?? '', base.note);
  if (fields.includes('title')) {
    const note = kept.note ?? now.note;
    kept.note = under(patch.title!, note);
    delete kept.title;
  }
  if (kept.note === now.note) delete kept.note;
  return codePoints(kept.note ?? '') <= NOTE_MAX ? kept : null;
}

export type Outcome = 'both' | 'mine' | 'theirs';

/** Whose text there is after keepBoth: who emptied a note has nothing that could be kept. */
export function outcome(mine: Texts, fields: readonly (keyof Base)[], theirs: Texts): Outcome {
  if (fields.includes('title') || (mine.note && theirs.note)) return 'both';
  return mine.note ? 'mine' : 'theirs';
}
