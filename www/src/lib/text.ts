export const TITLE_MAX = 500;
export const NOTE_MAX = 10_000;

/** Marks that come along with what is pasted and are not seen: they are taken out. */
const UNSEEN = /[\u202a-\u202e\u2066-\u2069\u200b\ufeff]/g;
/** Fillers, and the blank of Braille: a title of these alone would be an empty row. */
const BLANK = /^[\s\p{Cf}\u3164\u115f\u1160\uffa0\u2800]*$/u;

/** Length as the server counts it. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const tidy = (text: string) =>
  text
    .replace(/\p{Cs}/gu, '\ufffd')
    .normalize('NFC')
    .replace(UNSEEN, '');

/** One line of at most 500 code points, empty when nothing of it is seen; rest is what is over. */
export function toTitle(text: string): { title: string; rest: string } {
  const line = tidy(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  if (BLANK.test(line)) return { title: '', rest: '' };
  if (line.length <= TITLE_MAX) return { title: line, rest: '' };
  const points = [...line];
  return {
    title: points.slice(0, TITLE_MAX).join('').trimEnd(),
    rest: points.slice(TITLE_MAX).join('').trim(),
  };
}

/** Lines end in LF, no other control character but the tab; never cut. */
export function cleanNote(text: string): string {
  return tidy(text)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
}
