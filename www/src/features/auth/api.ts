// Logging in and signing up.
import { call, type Guard, type Reply, type Schemas, shaped } from '@/lib/api-client';
import { isAccount, loggedIn } from '@/lib/session';

type Started = Reply<'/sessions', 'POST', 201>['data'];
const hasStarted = shaped<Started>({ account: 'object', session: 'object' });
const isStarted: Guard<Started> = (data): data is Started =>
  hasStarted(data) && isAccount(data.account);

// Keeps the token out of JavaScript: it exists only in an HttpOnly cookie.
const cookie = true;

export async function logIn(given: Schemas['LogIn']): Promise<void> {
  const about = { body: { ...given, cookie }, expect: [201] as const, shape: isStarted };
  loggedIn((await call('POST', '/sessions', about)).data.account, false);
}

export async function signUp(given: Schemas['SignUp']): Promise<void> {
  const about = { body: { ...given, cookie }, expect: [201] as const, shape: isStarted };
  loggedIn((await call('POST', '/accounts', about)).data.account, true);
}
