import { ApiError, call } from '@/lib/api-client';
import type { Todo } from '../types';
import type { Op } from './ops';

type Page = { items: Todo[]; next: string | null; seq: number };
export type Pulled = { items: Todo[]; seq: number; full: boolean };
export type Remote = {
  send(op: Op): Promise<{ items: Todo[]; gone: string[] }>;
  pull(since: number | null): Promise<Pulled | null>;
};

const PAGE = 500;

async function pages(path: string, etag?: string): Promise<Omit<Pulled, 'full'> | null> {
  const items: Todo[] = [];
  let seq: number | null = null;
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const reply = await call<Page>('GET', `${path}&limit=${PAGE}${query}`, { ifNoneMatch: etag });
    if (reply.status === 304) return null;
    items.push(...reply.data.items);
    // The first page's number: what changes while we read the others is fetched again.
    seq ??= reply.data.seq;
    cursor = reply.data.next;
  } while (cursor !== null);
  return { items, seq };
}

async function pullAll(): Promise<Pulled> {
  const list = await pages('/todos?filter=all');
  return { ...(list ?? { items: [], seq: 0 }), full: true };
}

async function pull(since: number | null): Promise<Pulled | null> {
  if (since === null) return pullAll();
  try {
    const changes = await pages(`/changes?since=${since}`, `W/"${since}"`);
    return changes && { ...changes, full: false };
  } catch (error) {
    if (error instanceof ApiError && error.status === 410) return pullAll();
    throw error;
  }
}

async function send(op: Op): Promise<{ items: Todo[]; gone: string[] }> {
  switch (op.kind) {
    case 'create':
      return one(await call<Todo>('PUT', `/todos/${op.id}`, { body: op.item }));
    case 'patch':
      return one(await call<Todo>('PATCH', `/todos/${op.id}`, { body: op.patch }));
    case 'restore':
      return one(await call<Todo>('POST', `/todos/${op.id}/restore`));
    case 'delete':
      await call('DELETE', `/todos/${op.id}`);
      return { items: [], gone: [op.id] };
    case 'clear': {
      const reply = await call<{ items: string[] }>('POST', '/todos/clear-completed');
      return { items: [], gone: [...new Set([...op.ids, ...reply.data.items])] };
    }
  }
}

const one = (reply: { data: Todo }) => ({ items: [reply.data], gone: [] });

export const remote: Remote = { send, pull };
