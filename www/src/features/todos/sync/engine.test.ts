import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, ServerUnavailable } from '@/lib/api-client';
import type { Todo } from '../types';
import { Engine, type Hooks, type Snapshot } from './engine';
import type { Intent, Op } from './ops';
import { forgetAccount, Outbox } from './outbox';
import type { Pulled, Remote, Sent } from './remote';

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

const problem = (status: number, slug: string, more: { after?: number; field?: string } = {}) =>
  new ApiError(
    status,
    {
      type: `urn:allday:${slug}`,
      title: slug,
      status,
      ...(more.field && { field: more.field }),
    },
    more.after ?? null,
  );

function fakeStorage(): Storage & { full: boolean } {
  const map = new Map<string, string>();
  return {
    full: false,
    get length() {
      return map.size;
    },
    key: (i) => [...map.keys()][i] ?? null,
    getItem: (k) => map.get(k) ?? null,
    setItem(k, v) {
      if (this.full) throw new DOMException('full', 'QuotaExceededError');
      map.set(k, v);
    },
    removeItem: (k) => void map.delete(k),
    clear: () => map.clear(),
  };
}

type Answer = Sent | Error | ((op: Op, match: number | null) => Promise<Sent> | Sent);

/** What a server answers to the next n edits of an item. */
function takes(n: number, item: Todo): ((op: Op) => Sent)[] {
  let now = item;
  return Array.from({ length: n }, () => (op: Op) => {
    now = { ...now, ...('patch' in op && op.patch), seq: now.seq + 1 };
    return { items: [now], gone: [] };
  });
}

