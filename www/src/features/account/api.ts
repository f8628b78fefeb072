import {
  call,
  type Guard,
  isObject,
  isProblem,
  type Method,
  type Options,
  type Path,
  type Reply,
  type Schemas,
  shaped,
  type Status,
} from '@/lib/api-client';
import { displaced, signedOut, useSession } from '@/lib/session';

export type SessionInfo = Schemas['Session'];
type Sessions = Reply<'/sessions', 'GET', 200>['data'];

const isSession = shaped<SessionInfo>({
  id: 'string',
  created: 'string',
  last_used: 'string',
  expires: 'string',
  user_agent: 'string',
  address: 'string',
  current: 'boolean',
});
const isSessions: Guard<Sessions> = (data): data is Sessions =>
  isObject(data) && Array.isArray(data.items) && data.items.every(isSession);

/** In the name of the account of this page; a session that is over ends here, too. */
async function mine<P extends Path, M extends Method<P>, const S extends Status<P, M>>(
  method: M,
  path: P,
  options: Options<P, M, S>,
): Promise<Reply<P, M, S>['data']> {
  const account = useSession.getState().account?.id;
  try {
    return (await call(method, path, { account, ...options })).data;
  } catch (error) {
    if (isProblem(error, 'wrong-account')) void displaced();
    if (isProblem(error, 'no-session')) signedOut('ended');
    throw error;
  }
}

const gone = { expect: [204] } as const;

export const listSessions = async (): Promise<SessionInfo[]> =>
  (await mine('GET', '/sessions', { expect: [200], shape: isSessions })).items;

export const revokeSession = (id: string) => mine('DELETE', '/sessions/{id}', { ...gone, id });
export const revokeAll = () => mine('DELETE', '/sessions', gone);

/** Nothing to end is as good. */
export async function logOut(account: string): Promise<void> {
  try {
    await call('DELETE', '/sessions/{id}', { account, ...gone, id: 'current' });
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
