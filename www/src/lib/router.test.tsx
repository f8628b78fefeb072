// @vitest-environment jsdom
import { act, fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { Link, navigate, Redirect, usePath, useSearchParams } from './router';

function Page() {
  const path = usePath();
  return (
    <>
      <p>{`${path} ${useSearchParams().get('q')}`}</p>
      <Link href="/two?q=b">two</Link>
      {path === '/old' && <Redirect to="/new" />}
    </>
  );
}
const shown = () => document.querySelector('p')?.textContent;
beforeEach(() => history.replaceState(null, '', '/one?q=a'));

it('a link changes the address, with an entry of the history', () => {
  render(<Page />);
  expect(shown()).toBe('/one a');
  const entries = history.length;
  fireEvent.click(screen.getByRole('link'));
  expect([shown(), location.pathname, history.length]).toEqual(['/two b', '/two', entries + 1]);
});

it.each([
  { ctrlKey: true },
  { metaKey: true },
  { shiftKey: true },
  { altKey: true },
  { button: 1 },
])('a click that asks for another window (%j) is the browser’s', (how) => {
  render(<Page />);
  const link = screen.getByRole('link');
  // jsdom goes nowhere, and says so.
  link.addEventListener('click', (event) => event.preventDefault());
  fireEvent.click(link, how);
  expect(shown()).toBe('/one a');
});

it('follows Back, and takes an address with a slash at its end for the same', () => {
  render(<Page />);
  act(() => navigate('/three/'));
  expect(shown()).toBe('/three null');
  history.replaceState(null, '', '/one?q=c');
  act(() => void dispatchEvent(new PopStateEvent('popstate')));
  expect(shown()).toBe('/one c');
});

it('a redirection leaves no entry behind', () => {
  render(<Page />);
  const entries = history.length;
  act(() => navigate('/old'));
  expect([shown(), history.length]).toEqual(['/new null', entries + 1]);
});