/** An engine before a server that takes everything, unless an answer is given. */
function setup(account = 'me') {
  const sent: Op[] = [];
  const matches: (number | null)[] = [];
  const answers: Answer[] = [];
  const pulls: (Pulled | null | Error)[] = [{ items: [], seq: 0, full: true }];
  const stored = new Map<string, Todo>();
  const seen: Snapshot[] = [];
  const refused: string[] = [];
  const lost: Intent[] = [];
  const hooks: Hooks = {
    changed: (s) => seen.push(s),
    refused(op, error) {
      refused.push(`${op.kind} ${error.slug}`);
      lost.push(op);
    },
    conflict: vi.fn(),
    overtaken: vi.fn(),
    revived: vi.fn(),
    signedOut: vi.fn(),
    otherAccount: vi.fn(),
    acked: vi.fn(),
    online: () => true,
    turn: async (work) => {
      await work();
      return true;
    },
  };
  const remote: Remote = {
    async send(op, match = null) {
      sent.push(op);
      matches.push(match);
      const answer = answers.shift() ?? { items: [], gone: [] };
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer(op, match) : answer;
    },
    async get(id) {
      const item = stored.get(id);
      if (!item) throw problem(404, 'not-found');
      return item;
    },
    async pull() {
      const answer = pulls.shift() ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const outbox = new Outbox(account);
  const engine = new Engine(outbox, remote, hooks);
  const at = (id: string) => engine.snapshot.items.get(id);
  return { engine, outbox, sent, matches, answers, pulls, stored, seen, refused, lost, hooks, at };
}

const list = (...items: Todo[]): Pulled => ({ items, seq: 9, full: true });
const create = (id: string, title = id): Intent => ({
  kind: 'create',
  id,
  item: { title, position: `a${id}` },
});
const patch = (id: string, change: Partial<Todo>, base?: Partial<Todo>): Intent => ({
  kind: 'patch',
  id,
  patch: change,
  ...(base && { base }),
});

let storage: ReturnType<typeof fakeStorage>;
beforeEach(() => {
  vi.useFakeTimers();
  storage = fakeStorage();
  vi.stubGlobal('localStorage', storage);
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const opKeys = () =>
  Array.from({ length: storage.length }, (_, i) => storage.key(i)!).filter((key) =>
    key.startsWith('allday.op.'),
  );
const kinds = (ops: Iterable<Op>) => [...ops].map((op) => op.kind);

describe('the sync engine', () => {
  it('shows an intent at once and keeps it until the server has it', async () => {
    const { engine, outbox, answers, sent, at } = setup();
    await engine.sync();
    answers.push({ items: [todo('1', 5, { title: 'milk' })], gone: [] });
    engine.dispatch([create('1', 'milk')]);
    expect(at('1')?.title).toBe('milk');
    expect(opKeys()).toHaveLength(1);
    await settle();
    expect(sent).toHaveLength(1);
    expect(outbox.size).toBe(0);
    expect(opKeys()).toEqual([]);
    expect(at('1')?.seq).toBe(5);
  });

  it('retries with a growing pause when the server is away, in order, and recovers', async () => {
    const { engine, answers, sent, pulls } = setup();
    await engine.sync();
    answers.push(new ServerUnavailable(), new ServerUnavailable());
    pulls.push(new ServerUnavailable(), new ServerUnavailable());
    engine.dispatch([create('1')]);
    await settle();
    expect(engine.snapshot.syncProblem?.kind).toBe('unavailable');
    engine.dispatch([patch('1', { done: true })]);
    await settle();
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1999);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(kinds(sent)).toEqual(['create', 'create', 'create', 'patch']);
    expect(engine.snapshot.syncProblem).toBeNull();
    expect(engine.snapshot.pending).toBe(0);
  });

  it('sends the same operation by the same id each time', async () => {
    const { engine, answers, sent, pulls } = setup();
    await engine.sync();
    answers.push(new ServerUnavailable());
    pulls.push(new ServerUnavailable());
    engine.dispatch([create('1'), create('2')]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent[0]!.uid).toMatch(/^[0-9a-f-]{36}$/);
    const first = sent.filter((op) => 'id' in op && op.id === '1');
    expect(first).toHaveLength(2);
    expect(first[1]!.uid).toBe(first[0]!.uid);
    expect(new Set(sent.map((op) => op.uid)).size).toBe(2);
  });

  it('waits as long as a 429 asks', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(problem(429, 'too-many', { after: 60 }));
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    await settle();
    expect(engine.snapshot.syncProblem?.kind).toBe('limited');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
  });

  it('waits, and says why, when the server can store nothing', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(problem(503, 'read-only', { after: 30 }));
    engine.dispatch([create('1')]);
    await settle();
    expect(engine.snapshot).toMatchObject({ syncProblem: { kind: 'readOnly' }, pending: 1 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sent).toHaveLength(2);
    expect(engine.snapshot).toMatchObject({ syncProblem: null, pending: 0 });
  });

  it('says so when somebody else answers, again and again', async () => {
    const { engine, answers, pulls } = setup();
    await engine.sync();
    answers.push(...Array(3).fill(new ServerUnavailable(null, true)));
    pulls.push(...Array(3).fill(new ServerUnavailable(null, true)));
    engine.dispatch([create('1')]);
    await settle();
    expect(engine.snapshot.syncProblem?.kind).toBe('unavailable');
    await vi.advanceTimersByTimeAsync(3000);
    expect(engine.snapshot.syncProblem?.kind).toBe('foreign');
    await vi.advanceTimersByTimeAsync(4000);
    expect(engine.snapshot).toMatchObject({ syncProblem: null, pending: 0 });
  });

  it('keeps everything when the session has ended', async () => {
    const { engine, answers, outbox, hooks } = setup();
    await engine.sync();
    answers.push(problem(401, 'no-session'));
    engine.dispatch([create('1')]);
    await settle();
    expect(hooks.signedOut).toHaveBeenCalledOnce();
    expect(outbox.size).toBe(1);
    expect(new Outbox('me').size).toBe(1);
    new Outbox('somebody else').add({ kind: 'delete', id: 'x' });
    expect(new Outbox('me').size).toBe(1);
    forgetAccount('me');
    expect(new Outbox('me').size).toBe(0);
    expect(new Outbox('somebody else').size).toBe(1);
  });

  it('stops, and loses nothing, when another account is logged in', async () => {
    const { engine, answers, outbox, hooks, sent } = setup();
    await engine.sync();
    answers.push(problem(409, 'wrong-account'));
    engine.dispatch([create('1')]);
    await settle();
    engine.dispatch([create('2')]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(hooks.otherAccount).toHaveBeenCalledOnce();
    expect(sent).toHaveLength(1);
    expect(outbox.size).toBe(2);
    expect(new Outbox('me').size).toBe(2);
  });

  it('replays what is pending on top of what others changed', async () => {
    const { engine, pulls, answers, at } = setup();
    pulls[0] = list(todo('1', 1));
    await engine.sync();
    answers.push(new ServerUnavailable());
    pulls.push(new ServerUnavailable());
    engine.dispatch([patch('1', { title: 'mine' })]);
    await settle();
    engine.learn({ keys: [], items: [todo('1', 2, { title: 'theirs', note: 'n' })], gone: [] });
    expect(at('1')).toMatchObject({ title: 'mine', note: 'n' });
  });

  it('ignores an answer that a later one has overtaken', async () => {
    const { engine, pulls, at } = setup();
    pulls[0] = list(todo('1', 4, { title: 'four' }));
    await engine.sync();
    engine.learn({ keys: [], items: [todo('1', 3, { title: 'three' })], gone: [] });
    expect(at('1')?.title).toBe('four');
  });

  it('takes up what an earlier page has left, once', async () => {
    const first = setup();
    first.answers.push(new ServerUnavailable());
    first.pulls.push(new ServerUnavailable());
    await first.engine.sync();
    first.engine.dispatch([create('1')]);
    await settle();
    first.engine.stop();
    const second = setup();
    expect(second.at('1')?.title).toBe('1');
    await second.engine.sync();
    expect(kinds(second.sent)).toEqual(['create']);
    expect(second.sent[0]!.uid).toBe(first.sent[0]!.uid);
    expect(opKeys()).toEqual([]);
  });

  it('deletes and restores without the item ever leaving memory', async () => {
    const { engine, pulls, answers, at } = setup();
    pulls[0] = list(todo('1', 1));
    await engine.sync();
    answers.push({ items: [], gone: ['1'] });
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    await settle();
    expect(at('1')?.deleted).toBeTruthy();
    answers.push(new ServerUnavailable());
    engine.dispatch([{ kind: 'restore', id: '1' }]);
    expect(at('1')).toMatchObject({ title: '1', deleted: null });
  });
});

describe('what is refused', () => {
  it('is taken back, and handed over with what was typed', async () => {
    const { engine, pulls, answers, refused, lost, at } = setup();
    pulls[0] = list(todo('1', 3, { title: 'old' }));
    await engine.sync();
    answers.push(problem(422, 'invalid-field'));
    engine.dispatch([patch('1', { title: 'new' })]);
    expect(at('1')?.title).toBe('new');
    await settle();
    expect(at('1')?.title).toBe('old');
    expect(refused).toEqual(['patch invalid-field']);
    expect(lost[0]).toMatchObject({ patch: { title: 'new' } });
  });

  it('takes along what was built on a refused creation', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    answers.push(problem(403, 'list-full'));
    engine.dispatch([create('1'), patch('1', { done: true }), { kind: 'delete', id: '2' }]);
    await settle();
    expect(kinds(sent)).toEqual(['create', 'delete']);
  });

  it('is only the field that is to blame; the rest of the edit is sent', async () => {
    const { engine, pulls, answers, sent, lost } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    answers.push(problem(422, 'invalid-field', { field: 'due.zone' }));
    const due = { date: '2026-12-24', time: '10:00', zone: 'Nowhere/Here' };
    engine.dispatch([patch('1', { title: 'new', due })]);
    await settle();
    expect(lost).toEqual([{ kind: 'patch', id: '1', patch: { due } }]);
    expect(sent.map((op) => op.kind === 'patch' && op.patch)).toEqual([
      { title: 'new', due },
      { title: 'new' },
    ]);
    expect(sent[1]!.uid).not.toBe(sent[0]!.uid);
  });

  it('is nothing for as long as the server fails: 500 is tried again, others go on', async () => {
    const { engine, answers, sent, outbox, refused, hooks } = setup();
    await engine.sync();
    const failing: Answer = (op) => {
      if ('id' in op && op.id === 'bad') throw problem(500, 'server-error');
      return { items: [], gone: [] };
    };
    for (let i = 0; i < 100; i++) answers.push(failing);
    engine.dispatch([create('bad'), create('good')]);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(refused).toEqual([]);
    expect(outbox.size).toBe(1);
    expect(engine.snapshot.syncProblem?.kind).toBe('stuck');
    engine.dispatch([create('later')]);
    await settle();
    expect(sent.at(-1)).toMatchObject({ id: 'later' });
    expect(hooks.acked).toHaveBeenCalledTimes(2);
    const tries = sent.filter((op) => 'id' in op && op.id === 'bad').length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(15);
    answers.length = 0;
    engine.retry();
    await settle();
    expect(engine.snapshot).toMatchObject({ syncProblem: null, pending: 0 });
  });
});

describe('operations on different items', () => {
  it('do not wait for one that never arrives', async () => {
    const { engine, answers, sent, outbox } = setup();
    await engine.sync();
    const slow: Answer = (op) => {
      if ('id' in op && op.id === 'slow')
        return new Promise((_, no) => setTimeout(() => no(new ServerUnavailable()), 40_000));
      return { items: [], gone: [] };
    };
    for (let i = 0; i < 100; i++) answers.push(slow);
    engine.dispatch([create('slow'), patch('slow', { done: true }), create('a'), create('b')]);
    await settle();
    expect(sent.map((op) => 'id' in op && op.id)).toEqual(['slow', 'a', 'b']);
    engine.dispatch([create('c')]);
    await vi.advanceTimersByTimeAsync(41_000);
    expect(kinds(outbox.ops)).toEqual(['create', 'patch']);
    expect(engine.snapshot.syncProblem?.kind).toBe('stuck');
  });

  it('go a few at a time, and each list of answers is drawn once', async () => {
    const { engine, answers, seen, sent } = setup();
    await engine.sync();
    let now = 0;
    let most = 0;
    const answer: Answer = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return { items: [], gone: [] };
    };
    for (let i = 0; i < 300; i++) answers.push(answer);
    engine.dispatch(Array.from({ length: 300 }, (_, i) => create(String(1000 + i))));
    seen.length = 0;
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toHaveLength(300);
    expect(engine.snapshot.pending).toBe(0);
    expect(most).toBe(4);
    expect(seen.length).toBeLessThan(20);
  });

  it('go one after another where the server finds the place', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    const never: Answer = () => new Promise(() => {});
    answers.push(never, never);
    engine.dispatch([
      { kind: 'create', id: '1', item: { title: '1' } },
      { kind: 'create', id: '2', item: { title: '2' } },
    ]);
    await settle();
    expect(sent).toHaveLength(1);
  });

  it('knock one at a time when none of them can go', async () => {
    const { engine, answers, sent } = setup();
    await engine.sync();
    for (let i = 0; i < 1000; i++) answers.push(new ServerUnavailable(null, true));
    engine.dispatch(Array.from({ length: 100 }, (_, i) => create(String(100 + i))));
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.length).toBeLessThan(15);
  });
});

