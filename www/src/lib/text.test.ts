/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';
import { NOTE_MAX, TITLE_MAX } from './api-limits';
import { cleanNote, codePoints, isVisible, oneLine, toTitle } from './text';

describe('a title', () => {
  it('is one line in normal form C without marks that came with a paste', () => {
    expect(toTitle(' 한글'.normalize('NFD')).title).toBe('한글');
    expect(toTitle('a\u0000b\r\nc\u2028d').title).toBe('a b c d');
    expect(toTitle('\u202A010-1234-5678\u202C call\uFEFF').title).toBe('010-1234-5678 call');
    expect(toTitle('e\u200B\u0301').title).toBe('\u00E9');
    expect(toTitle('a\uD800b').title).toBe('a\uFFFDb');
    expect(toTitle('👨\u200D👩\u200D👧 \u200Eok').title).toBe('👨\u200D👩\u200D👧 \u200Eok');
  });
  it.each(['', ' ', '\u200B', '\u3164', '\u115F\u1160', '\uFFA0', '\u2800', '\u200D', '\u00AD'])(
    'is none when nothing of %j is seen',
    (text) => expect(toTitle(text)).toEqual({ title: '', rest: '' }),
  );
  it('hands back what is too long, and cuts nothing', () => {
    const words = 'word '.repeat(140).trim();
    const { title, rest } = toTitle(words);
    expect(codePoints(title)).toBeLessThanOrEqual(TITLE_MAX);
    expect(`${title} ${rest}`).toBe(words);
    const faces = toTitle('😀'.repeat(600));
    expect([codePoints(faces.title), codePoints(faces.rest)]).toEqual([500, 100]);
    const family = toTitle(`${'x'.repeat(499)}👨\u200D👩\u200D👧`);
    expect([codePoints(family.title), family.rest]).toEqual([499, '👨\u200D👩\u200D👧']);
  });
});

it('one line, as long as it is', () => {
  expect(oneLine(' 한글'.normalize('NFD'))).toBe('한글');
  expect(oneLine('a\u0000b\nc')).toBe('a b c');
});

it('a note has lines that end in LF, and no control characters', () => {
  expect(cleanNote('a\r\nb\rc\u2029d\u0007\te')).toBe('a\nb\nc\nd\te');
  expect(cleanNote('\u202A+82\u202C')).toBe('+82');
});

type Case = {
  kind: string;
  why: string;
  in: string;
  repeat?: number;
  out?: string;
  error?: string;
};
const files = import.meta.glob<Case[]>('../../../tests/text-cases.json', {
  eager: true,
  import: 'default',
});
const cases = Object.values(files).flat();

describe.runIf(cases.length > 0)('the cases that the server has too', () => {
  it.each(cases)('$kind: $why', ({ kind, in: text, repeat = 1, out, error }) => {
    const given = text.repeat(repeat);
    const made = kind === 'title' ? toTitle(given).title : cleanNote(given);
    // Ends are trimmed here; the server leaves them.
    if (out !== undefined && kind === 'title') expect(made).toBe(out.repeat(repeat).trim());
    else if (out !== undefined) expect(made).toBe(out.repeat(repeat));
    else if (error === 'invisible') expect(isVisible(made)).toBe(false);
    else if (error === 'control') expect(made).not.toMatch(/[^\P{Cc}\n\t]|\r|[\u2028\u2029]/u);
    else if (kind === 'title') expect(codePoints(made)).toBeLessThanOrEqual(TITLE_MAX);
    else expect(codePoints(made)).toBeGreaterThan(NOTE_MAX);
  });
});
