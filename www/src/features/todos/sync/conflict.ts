import { codePoints, NOTE_MAX, oneLine, cleanNote } from '@/lib/text';
import type { Editable, Texts, Todo } from '../types';
import type { Intent, Items } from './ops';

/** Between two notes that were written at the same time. */
const LINE = '\n\n――――――――\n\n';

const same = (field: keyof Texts, a: string, b: string): boolean =>
  a === b || (field === 'title' ? oneLine(a) === oneLine(b) : cleanNote(a) === cleanNote(b));

/** The texts of an edit that somebody else has changed since it began. */
export function clashes(patch: Partial<Editable>, base: Texts, now: Todo): (keyof Texts)[] {
  return (['title', 'note'] as const).filter((field) => {
    const mine = patch[field];
    const began = base[field];
    if (mine === undefined || began === undefined) return false;
    return !same(field, now[field], began) && !same(field, now[field], mine);
  });
}

/** What of it still finds the texts that it is for, and the items where it does not. */
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
    const patch = { ...intent.patch };
    for (const field of fields) delete patch[field];
    return Object.keys(patch).length > 0 ? [{ ...intent, patch }] : [];
  });
  return { left, overtaken };
}

/** began: what ours was written over; when theirs ends with it, from a conflict before, ours takes its place. */
function both(theirs: string, mine: string, began = ''): string {
  const end = began && LINE + began;
  if (end && theirs.endsWith(end)) return `${theirs.slice(0, -began.length)}${mine}`;
  if (mine.includes(theirs)) return mine;
  return theirs.includes(mine) ? theirs : `${theirs}${LINE}${mine}`;
}

/**
 * An edit that keeps both texts: their title stays and ours is the first line of the note; their
 * note is followed by ours. Null when that is too long for a note.
 */
export function keepBoth(
  patch: Partial<Editable>,
  fields: readonly (keyof Texts)[],
  base: Texts,
  now: Todo,
): Partial<Editable> | null {
  const kept = { ...patch };
  if (fields.includes('note')) kept.note = both(now.note, patch.note ?? '', base.note);
  if (fields.includes('title')) {
    const note = kept.note ?? now.note;
    kept.note = note ? `${patch.title}\n\n${note}` : patch.title!;
    delete kept.title;
  }
  return codePoints(kept.note ?? '') <= NOTE_MAX ? kept : null;
}
