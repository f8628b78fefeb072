import { describe, expect, it } from 'vitest';
import { NOTE_MAX, PASSWORD_MIN, TITLE_MAX } from '../api-limits';
import { dictOf } from './index';
import { josa } from './ko';

const said = (n: number) => n.toLocaleString('en');

describe.each(['en', 'ko'] as const)('the sentences (%s)', (lang) => {
  const t = dictOf(lang);
  it.each([
    [TITLE_MAX, [t.field.title, t.draft.titleLong(0)]],
    [NOTE_MAX, [t.field.note, t.draft.noteLong(0)]],
    [TITLE_MAX + NOTE_MAX, [t.adding.tooLong]],
    [PASSWORD_MIN, [t.field.password, t.auth.strength.short]],
  ])('have the limit of the API: %d', (limit, sentences) => {
    for (const sentence of sentences) expect(sentence).toContain(said(limit));
  });
});

it('a particle in Korean fits the word before it', () => {
  const all = ['우유', '빵', '2026', 'milk', ''].map((word) => josa(word, '을', '를'));
  expect(all).toEqual(['를', '을', '을(를)', '을(를)', '을(를)']);
  expect(dictOf('ko').sync.both('우유')).toMatch(/^‘우유’를 /);
});
