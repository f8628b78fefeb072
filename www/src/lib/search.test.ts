import { describe, expect, it } from 'vitest';
import { pattern, plain, wordsOf } from './search';

const finds = (query: string, text: string) =>
  wordsOf(query).every((word) => word.isIn(plain(text)));

describe('words of a search', () => {
  it.each([
    ['milk', 'Buy MILK', true],
    ['milk buy', 'Buy milk', true],
    ['milk eggs', 'Buy milk', false],
    ['milk', 'BUY MİLK', true],
    ['istanbul', 'İSTANBUL', true],
    ['ISTANBUL', 'İstanbul', true],
    ['ısır', 'ISIRGAN', true],
    ['ışık', 'Işık', true],
    ['우유', '우유 사기', true],
    ['우유'.normalize('NFD'), '우유 사기', true],
    ['ㅎㄱ', '한글 배우기', true],
    ['ㅎㄱ', '하루종일', false],
    ['ㅎㄹㅈㅇ', '하루종일', true],
    ['한ㄱ', '한글', true],
    ['ㄱㄹ', '까르르', false],
    ['ㄲㄹ', '까르르', true],
    ['ㅎ', 'ㅎㅎ 웃기', true],
    ['ㅂㄹ 우유', '바나나 우유와 빵, 보리', true],
    ['ㅏ', '가', false],
    ['ㅎ.', '한글', false],
    ['(', 'a (b)', true],
  ])('%s in %s: %s', (query, text, wanted) => expect(finds(query, text)).toBe(wanted));

  it('marks what it finds', () => {
    const parts = '새 한글 폰트'.split(new RegExp(`(${pattern('ㅎㄱ')})`, 'u'));
    expect(parts).toEqual(['새 ', '한글', ' 폰트']);
  });
});
