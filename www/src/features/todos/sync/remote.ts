import { ApiError, call, isProblem, type Reply, shaped } from '@/lib/api-client';
import { PAGE_MAX } from '@/lib/api-limits';
import { uuid } from '@/lib/uuid';
import { isMoved, isPage, isTodo, type Page, type Todo } from '../types';
import type { Op } from './ops';

export type Pulled = { items: Todo[]; seq: number; full: boolean };
/** back: ids that are no longer in the trash. */
export type Sent = { items: Todo[]; gone: string[]; back?: string[] };
export type Remote = {
  /** match: the version that an edit of texts is for. */
  send(op: Op, match?: number | null): Promise<Sent>;
  get(id: string): Promise<Todo>;
  pull(since: number | null): Promise<Pulled | null>;
};

const none: Sent = { items: [], gone: [] };

/** What the engine asks of the server, in the name of one account. */
export function remoteFor(account: string): Remote {
  return {
    send: (op, match = null) => send(account, op, match),
    get: async (id) =>
      (await call('GET', '/todos/{id}', { account, id, expect: [200], shape: isTodo })).data,
    pull: (since) => pull(account, since),
  };
}

const paged = (cursor: string | null) => ({ limit: PAGE_MAX, ...(cursor !== null && { cursor }) });

const listPage = (account: string, filter: 'all' | 'trash', cursor: string | null) => {
  const query = { filter, ...paged(cursor) };
  return call('GET', '/todos', { account, query, expect: [200], shape: isPage });
};

function changesPage(account: string, since: number, cursor: string | null) {
  const query = { since, ...paged(cursor) };
  // Only the first page may be unchanged.
  const ifNoneMatch = cursor === null ? `W/"${since}"` : undefined;
  const expect = cursor === null ? ([200, 304] as const) : ([200] as const);
  return call('GET', '/changes', { account, query, expect, shape: isPage, ifNoneMatch });
}

type Answer = { status: 200; data: Page } | { status: 304; data: undefined };

async function pages(ask: (cursor: string | null) => Promise<Answer>) {
  const items: Todo[] = [];
  let seq: number | null = null;
  let cursor: string | null = null;
  do {
    const reply = await ask(cursor);
    if (reply.status === 304) return null;
    for (const item of reply.data.items) items.push(item);
    // The first page's number: what changes while we read the others is fetched again.
    seq ??= reply.data.seq;
    cursor = reply.data.next;
  } while (cursor !== null);
  return { items, seq };
}

async function pullAll(account: string): Promise<Pulled> {
  const list = await pages((cursor) => listPage(account, 'all', cursor));
  return { ...(list ?? { items: [], seq: 0 }), full: true };
}

async function pull(account: string, since: number | null): Promise<Pulled | null> {
  if (since === null) return pullAll(account);
  try {
    const changes = await pages((cursor) => changesPage(account, since, cursor));
    return changes && { ...changes, full: false };
  } catch (error) {
    if (isProblem(error, 'resync')) return pullAll(account);
    throw error;
  }
}

async function send(account: string, op: Op, match: number | null): Promise<Sent> {
  const key = op.uid;
  const todo = { account, key, shape: isTodo };
  switch (op.kind) {
    case 'create': {
      const { id, item: body } = op;
      const about = { ...todo, id, body, ifNoneMatch: '*', expect: [200, 201] as const };
      return one(await call('PUT', '/todos/{id}', about));
    }
    case 'patch': {
      const { id, patch: body } = op;
      const about = { ...todo, id, body, ifMatch: match, expect: [200] as const };
      return one(await call('PATCH', '/todos/{id}', about));
    }
    case 'restore':
      return restore(account, op.id, key);
    case 'delete':
      await call('DELETE', '/todos/{id}', { account, key, id: op.id, expect: [204] });
      return { ...none, gone: [op.id] };
    case 'clear':
      return { ...none, gone: await many(account, key, '/todos/clear-completed', op.ids) };
    case 'bring-back':
      return bringBack(account, op.ids, key);
  }
}

const one = (reply: { data: Todo }): Sent => ({ items: [reply.data], gone: [] });

const restore = async (account: string, id: string, key: string): Promise<Sent> =>
  one(
    await call('POST', '/todos/{id}/restore', { account, key, id, expect: [200], shape: isTodo }),
  );

/** Again under another key while the server says that there is more to do. */
async function untilDone<T extends { more?: boolean }>(
  key: string,
  ask: (key: string) => Promise<T>,
) {
  const answers: T[] = [];
  do answers.push(await ask(answers.length === 0 ? key : `${key}.${answers.length}`));
  while (answers.at(-1)!.more);
  return answers;
}

type Many = '/todos/clear-completed' | '/todos/restore';

async function many(account: string, key: string, path: Many, ids: string[]) {
  const about = { account, body: { ids }, expect: [200] as const, shape: isMoved };
  const answers = await untilDone(
    key,
    async (each) => (await call('POST', path, { ...about, key: each })).data,
  );
  return [...new Set(answers.flatMap((answer) => answer.items))];
}

async function bringBack(account: string, ids: string[], key: string): Promise<Sent> {
  try {
    return { ...none, back: await many(account, key, '/todos/restore', ids) };
  } catch (error) {
    // A server of the release before knows one at a time.
    if (!(error instanceof ApiError) || ![404, 405].includes(error.status)) throw error;
    const items: Todo[] = [];
    for (const id of ids) items.push(...(await restore(account, id, `${key}.${id}`)).items);
    return { items, gone: [] };
  }
}

/** The trash, a page at a time. */
export const trashPage = async (account: string, cursor: string | null): Promise<Page> =>
  (await listPage(account, 'trash', cursor)).data;

type Count = Reply<'/todos/empty-trash', 'POST', 200>['data'];
const isCount = shaped<Count>({ count: 'number', seq: 'number' });

/** These (IDS_MAX at most) leave the trash for good. */
export async function emptyTrash(account: string, ids: string[]): Promise<number> {
  const about = { account, body: { ids }, expect: [200] as const, shape: isCount };
  const answers = await untilDone(
    uuid(),
    async (key) => (await call('POST', '/todos/empty-trash', { ...about, key })).data,
  );
  return answers.reduce((sum, { count }) => sum + count, 0);
}
