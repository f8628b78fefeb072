import { describe, expect, it } from 'vitest';
import { ApiError, Away } from './api-client';
import { addDays, dueText, instantOf, urgency } from './dates';
import { dictOf } from './i18n';
import { endsInHangul } from './ime';
import { explain } from './problems';
import { strength } from './strength';
import { cleanNote, oneLine } from './text';
import { uuid } from './uuid';

describe('dates', () => {
  const now = new Date(2026, 10, 23, 12, 0);
  it.each([
    ['2026-11-23', 'today', '오늘', 'Today'],
    ['2026-11-24', 'later', '내일', 'Tomorrow'],
    ['2026-11-22', 'late', '어제', 'Yesterday'],
    ['2026-11-27', 'later', '금요일', 'Friday'],
    ['2026-12-13', 'later', '12월 13일', 'Dec 13'],
    ['2027-01-02', 'later', '2027년 1월 2일', 'Jan 2, 2027'],
  ])('%s is %s', (date, kind, ko, en) => {
    expect(urgency({ date }, now)).toBe(kind);
    expect(dueText({ date }, now, 'ko')).toBe(ko);
    expect(dueText({ date }, now, 'en')).toBe(en);
  });
  it('knows when a wall clock strikes in its zone, also around a change to summer time', () => {
    const at = (date: string, time: string, zone: string) =>
      instantOf({ date, time, zone })?.toISOString();
    expect(at('2026-11-23', '18:00', 'Asia/Seoul')).toBe('2026-11-23T09:00:00.000Z');
    expect(at('2026-03-08', '12:00', 'America/New_York')).toBe('2026-03-08T16:00:00.000Z');
    expect(at('2026-03-08', '01:30', 'America/New_York')).toBe('2026-03-08T06:30:00.000Z');
  });
  it('adds days over the end of a month', () =>
    expect(addDays('2026-11-30', 1)).toBe('2026-12-01'));
});

describe('what is typed', () => {
  it('becomes one line in normal form C', () => {
    expect(oneLine(' 한글'.normalize('NFD'))).toBe('한글');
    expect(oneLine('a\u0000b\nc')).toBe('a b c');
    expect(cleanNote('a\r\nb\u0007\tc')).toBe('a\nb\tc');
  });
  it('is Hangul or not', () => {
    expect(endsInHangul('우유')).toBe(true);
    expect(endsInHangul('ㅇ')).toBe(true);
    expect(endsInHangul('牛乳')).toBe(false);
  });
});

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
    expect(explain(new Away(), t)).toBe(t.problem.away);
  });
});

it('tells how strong a password is', () => {
  expect(strength('1234567', '')).toBe('short');
  expect(strength('password123', '')).toBe('weak');
  expect(strength('kimchulsoo1', 'kimchulsoo@example.com')).toBe('weak');
  expect(strength('correct horse 42', '')).toBe('good');
});

it('makes version 4 UUIDs', () => {
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('counts the characters of a password, not its bytes, and knows what everybody takes', () => {
  expect(strength('비밀번', '')).toBe('short');
  expect(strength('가나다라마바사', '')).toBe('short');
  for (const common of [
    '비밀번호12345',
    '사랑해사랑해요우리',
    'qlalfqjsgh1',
    'tkfkdgo123!',
    '1q2w3e4r5t',
  ])
    expect(strength(common, '')).toBe('weak');
  expect(strength('파란 고래가 노래한다', '')).toBe('good');
});
