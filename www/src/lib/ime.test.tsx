// @vitest-environment jsdom
import { createEvent, fireEvent, render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { endsInHangul, useEnter } from './ime';

/*
 * What browsers send when Enter ends a composition, as they were seen to do it. Tests in browsers
 * have Chromium and Firefox; Safari's order is here alone.
 */
type Step = { key?: object; end?: string; input?: string };
const PROCESS = { key: 'Process', code: 'Enter', keyCode: 229, isComposing: true };
const ENTER = { key: 'Enter', code: 'Enter', keyCode: 13 };

const added = vi.fn();

function Field() {
  const enter = useEnter((field) => {
    added(field.value);
    field.value = '';
  });
  return <input {...enter} />;
}

function run(steps: readonly Step[], begin = ''): void {
  added.mockClear();
  const field = render(<Field />).container.querySelector('input')!;
  field.value = begin;
  for (const { key, end, input } of steps) {
    if (key) fireEvent.keyDown(field, key);
    if (input !== undefined) {
      field.value = input;
      fireEvent(field, createEvent.input(field));
    }
    if (end !== undefined) fireEvent.compositionEnd(field, { data: end });
  }
}
const texts = () => added.mock.calls.map(([text]) => text);

it.each<[string, Step[]]>([
  [
    'Chromium',
    [{ key: { ...ENTER, keyCode: 229, isComposing: true } }, { input: '우유' }, { end: '유' }],
  ],
  ['Firefox', [{ key: PROCESS }, { input: '우유' }, { end: '유' }, { input: '우유' }]],
  ['Safari', [{ input: '우유' }, { end: '유' }, { key: { ...ENTER, keyCode: 229 } }]],
  ['one that brings the text late', [{ key: PROCESS }, { end: '유' }, { input: '우유' }]],
  [
    'one that sends a second Enter',
    [{ key: PROCESS }, { input: '우유' }, { end: '유' }, { key: ENTER }],
  ],
])('one press of Enter in a syllable adds it once: %s', (_, steps) => {
  run(steps);
  // The second one finds nothing.
  expect(texts().filter(Boolean)).toEqual(['우유']);
});

it.each<[string, Step[]]>([
  [
    'Chromium',
    [{ key: { ...ENTER, keyCode: 229, isComposing: true } }, { input: '牛乳' }, { end: '牛乳' }],
  ],
  ['Safari', [{ input: '牛乳' }, { end: '牛乳' }, { key: { ...ENTER, keyCode: 229 } }]],
])('Enter that chooses a candidate adds nothing: %s', (_, steps) => {
  run(steps);
  expect(texts()).toEqual([]);
});

it('a syllable that ends by another key adds nothing', () => {
  run(
    [{ key: PROCESS }, { key: { key: 'ㅏ', code: 'KeyK', isComposing: true } }, { end: '유' }],
    '우유',
  );
  expect(texts()).toEqual([]);
});

it.each(['shiftKey', 'altKey', 'ctrlKey', 'metaKey'])('Enter with %s is left alone', (key) => {
  run([{ key: { ...ENTER, [key]: true } }], 'milk');
  expect(texts()).toEqual([]);
});

it('is Hangul or not', () => {
  expect(endsInHangul('우유')).toBe(true);
  expect(endsInHangul('ㅇ')).toBe(true);
  expect(endsInHangul('牛乳')).toBe(false);
});