describe('an edit of what somebody else has changed', () => {
  const theirs = todo('1', 5, { title: 'title', note: 'first\ntheirs' });

  it('says which version it is for', async () => {
    const { engine, pulls, matches } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    engine.dispatch([patch('1', { note: 'n' }), patch('1', { done: true })]);
    await settle();
    expect(matches).toEqual([3, null]);
  });

  it('goes again when only something else was changed', async () => {
    const { engine, pulls, answers, stored, matches, hooks } = setup();
    pulls[0] = list(todo('1', 3, { note: 'first' }));
    await engine.sync();
    stored.set('1', todo('1', 4, { note: 'first', done: true }));
    answers.push(problem(412, 'stale'));
    engine.dispatch([patch('1', { note: 'mine' })]);
    await settle();
    expect(matches).toEqual([3, 4]);
    expect(hooks.conflict).not.toHaveBeenCalled();
  });

  it('keeps both notes and says so', async () => {
    const { engine, pulls, answers, stored, sent, matches, hooks } = setup();
    pulls[0] = list(todo('1', 3, { title: 'title', note: 'first' }));
    await engine.sync();
    stored.set('1', theirs);
    answers.push(problem(412, 'stale'));
    engine.dispatch([patch('1', { note: 'first\nmine' })]);
    await settle();
    expect(matches).toEqual([3, 5]);
    const [first, second] = sent as Extract<Op, { kind: 'patch' }>[];
    expect(second!.patch.note).toMatch(/^first\ntheirs\n\n―+\n\nfirst\nmine$/);
    expect(second!.uid).not.toBe(first!.uid);
    expect(hooks.conflict).toHaveBeenCalledOnce();
  });

  it('keeps their title and puts ours into the note', async () => {
    const { engine, pulls, sent } = setup();
    pulls[0] = list(todo('1', 5, { title: 'theirs', note: 'n' }));
    await engine.sync();
    engine.dispatch([patch('1', { title: 'mine' }, { title: 'old' })]);
    await settle();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ patch: { note: 'mine\n\nn' } });
    expect((sent[0] as { patch: object }).patch).not.toHaveProperty('title');
  });

  it('keeps of two titles of ours the last one, once, also after a reload', async () => {
    const first = setup();
    first.pulls[0] = list(todo('1', 3, { title: 'old', note: 'n' }));
    await first.engine.sync();
    first.answers.push(new ServerUnavailable());
    first.pulls.push(new ServerUnavailable());
    first.engine.dispatch([patch('1', { title: 'mine' }), patch('1', { note: 'n, more' })]);
    first.engine.dispatch([patch('1', { title: 'mine, last' })]);
    await settle();
    first.engine.stop();
    const { engine, stored, answers, sent, outbox, hooks } = setup();
    stored.set('1', todo('1', 5, { title: 'theirs', note: 'n' }));
    answers.push(...takes(2, stored.get('1')!));
    await engine.sync();
    const patches = (sent as Extract<Op, { kind: 'patch' }>[]).map((op) => op.patch);
    expect(patches).toEqual([{ note: 'n, more' }, { note: 'mine, last\n\nn, more' }]);
    expect(outbox.size).toBe(0);
    expect(hooks.conflict).toHaveBeenCalledOnce();
  });

  it('does not take the title on top of the note for somebody else’s note', async () => {
    const { engine, pulls, answers, sent } = setup();
    pulls[0] = list(todo('1', 5, { title: 'theirs', note: 'n' }));
    answers.push(...takes(3, pulls[0].items[0]!));
    await engine.sync();
    engine.dispatch([
      patch('1', { title: 'mine' }, { title: 'old' }),
      patch('1', { note: 'nn' }, { note: 'n' }),
      patch('1', { note: 'nnn' }, { note: 'nn' }),
    ]);
    await settle();
    const notes = (sent as Extract<Op, { kind: 'patch' }>[]).map((op) => op.patch.note);
    expect(notes).toEqual(['mine\n\nn', 'mine\n\nnn', 'mine\n\nnnn']);
  });

  it('says whose text it is when one of the two emptied the note', async () => {
    const { engine, pulls, sent, hooks } = setup();
    pulls[0] = list(todo('1', 5, { note: 'theirs' }), todo('2', 5), todo('3', 5, { note: 'c' }));
    await engine.sync();
    engine.dispatch([
      patch('1', { note: '' }, { note: 'old' }),
      patch('2', { note: 'mine' }, { note: 'old' }),
      patch('3', { note: 'mine' }, { note: 'old' }),
    ]);
    await settle();
    expect(vi.mocked(hooks.conflict).mock.calls.map(([item, kept]) => [item.id, kept])).toEqual([
      ['1', 'theirs'],
      ['2', 'mine'],
      ['3', 'both'],
    ]);
    expect(sent.map((op) => 'id' in op && op.id)).toEqual(['2', '3']);
  });

  it('leaves a due date or a place that was changed since it was to be taken back', async () => {
    const { engine, pulls, answers, stored, sent, hooks, outbox } = setup();
    const due = { date: '2026-12-24', time: '09:00', zone: 'Asia/Seoul' };
    pulls[0] = list(todo('1', 3, { due: null, position: 'b' }), todo('2', 3, { due }));
    await engine.sync();
    stored.set('1', todo('1', 4, { due, position: 'b' }));
    answers.push(problem(412, 'stale'));
    engine.dispatch([
      {
        ...patch('1', { due: { date: '2026-12-25' }, position: 'a' }),
        base: { due: null, position: 'b' },
      } as Intent,
      { ...patch('2', { due: null }), base: { due: { ...due } } } as Intent,
    ]);
    await settle();
    expect(outbox.size).toBe(0);
    expect(hooks.overtaken).toHaveBeenCalledOnce();
    const last = sent.filter((op) => op.kind === 'patch').map((op) => [op.id, op.patch]);
    expect(last).toContainEqual(['1', { position: 'a' }]);
    expect(last).toContainEqual(['2', { due: null }]);
    expect(hooks.conflict).not.toHaveBeenCalled();
  });

  it('is handed over when both are too long for one note', async () => {
    const { engine, pulls, sent, lost } = setup();
    pulls[0] = list(todo('1', 5, { note: 'x'.repeat(6000) }));
    await engine.sync();
    engine.dispatch([patch('1', { note: 'y'.repeat(6000) }, { note: '' })]);
    await settle();
    expect(sent).toHaveLength(0);
    expect(lost[0]).toMatchObject({ patch: { note: 'y'.repeat(6000) } });
  });

  it('does not take its own earlier edit for somebody else’s', async () => {
    const { engine, pulls, answers, sent, hooks } = setup();
    pulls[0] = list(todo('1', 3, { note: 'a' }));
    await engine.sync();
    answers.push({ items: [todo('1', 4, { note: 'ab' })], gone: [] });
    engine.dispatch([patch('1', { note: 'ab' }), patch('1', { note: 'abc' })]);
    await settle();
    expect(sent).toHaveLength(2);
    expect(hooks.conflict).not.toHaveBeenCalled();
  });

  it('asks for the item first when a reload has left only the edit', async () => {
    const first = setup();
    first.pulls[0] = list(todo('1', 3, { note: 'first' }));
    await first.engine.sync();
    first.answers.push(new ServerUnavailable());
    first.pulls.push(new ServerUnavailable());
    first.engine.dispatch([patch('1', { note: 'mine' })]);
    await settle();
    first.engine.stop();
    const { engine, stored, matches, sent } = setup();
    stored.set('1', theirs);
    await engine.sync();
    expect(matches).toEqual([5]);
    expect(sent[0]).toMatchObject({ patch: { note: expect.stringContaining('theirs') } });
  });

  it('brings back what was deleted elsewhere', async () => {
    const { engine, pulls, answers, stored, sent, hooks } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    stored.set('1', todo('1', 4, { deleted: 'now' }));
    answers.push(problem(404, 'not-found'));
    answers.push({ items: [todo('1', 5)], gone: [] });
    engine.dispatch([patch('1', { note: 'typed' })]);
    await settle();
    expect(kinds(sent)).toEqual(['patch', 'restore', 'patch']);
    expect(hooks.revived).toHaveBeenCalledOnce();
  });

  it('is handed over when the item is gone for good', async () => {
    const { engine, pulls, answers, lost } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    answers.push(problem(404, 'not-found'));
    engine.dispatch([patch('1', { note: 'typed' })]);
    await settle();
    expect(lost[0]).toMatchObject({ patch: { note: 'typed' } });
  });

  it('stays in the trash when it was deleted here', async () => {
    const { engine, pulls, sent, answers, at } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    answers.push({ items: [], gone: ['1'] });
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    engine.dispatch([patch('1', { note: 'the rest' })]);
    expect(at('1')).toMatchObject({ note: 'the rest', deleted: expect.any(String) });
    await settle();
    expect(kinds(sent)).toEqual(['delete', 'restore', 'patch', 'delete']);
  });

  it('is not lost either when it only takes back a check mark', async () => {
    const { engine, pulls, answers, at } = setup();
    pulls[0] = list(todo('1', 3, { done: true }));
    await engine.sync();
    answers.push({ items: [], gone: ['1'] });
    answers.push({ items: [todo('1', 5, { done: true })], gone: [] });
    answers.push({ items: [todo('1', 6)], gone: [] }, { items: [], gone: ['1'] });
    engine.dispatch([{ kind: 'delete', id: '1' }]);
    engine.dispatch([patch('1', { done: false })]);
    await settle();
    expect(at('1')).toMatchObject({ done: false, deleted: expect.any(String) });
  });

  it('that this release cannot send does not block the others', async () => {
    const { engine, answers, sent, outbox } = setup();
    const strange = ({ kind }: Op): Sent => {
      if (kind !== 'create') throw new TypeError('undefined is not an object');
      return { items: [], gone: [] };
    };
    answers.push(...Array.from({ length: 9 }, () => strange));
    await engine.sync();
    engine.dispatch([{ kind: 'of a later release', id: '1' } as unknown as Intent]);
    await settle();
    engine.dispatch([create('2')]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(kinds(sent)).toContain('create');
    expect(outbox.size).toBe(1);
  });

  it('is sent to a database that was restored and counts from an earlier number', async () => {
    const { engine, pulls, answers, stored, at } = setup();
    pulls[0] = list(todo('1', 8, { title: 'after the backup' }), todo('2', 9));
    await engine.sync();
    stored.set('1', todo('1', 3));
    pulls.push({ items: [todo('1', 3)], seq: 4, full: true });
    const match = (wanted: number) => (_: Op, seq: number | null) => {
      if (seq !== wanted) throw problem(412, 'stale');
      return { items: [todo('1', 5, { title: 'typed' })], gone: [] };
    };
    answers.push(...Array.from({ length: 6 }, () => match(3)));
    engine.dispatch([patch('1', { title: 'typed' })]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(engine.snapshot.pending).toBe(0);
    expect(at('1')).toMatchObject({ title: 'typed', seq: 5 });
    expect(engine.snapshot.order).toEqual(['1']);
  });

  it('that waits for its next try waits no longer when the clock is set back', async () => {
    const { engine, pulls, answers, sent } = setup();
    pulls[0] = list(todo('1', 3));
    await engine.sync();
    answers.push(problem(500, 'server-error'));
    engine.dispatch([patch('1', { done: true })]);
    await settle();
    expect(sent).toHaveLength(1);
    vi.setSystemTime(Date.now() - 3600_000);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toHaveLength(2);
  });
});

