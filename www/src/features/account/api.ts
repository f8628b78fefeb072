import { call, type Guard, isObject, isProblem, type Options } from '@/lib/api-client';
import { displaced, signedOut, useSession } from '@/lib/session';

export type SessionInfo = {
  id: string;
  created: string;
  last_used: string;
  expires: string;
  user_agent: string;
  address: string;
  current: boolean;
};
type Sessions = { items: SessionInfo[] };

const isSessions: Guard<Sessions> = (data): data is Sessions =>
  isObject(data) &&
  Array.isArray(data.items) &&
  data.items.every((item) => isObject(item) && typeof item.id === 'string');

/** In the name of the account of this page; a session that is over ends here, too. */
async function mine<T = undefined>(method: string, path: string, options: Options<T>) {
  const account = useSession.getState().account?.id;
  try {
    return (await call<T>(method, path, { account, ...options })).data;
  } catch (error) {
    if (isProblem(error, 'wrong-account')) void displaced();
    if (isProblem(error, 'no-session')) signedOut('ended');
    throw error;
  }
}

const gone = { expect: [204] };

export const listSessions = async (): Promise<SessionInfo[]> =>
  (await mine('GET', '/sessions', { expect: [200], shape: isSessions })).items;

export const revokeSession = (id: string) => mine('DELETE', `/sessions/${id}`, gone);
export const revokeAll = () => mine('DELETE', '/sessions', gone);

/** Nothing to end is as good. */
export async function logOut(account: string): Promise<void> {
  try {
    await call('DELETE', '/sessions/current', { account, ...gone });
  } catch (error) {
    if (!isProblem(error, 'no-session') && !isProblem(error, 'wrong-account')) throw error;
  }
}

export const changePassword = (current_password: string, new_password: string) =>
  mine('PUT', '/account/password', { ...gone, body: { current_password, new_password } });

export async function deleteAccount(password: string): Promise<void> {
  await mine('DELETE', '/account', { ...gone, body: { password } });
  signedOut('removed');
}
