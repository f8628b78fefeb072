import { expect, it } from 'vitest';
import { strength } from './strength';

it('tells how strong a password is', () => {
  expect(strength('1234567', '')).toBe('short');
  expect(strength('password123', '')).toBe('weak');
  expect(strength('kimchulsoo1', 'kimchulsoo@example.com')).toBe('weak');
  expect(strength('correct horse 42', '')).toBe('good');
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
