// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { Toasts } from '@/components/toasts';
import { formatDate, parseDate } from '@/lib/typed';
import { useSession } from '@/lib/session';
import { TypedField } from './typed-field';

const onChange = vi.fn();
const onType = vi.fn();
const isGone = vi.fn();
beforeEach(() => {
  onChange.mockReset();
  onType.mockReset();
  isGone.mockReturnValue(false);
  useSession.setState({ status: 'in' });
});

const field = (value: string, typed?: string) => (
  <TypedField
    name="due-date"
    type="date"
    label="Due date"
    pick="Pick"
    value={value}
    shown={value && formatDate(value, 'en-US')}
    example="12/24/2026"
    parse={(text) => parseDate(text, 'en-US', '2026-11-29')}
    typed={typed}
    onType={onType}
    onChange={onChange}
    isGone={isGone}
  />
);
function show(value: string, typed?: string) {
  const page = render(field(value, typed));
  const input = screen.getByRole('textbox') as HTMLInputElement;
  const type = (text: string) => fireEvent.change(input, { target: { value: text } });
  return { ...page, input, type };
}

it.each([
  ['Enter', (input: HTMLElement) => fireEvent.keyDown(input, { key: 'Enter' })],
  ['leaving the field', (input: HTMLElement) => fireEvent.blur(input)],
  ['leaving the page', () => fireEvent(window, new Event('pagehide'))],
])('%s saves what was typed, once; nothing before it does', (_, done) => {
  const { input, type, rerender } = show('');
  for (const text of ['1', '12', '12/', '12/24']) type(text);
  expect(onChange).not.toHaveBeenCalled();
  expect(input.value).toBe('12/24');
  done(input);
  rerender(field('2026-12-24'));
  fireEvent.blur(input);
  expect(onChange.mock.calls).toEqual([['2026-12-24']]);
});

it('an Enter that belongs to the input method saves nothing', () => {
  const { input, type } = show('');
  type('12월 24일');
  fireEvent.keyDown(input, { key: 'Enter', isComposing: true });
  expect(onChange).not.toHaveBeenCalled();
});

it('what is no date changes nothing and stays, with a sentence; Esc takes it back', () => {
  const { input, type } = show('2026-12-24');
  type('02302026');
  fireEvent.blur(input);
  expect(input.value).toBe('02302026');
  expect(input.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(input.getAttribute('aria-describedby')!)!.textContent).toContain(
    '12/24/2026',
  );
  fireEvent.keyDown(input, { key: 'Escape' });
  expect(input.value).toBe('12/24/2026');
  expect(input.getAttribute('aria-invalid')).toBeNull();
  expect(onChange).not.toHaveBeenCalled();
});

it('another device may change the date under what is being typed', () => {
  const { input, type, rerender } = show('2026-12-24');
  type('1/2');
  rerender(field('2026-12-25'));
  expect(input.value).toBe('1/2');
  fireEvent.keyDown(input, { key: 'Enter' });
  expect(onChange.mock.calls).toEqual([['2027-01-02']]);
});

it('emptied is no date; written again as it was is no change', () => {
  const { input, type } = show('2026-12-24');
  type('24.12.2026');
  fireEvent.blur(input);
  expect(onChange).not.toHaveBeenCalled();
  type('  ');
  fireEvent.blur(input);
  expect(onChange.mock.calls).toEqual([['']]);
});

it('closed with something that is no date: it is said', () => {
  render(<Toasts />);
  const { type, unmount } = show('2026-12-24');
  type('99');
  unmount();
  expect(screen.getByText(/“99”/)).toBeTruthy();
  expect(onChange).not.toHaveBeenCalled();
});

it('every letter is told, with how it reads; once it is saved there is nothing left to keep', () => {
  const { input, type } = show('');
  type('9');
  type('9912');
  type('12/24');
  fireEvent.keyDown(input, { key: 'Enter' });
  expect(onType.mock.calls).toEqual([
    ['9', '2026-12-09'],
    ['9912', null],
    ['12/24', '2026-12-24'],
    [null, null],
  ]);
});

it.each([
  ['an item that is gone', () => isGone.mockReturnValue(true), '12/24'],
  ['somebody who was logged out', () => useSession.setState({ status: 'out' }), '99'],
])('what was typed for %s stays where it is kept', (_, happens, text) => {
  const { type, unmount } = show('2026-12-01');
  type(text);
  happens();
  unmount();
  expect(onChange).not.toHaveBeenCalled();
  expect(onType).not.toHaveBeenCalledWith(null, null);
});

it('goes on with what was typed before, until it is another window that has it', () => {
  const { input, rerender } = show('2026-12-01', '12/2');
  expect(input.value).toBe('12/2');
  rerender(field('2026-12-01'));
  expect(input.value).toBe('12/01/2026');
  fireEvent.blur(input);
  expect(onChange).not.toHaveBeenCalled();
});
