import { describe, expect, it } from 'vitest';
import type { Todo } from '../types';
import { apply, idsOf, type Intent, type Items, inverse, type Op } from './ops';

const base = { note: '', done: false, due: null, created: '', updated: '' };
const item = (id: string, position: string): Todo => ({
  ...base,
  id,
  position,
  title: id,
  completed: null,
  deleted: null,
  seq: 1,
});
const op = (intent: Intent): Op => ({
  ...intent,
  key: 'k',
  uid: 'u',
  at: '2026-11-23T00:00:00Z',
});

function replay(before: Items, ops: readonly Op[]): Map<string, Todo> {
  const items = new Map(before);
  for (const one of ops)
    for (const id of idsOf(one)) {
      const item = apply(items.get(id), id, one);
      if (item) items.set(id, item);
    }
  return items;
}

describe('operations', () => {
  const before = new Map([
    ['a', item('a', 'a0')],
    ['b', item('b', 'a1')],
  ]);
  const intents: Intent[] = [
    { kind: 'patch', id: 'a', patch: { title: 'x', done: true } },
    { kind: 'delete', id: 'a' },
    { kind: 'clear', ids: ['a', 'b'] },
  ];
  it.each(intents)('undoes $kind', (intent) => {
    const back = inverse(intent, before);
    const after = replay(before, [intent, ...back].map(op));
    for (const [id, was] of before)
      expect(after.get(id)).toEqual({ ...was, updated: expect.any(String) });
  });

  it('knows what it takes back, but for what has two values only', () => {
    const due = { date: '2026-12-24' };
    const [back] = inverse({ kind: 'patch', id: 'a', patch: { due, done: true } }, before);
    expect(back).toMatchObject({ patch: { due: null, done: false }, base: { due } });
    expect(back).not.toHaveProperty('base.done');
  });

  it('undoes a creation by deleting', () => {
    const back = inverse({ kind: 'create', id: 'c', item: { title: 'c' } }, before);
    expect(back).toEqual([{ kind: 'delete', id: 'c' }]);
  });

  it('is safe to replay twice', () => {
    for (const intent of intents)
      expect(replay(before, [op(intent), op(intent)])).toEqual(replay(before, [op(intent)]));
  });

  it('does not bring back what was deleted elsewhere', () => {
    const gone = new Map([['a', { ...item('a', 'a0'), deleted: 'now' }]]);
    const after = replay(gone, [op({ kind: 'patch', id: 'a', patch: { title: 'x' } })]);
    expect(after.get('a')?.deleted).toBe('now');
  });
});
