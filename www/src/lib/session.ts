import { create } from 'zustand';
import { call, type Guard, isProblem, type Schemas, shaped } from './api-client';
import { forget, load, save } from './storage';
import { Tabs } from './tabs';

export type Account = Schemas['Account'];
/** How a session ends: by its own log-out, by the server, with its account. */
export type Out = 'left' | 'ended' | 'removed';
type News =
  | { type: 'in'; account: string; login: string }
  | { type: 'out'; account: string; why: Out; erase: boolean };
/** Why nobody is logged in here: see Out; `other` when somebody else is, in this browser. */
export type Why = Out | 'elsewhere' | 'other';
type State = {
  status: 'unknown' | 'in' | 'out';
  account: Account | null;
  why: Why | null;
  /** The name that the log-in form begins with. */
  login: string;
  /** Who is logged in in this browser instead, when it is known. */
  other: string | null;
  /** Signed up just now: the list begins with items that teach. */
  fresh: boolean;
  /** Nothing of the account that was here may stay on this device. */
  erase: boolean;
};

export const useSession = create<State>(() => ({
  status: 'unknown',
  account: null,
  why: null,
  login: '',
  other: null,
  fresh: false,
  erase: false,
}));

/** That somebody was logged in here when the page was left: then the list is drawn at once. */
const HERE = 'allday.here';
export const wasHere = (): boolean => load(HERE) === true;

const hasRoom = shaped<NonNullable<Account['room']>>({ used: 'number', limit: 'number' });
const isNamed = shaped<Account>({
  id: 'string',
  login: 'string',
  name: 'string|null',
  created: 'string',
});
export const isAccount: Guard<Account> = (data): data is Account =>
  isNamed(data) && (!('room' in data) || hasRoom(data.room));
const ask = () => call('GET', '/account', { expect: [200], shape: isAccount });

function enter(account: Account, fresh: boolean): void {
  save(HERE, true);
  useSession.setState({
    status: 'in',
    account,
    why: null,
    other: null,
    login: '',
    fresh,
    erase: false,
  });
}

/** Who am I? Throws when nobody can tell. */
export async function whoAmI(): Promise<void> {
  try {
    enter((await ask()).data, false);
  } catch (error) {
    if (!isProblem(error, 'no-session')) throw error;
    forget(HERE);
    useSession.setState({ status: 'out', account: null });
  }
}

/** How much room is left, after something that tells. */
export async function askRoom(): Promise<void> {
  try {
    const { data } = await ask();
    if (useSession.getState().account?.id === data.id) useSession.setState({ account: data });
  } catch {
    // What was known stands.
  }
}

/** Somebody logged in here; fresh: signed up just now. The other tabs are told. */
export function loggedIn(account: Account, fresh: boolean): void {
  enter(account, fresh);
  tabs?.tell({ type: 'in', account: account.id, login: account.login });
}

function leave(why: Why | null, other: string | null = null, erase = false): void {
  if (why !== 'other') forget(HERE);
  const { account, login } = useSession.getState();
  const name = why === 'removed' ? '' : (account?.login ?? login);
  const nobody = { status: 'out', account: null, fresh: false } as const;
  useSession.setState({ ...nobody, why, other, login: name, erase });
}

/** The session is over; the other tabs of this account are told. What is answered to a request that
 * was under way when somebody left is no reason of its own. */
export function signedOut(why: Out, erase = why === 'removed'): void {
  const { account, status } = useSession.getState();
  if (why === 'ended' && status === 'out') return;
  if (account) tabs?.tell({ type: 'out', account: account.id, why, erase });
  leave(why, null, erase);
}

/** Another account is logged in in this browser: nothing more is sent in the name of this one. */
export async function displaced(): Promise<void> {
  if (useSession.getState().status !== 'in') return;
  leave('other');
  try {
    const { data } = await ask();
    if (useSession.getState().why === 'other') useSession.setState({ other: data.login });
  } catch {
    // Then the page does not name it.
  }
}

// ---- the other tabs of this browser

let tabs: Tabs<News> | null = null;

/** Follows log-ins and log-outs in other tabs, from now on. */
export function followTabs(): void {
  if (tabs) return;
  tabs = new Tabs();
  tabs.listen(follow);
}

function follow(message: News): void {
  const { status, account, login, why } = useSession.getState();
  if (message.type === 'in') {
    if (status === 'in' && account?.id !== message.account) leave('other', message.login);
    // Whoever was asked to log in here has done so there.
    else if (status === 'out' && (!why || login === message.login)) void whoAmI().catch(() => {});
    else if (status === 'out') useSession.setState({ why: 'other', other: message.login });
  } else if (message.type === 'out') {
    const here = message.why === 'left' ? 'elsewhere' : message.why;
    if (message.account === account?.id) leave(here, null, message.erase);
    else if (why === 'other') useSession.setState({ other: null });
  }
}
