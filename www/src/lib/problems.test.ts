import { describe, expect, it } from 'vitest';
import { ApiError, ServerUnavailable } from './api-client';
import { dictOf } from './i18n';
import { explain } from './problems';

describe('words for problems', () => {
  const t = dictOf('en');
  const error = (status: number, slug: string, field?: string, after: number | null = null) => {
    const type = `urn:allday:${slug}`;
    return new ApiError(status, { type, title: 'x', status, ...(field && { field }) }, after);
  };
  it('names the field, the wait, or the server', () => {
    expect(explain(error(401, 'wrong-login'), t)).toBe(t.problem['wrong-login']);
    expect(explain(error(422, 'invalid-field', 'new_password'), t)).toBe(t.field.password);
    expect(explain(error(422, 'invalid-field', 'due.date'), t)).toBe(t.field.due);
    expect(explain(error(429, 'too-many', undefined, 600), t)).toContain('10 minutes');
    expect(explain(error(429, 'too-many', undefined, 1), t)).toContain('1 second.');
    expect(explain(error(418, 'teapot'), t)).toBe(t.problem.other);
    expect(explain(new ServerUnavailable(), t)).toBe(t.problem.unavailable);
  });
});
