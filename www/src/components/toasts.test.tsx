// @vitest-environment jsdom
import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announce, clearToasts, toast, Toasts } from './toasts';

const SHOWN_MS = 6000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  later(SHOWN_MS);
  vi.useRealTimers();
});
const later = (ms: number) => act(() => void vi.advanceTimersByTime(ms));
const say = (...args: Parameters<typeof toast>) => act(() => toast(...args));
const shown = () => [...document.querySelectorAll('.toast span')].map((e) => e.textContent);
const undo = (run = () => {}) => ({ action: { label: 'Undo', run } });
const deleted = (run?: () => void) => ({
  ...undo(run),
  many: { kind: 'deleted', text: (n: number) => `Deleted ${n}` },
});

it('each goes after its own six seconds', () => {
  render(<Toasts />);
  say('one');
  later(4000);
  say('two');
  later(2000);
  expect(shown()).toEqual(['two']);
  later(4000);
  expect(shown()).toEqual([]);
});

it('stays while it is pointed at or has the focus, and for six seconds after', () => {
  render(<Toasts />);
  say('one', undo());
  const card = document.querySelector('.toast')!;
  for (const [hold, let_go] of [
    [fireEvent.pointerEnter, fireEvent.pointerLeave],
    [fireEvent.focus, fireEvent.blur],
  ] as const) {
    later(4000);
    hold(card);
    later(60_000);
    let_go(card);
  }
  later(SHOWN_MS - 1);
  expect(shown()).toEqual(['one']);
  later(1);
  expect(shown()).toEqual([]);
});

it('a fourth takes the place of one without an action, and of no other', () => {
  render(<Toasts />);
  say('a', undo());
  say('plain');
  say('b', undo());
  say('c', undo());
  expect(shown()).toEqual(['a', 'b', 'c']);
  say('d', undo());
  expect(shown()).toEqual(['a', 'b', 'c', 'd']);
});

it('many of one kind become one that counts, and takes all of them back, the last one first', () => {
  render(<Toasts />);
  const back: number[] = [];
  for (const n of [1, 2, 3, 4, 5])
    say(
      `Deleted ${n}`,
      deleted(() => back.push(n)),
    );
  expect(shown()).toEqual(['Deleted 1', 'Deleted 2', 'Deleted 3']);
  fireEvent.click(screen.getAllByRole('button').at(-1)!);
  expect(back).toEqual([5, 4, 3]);
  expect(shown()).toEqual(['Deleted 1', 'Deleted 2']);
});

it('the focus goes back to where it came from', () => {
  render(
    <>
      <button type="button">row</button>
      <Toasts />
    </>,
  );
  say('one', undo());
  const row = screen.getByText('row');
  act(() => row.focus());
  act(() => screen.getByText('Undo').focus());
  fireEvent.click(screen.getByText('Undo'));
  expect(document.activeElement).toBe(row);
});

it('the same words twice are two sentences to a screen reader', () => {
  render(<Toasts />);
  const said = () => document.querySelector('p[role=status]')!.textContent;
  act(() => announce('Added 1 item.'));
  const first = said();
  act(() => announce('Added 1 item.'));
  expect(said()).not.toBe(first);
  expect(said()!.trim()).toBe(first);
});

it('nothing of them is left, also for a screen reader, when they are cleared', () => {
  const { container } = render(<Toasts />);
  say('one', undo());
  act(() => announce('one, moved to 2 of 3.'));
  act(clearToasts);
  expect(container.textContent).toBe('');
});
