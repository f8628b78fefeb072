// Why nobody is logged in: the first reason stands.
import { beforeEach, expect, test } from 'vitest';
import { loggedIn, signedOut, useSession } from './session';

const account = { id: 'a', login: 'a@example.com', name: null, created: '2026-11-30T00:00:00Z' };

beforeEach(() => loggedIn(account, false));

test.each(['removed', 'left'] as const)(
  'a late answer after the account was %s does not say that the session ended',
  (why) => {
    signedOut(why);
    signedOut('ended');
    expect(useSession.getState().why).toBe(why);
  },
);

test('an account that is removed says so, also after its session has ended', () => {
  signedOut('ended');
  signedOut('removed');
  expect(useSession.getState().why).toBe('removed');
});