describe('a creation', () => {
  it('whose answer was lost is not sent over what became of it', async () => {
    const { engine, answers, stored, sent, at } = setup();
    await engine.sync();
    stored.set('1', todo('1', 7, { title: 'edited elsewhere', done: true }));
    answers.push(problem(412, 'stale'));
    engine.dispatch([create('1', 'as typed')]);
    await settle();
    expect(sent).toHaveLength(1);
    expect(at('1')).toMatchObject({ title: 'edited elsewhere', done: true });
  });
});

describe('clearing and bringing back', () => {
  it('are about the same items', async () => {
    const { engine, pulls, answers, at } = setup();
    pulls[0] = list(todo('1', 1, { done: true }), todo('2', 2, { done: true }), todo('3', 3));
    await engine.sync();
    answers.push({ items: [], gone: ['1', '2'] });
    engine.dispatch([{ kind: 'clear', ids: ['1', '2'] }]);
    expect(engine.snapshot.order).toEqual(['3']);
    await settle();
    answers.push({ items: [], gone: [], back: ['1', '2'] });
    engine.dispatch([{ kind: 'bring-back', ids: ['1', '2'] }]);
    expect(engine.snapshot.order).toEqual(['1', '2', '3']);
    await settle();
    expect(engine.snapshot.pending).toBe(0);
    expect(at('1')?.deleted).toBeNull();
  });
});

