import { expect, it } from 'vitest';
import { cleanNote, codePoints, toTitle } from './text';

it('nothing of a title is cut: what is over 500 characters is handed back', () => {
  expect(toTitle('a'.repeat(500))).toEqual({ title: 'a'.repeat(500), rest: '' });
  expect(toTitle(`${'a'.repeat(500)} bcd`)).toEqual({ title: 'a'.repeat(500), rest: 'bcd' });
  expect(toTitle('😀'.repeat(600))).toEqual({ title: '😀'.repeat(500), rest: '😀'.repeat(100) });
  expect(codePoints('😀한a')).toBe(3);
});

it('a title is one line, without what nobody sees', () => {
  expect(toTitle(' 한글'.normalize('NFD')).title).toBe('한글');
  expect(toTitle('a\u0000b\nc').title).toBe('a b c');
  expect(toTitle('\u202a010-1234-5678\u202c call').title).toBe('010-1234-5678 call');
  expect(toTitle('👨\u200d👩').title).toBe('👨\u200d👩');
  for (const unseen of ['', ' ', '\u200b', '\u3164', '\u2800 \u200d', '\u115f\u1160'])
    expect(toTitle(unseen).title).toBe('');
});

it('a note keeps its lines and its length', () => {
  expect(cleanNote('a\r\nb\rc\u2028d\u0007\te')).toBe('a\nb\nc\nd\te');
  expect(cleanNote('x'.repeat(12_000))).toHaveLength(12_000);
  expect(cleanNote('\ud800')).toBe('\ufffd');
});
