// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { focusRow } from './rows';

const rows = ['one', 'two', 'three'].map(
  (id) => `<li data-row="${id}"><button class="row-open">${id}</button></li>`,
);
let frames: FrameRequestCallback[] = [];
beforeEach(() => {
  document.body.innerHTML = `<input name="title"><ul>${rows.join('')}</ul>`;
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (draw: FrameRequestCallback) => frames.push(draw));
  vi.stubGlobal('scrollBy', () => {});
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
const draw = () => {
  for (const frame of frames.splice(0)) frame(0);
};
const focused = () => document.activeElement?.textContent;

it('a row that is there has the focus at once: the next key is for it', () => {
  focusRow('two');
  expect(focused()).toBe('two');
  draw();
  expect(focused()).toBe('two');
});

it('one that is not there yet gets it when it is drawn', () => {
  focusRow('four');
  document.querySelector('ul')!.innerHTML += rows[0]!.replaceAll('one', 'four');
  draw();
  expect(focused()).toBe('four');
});

it('takes it from no field to which somebody went meanwhile', () => {
  focusRow('two');
  const field = document.querySelector('input')!;
  field.focus();
  draw();
  expect(document.activeElement).toBe(field);
});

it('is in sight as soon as it has the focus', () => {
  const scrolled = vi.fn();
  vi.stubGlobal('scrollBy', scrolled);
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(
    new DOMRect(0, 5000, 100, 40),
  );
  focusRow('two');
  expect(scrolled).toHaveBeenCalled();
});