describe('the outbox', () => {
  it('keeps its order when the clock is set back between two pages', () => {
    vi.setSystemTime('2026-11-29T12:00:00Z');
    new Outbox('me').add(create('1'));
    vi.setSystemTime('2026-11-29T09:00:00Z');
    new Outbox('me').add(patch('1', { done: true }));
    expect(kinds(new Outbox('me').ops)).toEqual(['create', 'patch']);
  });

  it('puts what comes after what an older release has left by the clock', () => {
    const key = `allday.op.me.${Date.now().toString(36).padStart(10, '0')}.abc`;
    storage.setItem(key, JSON.stringify({ ...create('1'), key, at: '' }));
    const outbox = new Outbox('me');
    outbox.add(patch('1', { done: true }));
    expect(kinds(outbox.ops)).toEqual(['create', 'patch']);
    expect([...outbox.ops][0]!.uid).toMatch(/-/);
  });

  it('is written again when the browser has cleared the storage', () => {
    const outbox = new Outbox('me');
    outbox.add(create('1'));
    outbox.add(create('2'));
    storage.clear();
    expect(outbox.check()).toEqual([]);
    expect(opKeys()).toHaveLength(2);
    storage.clear();
    outbox.add(create('3'));
    expect(opKeys()).toHaveLength(3);
  });

  it('drops what another tab had acknowledged', () => {
    const outbox = new Outbox('me');
    const op = outbox.add(create('1'));
    storage.removeItem(op.key);
    expect(outbox.check()).toEqual([op]);
    expect(outbox.size).toBe(0);
  });

  it('survives a second tab that has noticed the clearing first', () => {
    const one = new Outbox('me');
    one.add(create('1'));
    const two = new Outbox('me');
    two.add(create('2'));
    one.reload();
    storage.clear();
    two.check();
    expect(one.check()).toEqual([]);
    expect(opKeys()).toHaveLength(2);
  });

  it('stays in memory when the storage is full, and is written when it no longer is', () => {
    const outbox = new Outbox('me');
    storage.full = true;
    outbox.add(create('1'));
    expect(outbox.check()).toEqual([]);
    expect(outbox.size).toBe(1);
    expect(opKeys()).toEqual([]);
    storage.full = false;
    outbox.check();
    expect(opKeys()).toHaveLength(1);
  });

  it('is the same after a session has ended while the storage was full', () => {
    storage.full = true;
    const op = new Outbox('me').add(create('1'));
    const next = new Outbox('me');
    expect([...next.ops]).toEqual([op]);
    storage.full = false;
    expect(next.check()).toEqual([]);
    expect(opKeys()).toHaveLength(1);
    next.remove([op.key]);
    expect(new Outbox('me').size).toBe(0);
  });
});

