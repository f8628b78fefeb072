/*
 * What a title and a note may hold, the same as on the server (lib/base/text.c). Nothing is cut here:
 * what is too long for a title is handed back as the rest.
 */
import { TITLE_MAX } from './api-limits';

/** Marks that come along when people paste: embeddings, isolates, zero width blanks, BOM. */
const MARKS = /[\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const INVISIBLE = /^[\p{White_Space}\p{Cf}\u3164\u115F\u1160\uFFA0\u2800]*$/u;
/** A title is rather broken at a blank, when there is one among its last characters. */
const BREAK_FROM = 400;

const clean = (text: string): string =>
  text.replace(LONE_SURROGATE, '\uFFFD').replace(MARKS, '').normalize('NFC');

/** Lengths are counted in code points. */
export function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}

export const isVisible = (text: string): boolean => !INVISIBLE.test(text);

/** One line without control characters, as long as it is; '' when nothing of it would be seen. */
export function oneLine(text: string): string {
  const line = clean(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return isVisible(line) ? line : '';
}

/** A title of at most 500 characters, and what did not fit into it. */
export function toTitle(text: string): { title: string; rest: string } {
  const points = [...oneLine(text)];
  if (points.length <= TITLE_MAX) return { title: points.join(''), rest: '' };
  const at = breakAt(points);
  return { title: points.slice(0, at).join('').trim(), rest: points.slice(at).join('').trim() };
}

function breakAt(points: readonly string[]): number {
  for (let i = TITLE_MAX; i >= BREAK_FROM; i--) if (points[i] === ' ') return i;
  let at = TITLE_MAX;
  // Not inside of what is seen as one character.
  while (at > 1 && (/[\p{M}\u200D]/u.test(points[at]!) || points[at - 1] === '\u200D')) at--;
  return at;
}

/** Lines end in LF; control characters other than the tab are dropped. */
export const cleanNote = (text: string): string =>
  clean(text.replace(/\r\n?|[\u2028\u2029]/g, '\n')).replace(/[^\P{Cc}\n\t]/gu, '');
