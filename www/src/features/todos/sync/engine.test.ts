import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, Away } from '@/lib/api-client';
import type { Todo } from '../types';
import { Engine, type Hooks, type Snapshot } from './engine';
import type { Op } from './ops';
import { forgetOtherAccounts, Outbox } from './outbox';
import type { Pulled, Remote } from './remote';

const todo = (id: string, seq: number, more: Partial<Todo> = {}): Todo => ({
  id,
  title: id,
  note: '',
  done: false,
  due: null,
  position: `a${id}`,
  created: '',
  updated: '',
  completed: null,
  deleted: null,
  seq,
  ...more,
});

const problem = (status: number, slug: string, retryAfter: number | null = null) =>
  new ApiError(status, { type: `urn:allday:${slug}`, title: slug, status }, retryAfter);

function fakeStorage(): Storage {
  const map = new Map<string, string>();
  return {
    get length() {
      return map.size;
    },
    key: (i) => [...map.keys()][i] ?? null,
    getItem: (k) => map.get(k) ?? null,
    setItem: (k, v) => void map.set(k, v),
    removeItem: (k) => void map.delete(k),
    clear: () => map.clear(),
  };
}

function setup(account = 'me') {
  const sent: Op[] = [];
  const answers: (Error | { items: Todo[]; gone: string[] })[] = [];
  const pulls: (Pulled | null | Error)[] = [{ items: [], seq: 0, full: true }];
  const seen: Snapshot[] = [];
  const refused: string[] = [];
  const hooks: Hooks = {
    changed: (s) => seen.push(s),
    refused: (op, error) => refused.push(`${op.kind} ${error.slug}`),
    signedOut: vi.fn(),
    acked: vi.fn(),
    online: () => true,
  };
  const remote: Remote = {
    async send(op) {
      sent.push(op);
      const answer = answers.shift() ?? { items: [], gone: [] };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async pull() {
      const answer = pulls.shift() ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const outbox = new Outbox(account);
  const engine = new Engine(outbox, remote, hooks);
  return { engine, outbox, sent, answers, pulls, seen, refused, hooks };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', fakeStorage());
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const stored = () => Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));

describe('the sync engine', () => {
  it('shows an intent at once and keeps it until the server has it', async () => {
    const { engine, outbox, answers, sent } = setup();
    await engine.sync();
    answers.push({ items: [todo('1', 5, { title: 'milk' })], gone: [] });
    engine.dispatch([{ kind: 'create', id: '1', item: { title: 'milk', position: 'a0' } }]);
    expect(engine.snapshot.items.get('1')?.title).toBe('milk');
    expect(stored()).toHaveLength(1);
    await settle();
    expect(sent).toHaveLength(1);
    expect(outbox.ops).toEqual([]);
    expect(stored()).toEqual([]);
    expect(engine.snapshot.items.get('1')?.seq).toBe(5);
  });

  it('retries with a growing pause when the server is away, in order, and recovers', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(new Away(), new Away());
    engine.dispatch([{ kind: 'create', id: '1', item: { title: 'a' } }]);
    await settle();
    expect(engine.snapshot.trouble?.kind).toBe('away');
    engine.dispatch([{ kind: 'patch', id: '1', patch: { done: true } }]);
    await settle();
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1999);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.map((op) => op.kind)).toEqual(['create', 'create', 'create', 'patch']);
    expect(engine.snapshot.trouble).toBeNull();
    expect(engine.snapshot.pending).toBe(0);
  });

  it('waits as long as a 429 asks', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(problem(429, 'too-many', 60));
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    await settle();
    expect(engine.snapshot.trouble?.kind).toBe('limited');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
  });

  it('drops what the server refuses, goes back to its item and says why', async () => {
    const { engine, pulls, answers, refused } = setup();
    pulls[0] = { items: [todo('1', 3, { title: 'old' })], seq: 3, full: true };
    await engine.sync();
    answers.push(problem(422, 'invalid-field'));
    engine.dispatch([{ kind: 'patch', id: '1', patch: { title: 'new' } }]);
    expect(engine.snapshot.items.get('1')?.title).toBe('new');
    await settle();
    expect(engine.snapshot.items.get('1')?.title).toBe('old');
    expect(refused).toEqual(['patch invalid-field']);
  });

  it('drops what was built on a refused creation', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(problem(403, 'list-full'));
    engine.dispatch([
      { kind: 'create', id: '1', item: { title: 'a' } },
      { kind: 'patch', id: '1', patch: { done: true } },
      { kind: 'delete', id: '2' },
    ]);
    await settle();
    expect(sent.map((op) => op.kind)).toEqual(['create', 'delete']);
  });

  it('keeps everything when the session has ended', async () => {
    const { engine, answers, outbox, hooks } = setup();
    await engine.sync();
    answers.push(problem(401, 'no-session'));
    engine.dispatch([{ kind: 'create', id: '1', item: { title: 'a' } }]);
    await settle();
    expect(hooks.signedOut).toHaveBeenCalledOnce();
    expect(outbox.ops).toHaveLength(1);
    expect(new Outbox('me').ops).toHaveLength(1);
    forgetOtherAccounts('somebody else');
    expect(new Outbox('me').ops).toHaveLength(0);
  });

  it('replays what is pending on top of what others changed', async () => {
    const { engine, pulls, answers } = setup();
    pulls[0] = { items: [todo('1', 1)], seq: 1, full: true };
    await engine.sync();
    answers.push(new Away());
    engine.dispatch([{ kind: 'patch', id: '1', patch: { title: 'mine' } }]);
    await settle();
    engine.learn({ keys: [], items: [todo('1', 2, { title: 'theirs', note: 'n' })], gone: [] });
    expect(engine.snapshot.items.get('1')).toMatchObject({ title: 'mine', note: 'n' });
  });

  it('ignores an answer that a later one has overtaken', async () => {
    const { engine, pulls } = setup();
    pulls[0] = { items: [todo('1', 4, { title: 'four' })], seq: 4, full: true };
    await engine.sync();
    engine.learn({ keys: [], items: [todo('1', 3, { title: 'three' })], gone: [] });
    expect(engine.snapshot.items.get('1')?.title).toBe('four');
  });

  it('takes up what an earlier page has left, once', async () => {
    const first = setup();
    first.answers.push(new Away());
    await first.engine.sync();
    first.engine.dispatch([{ kind: 'create', id: '1', item: { title: 'a' } }]);
    first.engine.stop();
    const second = setup();
    await second.engine.sync();
    expect(second.sent.map((op) => op.kind)).toEqual(['create']);
    expect(stored()).toEqual([]);
  });

  it('deletes and restores without the item ever leaving memory', async () => {
    const { engine, pulls, answers } = setup();
    pulls[0] = { items: [todo('1', 1)], seq: 1, full: true };
    await engine.sync();
    answers.push({ items: [], gone: ['1'] });
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    await settle();
    expect(engine.snapshot.items.get('1')?.deleted).toBeTruthy();
    answers.push(new Away());
    engine.dispatch([{ kind: 'restore', id: '1' }]);
    expect(engine.snapshot.items.get('1')).toMatchObject({ title: '1', deleted: null });
  });
});
