import { call } from '@/lib/api-client';

export type SessionInfo = {
  id: string;
  created: string;
  last_used: string;
  expires: string;
  user_agent: string;
  address: string;
  current: boolean;
};

export const listSessions = async (): Promise<SessionInfo[]> =>
  (await call<{ items: SessionInfo[] }>('GET', '/sessions')).data.items;

export const revokeSession = (id: string) => call('DELETE', `/sessions/${id}`);
export const revokeAll = () => call('DELETE', '/sessions');
export const logOut = () => call('DELETE', '/sessions/current');

export const changePassword = (current_password: string, new_password: string) =>
  call('PUT', '/account/password', { body: { current_password, new_password } });

export const deleteAccount = (password: string) =>
  call('DELETE', '/account', { body: { password } });
