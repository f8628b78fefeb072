import { describe, expect, it } from 'vitest';
import { NOTE_MAX, PASSWORD_MIN, TITLE_MAX } from '../api-limits';
import { dictOf } from './index';

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
