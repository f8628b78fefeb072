/*
 * Words that are looked for. An initial consonant finds each syllable that begins with it, as
 * Koreans search: ㅎㄱ finds 한글.
 */
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
/** Syllables of one initial consonant stand together (Unicode 3.12, arithmetic of Hangul). */
const FIRST = 0xac00;
const OF_ONE = 588;

const special = /[.*+?^${}()|[\]\\]/g;

/** The same in every language: in Turkish alone I and i are two letters, and both are typed for either. */
export const plain = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/i\u0307|ı/g, 'i');

function patternOf(letter: string): string {
  if (letter === 'i') return '[iıİ]';
  const initial = INITIALS.indexOf(letter);
  if (initial === -1) return letter.replace(special, '\\$&');
  const first = FIRST + initial * OF_ONE;
  return `[${letter}${String.fromCharCode(first)}-${String.fromCharCode(first + OF_ONE - 1)}]`;
}

/** What a regular expression finds it by, of a word or of some with a blank between them. */
export const pattern = (word: string): string => Array.from(word, patternOf).join('');

export type Word = { text: string; isIn(plainText: string): boolean };

const hasInitial = (word: string) => [...word].some((letter) => INITIALS.includes(letter));

function wordOf(text: string): Word {
  if (!hasInitial(text)) return { text, isIn: (found) => found.includes(text) };
  const find = new RegExp(pattern(text), 'u');
  return { text, isIn: (found) => find.test(found) };
}

/** The words of what was typed, each of which has to be there. */
export const wordsOf = (query: string): Word[] =>
  plain(query).split(/\s+/).filter(Boolean).map(wordOf);