describe('the order', () => {
  it('is the same array until something comes, goes or moves', async () => {
    const { engine, pulls } = setup();
    pulls[0] = list(todo('1', 1), todo('2', 2), todo('3', 3));
    await engine.sync();
    const before = engine.snapshot.order;
    expect(before).toEqual(['1', '2', '3']);
    engine.dispatch([patch('2', { done: true })]);
    expect(engine.snapshot.order).toBe(before);
    engine.dispatch([patch('1', { position: 'a25' })]);
    expect(engine.snapshot.order).toEqual(['2', '1', '3']);
    expect(before).toEqual(['1', '2', '3']);
  });

  it('stays sorted under many changes', async () => {
    const { engine, pulls } = setup();
    const items = Array.from({ length: 200 }, (_, i) =>
      todo(String(i), i + 1, { position: `a${(i * 7919) % 200}` }),
    );
    pulls[0] = list(...items);
    await engine.sync();
    for (let i = 0; i < 400; i++) {
      const id = String((i * 31) % 200);
      const change: Intent[] = [
        patch(id, { position: `a${(i * 104729) % 1000}` }),
        { kind: i % 3 ? 'restore' : 'delete', id },
      ];
      engine.dispatch([change[i % 2]!]);
    }
    const { items: all, order } = engine.snapshot;
    const living = [...all.values()].filter((item) => !item.deleted);
    const key = (item: Todo) => `${item.position} ${item.id}`;
    expect(order.map((id) => key(all.get(id)!))).toEqual(living.map(key).sort());
  });

  it('says and stores nothing of a conflict that it meets after it was stopped', async () => {
    const { engine, answers, pulls, stored, hooks } = setup();
    pulls[0] = list(todo('1', 1, { note: 'first' }));
    await engine.sync();
    stored.set('1', todo('1', 2, { note: 'theirs' }));
    answers.push(() => {
      // Logged out while it was on its way.
      engine.stop();
      forgetAccount('me');
      throw problem(412, 'stale');
    });
    engine.dispatch([patch('1', { note: 'mine' })]);
    await settle();
    expect(hooks.conflict).not.toHaveBeenCalled();
    expect(storage.length).toBe(0);
  });

  it('costs an operation nothing that grows with the list', async () => {
    const cost = async (n: number) => {
      const { engine, pulls } = setup(`me${n}`);
      const items = Array.from({ length: n }, (_, i) => todo(String(i), i + 1));
      pulls[0] = list(...items);
      await engine.sync();
      const reads = vi.spyOn(Map.prototype, 'get');
      engine.dispatch([patch('7', { done: true })]);
      const count = reads.mock.calls.length;
      reads.mockRestore();
      engine.stop();
      return count;
    };
    const small = await cost(100);
    expect(await cost(10_000)).toBeLessThan(small + 20);
  });
});
