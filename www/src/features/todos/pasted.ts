import { NOTE_MAX, TITLE_MAX } from '@/lib/api-limits';
import { cleanNote, codePoints, isVisible, toTitle } from '@/lib/text';
import type { NewItem } from './actions';

const BULLET = /^\s*(?:[-*•·‣◦▪]\s+)?(?:\[[ ]?\]\s+|\[[xX]\]\s+|[□☐▢☑☒✓✔✅]\s*)?/u;
const CHECKED = /\[[xX]\]|[☑☒✓✔✅]/u;
const NUMBER = /^\s*(\d{1,4})[.)]\s+/;

/** A new item of one text: what is too long for its title goes into its note; null: it cannot fit. */
export function toItem(text: string, note = ''): NewItem | null {
  const { title, rest } = toTitle(text);
  if (!title) return null;
  const whole = [rest, note].filter(Boolean).join('\n');
  if (codePoints(whole) > NOTE_MAX) return null;
  return { title, ...(whole && { note: cleanNote(whole) }) };
}

const lines = (text: string) => text.split(/\r\n|[\r\n\u2028\u2029]/).filter((line) => line.trim());

/** 1. 2. 3. number a list; other numbers belong to the words behind them. */
function numbered(all: readonly string[]): boolean {
  const first = Number(NUMBER.exec(all[0] ?? '')?.[1] ?? Number.NaN);
  return all.length > 1 && all.every((line, i) => Number(NUMBER.exec(line)?.[1]) === first + i);
}

export type Line = { text: string; done: boolean };

/** The lines of a paste without what marks them as a list. */
export function linesOf(text: string): Line[] {
  const all = lines(text);
  const plain = numbered(all) ? all.map((line) => line.replace(NUMBER, '')) : all;
  return plain
    .map((line) => {
      const mark = BULLET.exec(line)?.[0] ?? '';
      return { text: line.slice(mark.length).trim(), done: CHECKED.test(mark) };
    })
    .filter((line) => toTitle(line.text).title);
}

/** Each line an item of its own; null when one of them cannot fit. */
export function asMany(found: readonly Line[]): NewItem[] | null {
  const items = found.map((line) => ({ item: toItem(line.text), done: line.done }));
  if (items.some(({ item }) => item === null)) return null;
  return items.map(({ item, done }) => ({ ...item!, ...(done && { done }) }));
}

/**
 * A paste as one item, as it was typed: its lines side by side when they fit, else the first is the
 * title of the rest.
 */
export function asOne(pasted: string): NewItem | null {
  const text = cleanNote(pasted);
  const [first = '', ...rest] = lines(text)
    .map((line) => line.trim())
    .filter(isVisible);
  const joined = [first, ...rest].join(' ');
  if (codePoints(joined) <= TITLE_MAX) return toItem(joined);
  const after = text.slice(text.indexOf(first) + first.length);
  return toItem(first, after.replace(/^\s*\n|\s+$/g, ''));
}
