// @vitest-environment jsdom
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { useSession } from '@/lib/session';
import { App } from './app';

const ACCOUNT = { id: 'me', login: 'me@example.com', name: null, created: '2026-01-01T00:00:00Z' };
const NOBODY = { type: 'urn:allday:no-session', title: 'No session', status: 401 };
const todo = (id: string) => ({
  ...{ id, title: id, note: '', done: false, due: null, position: `a${id}`, seq: 1 },
  ...{ created: '', updated: '', completed: null, deleted: null },
});

/** The server: somebody is logged in, or nobody is. */
function serve(inside: boolean): void {
  vi.stubGlobal('fetch', async (url: string) => {
    const answer = (body: unknown, status: number, type: string) =>
      new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } });
    if (!inside) return answer(NOBODY, 401, 'application/problem+json');
    if (url.endsWith('/account')) return answer(ACCOUNT, 200, 'application/json');
    const page = { items: [todo('one'), todo('two')], next: null, seq: 1 };
    return answer(page, 200, 'application/json');
  });
}

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
beforeEach(() => {
  localStorage.clear();
  useSession.setState(useSession.getInitialState());
  vi.stubGlobal('ResizeObserver', Observer);
  vi.stubGlobal('scrollBy', () => {});
  vi.stubGlobal('scrollTo', () => {});
  Element.prototype.scrollIntoView = () => {};
});

it.each(['/', '/nowhere', '/?filter=active'])(
  'nobody is led from %s to log in, and on',
  async (from) => {
    history.replaceState(null, '', from);
    serve(false);
    render(<App />);
    await waitFor(() => expect(location.pathname).toBe('/login'));
    fireEvent.click(screen.getByRole('link', { name: /Sign up|가입하기/ }));
    expect(location.pathname).toBe('/signup');
    await waitFor(() => expect(document.querySelector('input[name=password]')).toBeTruthy());
  },
);

it('somebody is led from the log-in to the list', async () => {
  history.replaceState(null, '', '/login');
  serve(true);
  render(<App />);
  await waitFor(() => expect(document.querySelectorAll('[data-row]')).toHaveLength(2));
  expect(location.pathname).toBe('/');
});

it('a click on another row closes the open card when it is done, not before', async () => {
  history.replaceState(null, '', '/');
  serve(true);
  render(<App />);
  const card = () => document.querySelector('textarea.card-title')?.textContent;
  const row = (id: string) => document.querySelector(`[data-row="${id}"] .row-open`)!;
  await waitFor(() => expect(row('one')).toBeTruthy());
  fireEvent.click(row('one'));
  await waitFor(() => expect(card()).toBe('one'));
  fireEvent.pointerDown(row('two'));
  expect(card()).toBe('one');
  fireEvent.click(row('two'));
  await waitFor(() => expect(card()).toBe('two'));
  const check = document.querySelector('[data-row="one"] input')!;
  fireEvent.pointerDown(check);
  fireEvent.click(check);
  await waitFor(() => expect(card()).toBeUndefined());
  expect((document.querySelector('[data-row="one"] input') as HTMLInputElement).checked).toBe(true);
  // Elsewhere it closes at once.
  fireEvent.click(row('two'));
  await waitFor(() => expect(card()).toBe('two'));
  fireEvent.pointerDown(document.querySelector('h1')!);
  await waitFor(() => expect(card()).toBeUndefined());
});
