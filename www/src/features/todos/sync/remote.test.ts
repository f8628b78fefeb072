import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Todo } from '../types';
import type { Op } from './ops';
import { emptyTrash, remoteFor } from './remote';

const fetched = vi.fn();
const headers = { 'Content-Type': 'application/json' };
const answers = (...bodies: object[]) => {
  for (const body of bodies)
    fetched.mockResolvedValueOnce(new Response(JSON.stringify(body), { headers }));
};
const keys = () => fetched.mock.calls.map(([, init]) => init.headers['Idempotency-Key']);
const item = (id: string): Todo => ({
  id,
  title: id,
  note: '',
  done: false,
  due: null,
  position: 'a0',
  created: '',
  updated: '',
  completed: null,
  deleted: null,
  seq: 1,
});

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal('fetch', fetched);
});

describe('an operation on many items', () => {
  it('goes on, under another key, while the server has more to do', async () => {
    answers({ items: ['a'], seq: 2, more: true }, { items: ['b'], seq: 3 });
    const op: Op = { kind: 'clear', ids: ['a', 'b'], uid: 'u', key: 'k', at: '' };
    expect(await remoteFor('me').send(op)).toEqual({ items: [], gone: ['a', 'b'] });
    expect(keys()).toEqual(['u', 'u.1']);
  });

  it('names each item once', async () => {
    answers({ items: ['a'], seq: 2, more: true }, { items: ['a', 'b'], seq: 3 });
    const op: Op = { kind: 'bring-back', ids: ['a', 'b'], uid: 'u', key: 'k', at: '' };
    expect(await remoteFor('me').send(op)).toMatchObject({ back: ['a', 'b'] });
  });

  it('counts what all requests have erased', async () => {
    answers({ count: 2, seq: 2, more: true }, { count: 1, seq: 3 });
    expect(await emptyTrash('me', ['a', 'b', 'c'])).toBe(3);
    expect(new Set(keys()).size).toBe(2);
  });
});

describe('a list', () => {
  it('is read until there is no next page, however short a page is', async () => {
    answers(
      { items: [item('a')], next: 'a0.x', seq: 7 },
      { items: [item('b')], next: null, seq: 8 },
    );
    const { items, seq } = (await remoteFor('me').pull(null))!;
    expect([items.map(({ id }) => id), seq]).toEqual([['a', 'b'], 7]);
  });
});
