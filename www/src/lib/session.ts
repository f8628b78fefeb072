import { create } from 'zustand';
import { ApiError, call } from './api-client';

export type Account = { id: string; login: string; name: string | null; created: string };
type State = {
  status: 'unknown' | 'in' | 'out';
  account: Account | null;
  /** The log in ended by itself, not by the user. */
  ended: boolean;
  /** Signed up just now: the list begins with items that teach. */
  fresh: boolean;
};

export const useSession = create<State>(() => ({
  status: 'unknown',
  account: null,
  ended: false,
  fresh: false,
}));

/** Who am I? Throws when nobody can tell. */
export async function whoAmI(): Promise<void> {
  try {
    const { data } = await call<Account>('GET', '/account');
    useSession.setState({ status: 'in', account: data, ended: false });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    useSession.setState({ status: 'out', account: null });
  }
}

type Started = { account: Account };
type Credentials = { login: string; password: string };

// "cookie" keeps the token out of JavaScript: it exists only in an HttpOnly cookie.
async function start(path: string, given: Credentials, fresh: boolean): Promise<void> {
  const { data } = await call<Started>('POST', path, { body: { ...given, cookie: true } });
  useSession.setState({ status: 'in', account: data.account, ended: false, fresh });
}

export const logIn = (given: Credentials) => start('/sessions', given, false);
export const signUp = (given: Credentials) => start('/accounts', given, true);

export function signedOut(ended: boolean): void {
  useSession.setState({ status: 'out', account: null, ended, fresh: false });
}
