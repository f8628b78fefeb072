// @vitest-environment jsdom
import { render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { AddField } from './add-field';

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {} }));
});
const stored = () => Object.entries(localStorage).filter(([key]) => key.includes('draft'));
const field = () => document.querySelector<HTMLInputElement>('.add input')!;

it('lines that were pasted, and not answered for when the page went, are asked about again', async () => {
  localStorage.setItem('allday.draft.me/gone', JSON.stringify('for tea\n- jam'));
  const { unmount } = render(<AddField account="me" />);
  expect(await screen.findByRole('alertdialog')).toBeTruthy();
  expect(field().value).toBe('for tea - jam');
  dispatchEvent(new Event('pagehide'));
  expect(stored().map(([, text]) => text)).toEqual([JSON.stringify('for tea\n- jam')]);
  unmount();
});

it('one line is not asked about', async () => {
  localStorage.setItem('allday.draft.me/gone', JSON.stringify('for tea'));
  render(<AddField account="me" />);
  await waitFor(() => expect(field().value).toBe('for tea'));
  expect(screen.queryByRole('alertdialog')).toBeNull();
});
