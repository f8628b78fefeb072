import { ApiError, call, isObject, isProblem } from '@/lib/api-client';
import { uuid } from '@/lib/uuid';
import { isIds, isPage, isTodo, type Page, type Todo } from '../types';
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

const PAGE = 500;
const none: Sent = { items: [], gone: [] };

/** What the engine asks of the server, in the name of one account. */
export function remoteFor(account: string): Remote {
  return {
    send: (op, match = null) => send(account, op, match),
    get: async (id) =>
      (await call('GET', `/todos/${id}`, { account, expect: [200], shape: isTodo })).data,
    pull: (since) => pull(account, since),
  };
}

async function page(account: string, path: string, cursor: string | null, etag?: string) {
  const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  return call<Page>('GET', `${path}&limit=${PAGE}${more}`, {
    account,
    expect: etag ? [200, 304] : [200],
    shape: isPage,
    ifNoneMatch: etag,
  });
}

async function pages(account: string, path: string, etag?: string) {
  const items: Todo[] = [];
  let seq: number | null = null;
  let cursor: string | null = null;
  do {
    // Only the first page may be unchanged.
    const reply = await page(account, path, cursor, cursor === null ? etag : undefined);
    if (reply.status === 304) return null;
    for (const item of reply.data.items) items.push(item);
    // The first page's number: what changes while we read the others is fetched again.
    seq ??= reply.data.seq;
    cursor = reply.data.next;
  } while (cursor !== null);
  return { items, seq };
}

async function pullAll(account: string): Promise<Pulled> {
  const list = await pages(account, '/todos?filter=all');
  return { ...(list ?? { items: [], seq: 0 }), full: true };
}

async function pull(account: string, since: number | null): Promise<Pulled | null> {
  if (since === null) return pullAll(account);
  try {
    const changes = await pages(account, `/changes?since=${since}`, `W/"${since}"`);
    return changes && { ...changes, full: false };
  } catch (error) {
    if (isProblem(error, 'resync')) return pullAll(account);
    throw error;
  }
}

async function send(account: string, op: Op, match: number | null): Promise<Sent> {
  const key = op.uid;
  switch (op.kind) {
    case 'create': {
      const about = { body: op.item, ifNoneMatch: '*', expect: [200, 201], shape: isTodo };
      return one(await call('PUT', `/todos/${op.id}`, { account, key, ...about }));
    }
    case 'patch': {
      const about = { body: op.patch, ifMatch: match, expect: [200], shape: isTodo };
      return one(await call('PATCH', `/todos/${op.id}`, { account, key, ...about }));
    }
    case 'restore':
      return restore(account, op.id, key);
    case 'delete':
      await call('DELETE', `/todos/${op.id}`, { account, key, expect: [204] });
      return { ...none, gone: [op.id] };
    case 'clear':
      return { ...none, gone: await many(account, key, 'clear-completed', op.ids) };
    case 'bring-back':
      return bringBack(account, op.ids, key);
  }
}

const one = (reply: { data: Todo }): Sent => ({ items: [reply.data], gone: [] });

const restore = async (account: string, id: string, key: string): Promise<Sent> =>
  one(await call('POST', `/todos/${id}/restore`, { account, key, expect: [200], shape: isTodo }));

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

async function many(account: string, key: string, what: string, ids: readonly string[]) {
  const about = { body: { ids }, expect: [200], shape: isIds };
  const answers = await untilDone(
    key,
    async (each) => (await call('POST', `/todos/${what}`, { account, key: each, ...about })).data,
  );
  return [...new Set(answers.flatMap((answer) => answer.items))];
}

async function bringBack(account: string, ids: readonly string[], key: string): Promise<Sent> {
  try {
    return { ...none, back: await many(account, key, 'restore', ids) };
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
  (await page(account, '/todos?filter=trash', cursor)).data;

type Count = { count: number; more?: boolean };
const isCount = (data: unknown): data is Count => isObject(data) && typeof data.count === 'number';

/** These (500 at most) leave the trash for good. */
export async function emptyTrash(account: string, ids: readonly string[]): Promise<number> {
  const about = { body: { ids }, expect: [200], shape: isCount };
  const answers = await untilDone(
    uuid(),
    async (key) => (await call('POST', '/todos/empty-trash', { account, key, ...about })).data,
  );
  return answers.reduce((sum, { count }) => sum + count, 0);
}
