import { ApiError, ServerUnavailable, isProblem } from '@/lib/api-client';
import type { Editable, Texts, Todo } from '../types';
import { clashes, keepBoth, type Outcome, outcome, under, without } from './conflict';
import { apply, idsOf, type Intent, mergeServer, type Op, type Patch } from './ops';
import type { Outbox } from './outbox';
import type { Remote, Sent } from './remote';
import { View } from './view';

/** stuck: some operations cannot go, the others can; foreign: somebody else answers. */
export type SyncProblem = {
  kind: 'offline' | 'unavailable' | 'limited' | 'foreign' | 'readOnly' | 'stuck';
  retryAt: number;
};
export type Snapshot = {
  ready: boolean;
  items: ReadonlyMap<string, Todo>;
  order: readonly string[];
  pending: number;
  syncProblem: SyncProblem | null;
};
export type Acked = Sent & { keys: string[] };
export type Hooks = {
  /** touched: the items that are not as they were; null when it may be any. */
  changed(snapshot: Snapshot, touched: ReadonlySet<string> | null): void;
  /** It will never be done; item is as it was seen until now. */
  refused(op: Intent, error: ApiError, item: Todo | undefined): void;
  /** A text of an item was edited twice; what is in it now. */
  conflict(item: Todo, kept: Outcome): void;
  /** What was to be taken back was changed elsewhere since, and is left. */
  overtaken(item: Todo): void;
  /** An edit brought back what had been deleted elsewhere. */
  revived(item: Todo): void;
  signedOut(): void;
  /** Somebody else is logged in in this browser. */
  otherAccount(): void;
  acked(news: Acked): void;
  online(): boolean;
  /** Does the work when no other tab does it. */
  turn(work: () => Promise<void>): Promise<boolean>;
};

const STEPS = [1, 2, 4, 8, 15, 30];
const STUCK_STEPS = [1, 2, 4, 8, 15, 30, 60, 120];
const AT_ONCE = 4;
/** So many failures without one success are not the fault of the single operations. */
const MISSES = 8;
const TRIES = 5;
const FOREIGN_TIMES = 3;
const TURN_MS = 1000;
const FRAME_MS = 30;
/** Problems of ours that say nothing about the operation itself. */
const PASSING = new Set(['timeout', 'headers-too-large', 'foreign-origin']);
/** Problems of ours with all operations. */
const GENERAL = new Set(['no-session', 'wrong-account', 'read-only']);
const TYPED = ['title', 'note', 'due'] as const;

const stepOf = (steps: readonly number[], failures: number) =>
  steps[Math.min(failures, steps.length - 1)]!;

// The server finds the place of items without one: such creations go one after another.
const lanesOf = (op: Op): readonly string[] =>
  op.kind === 'create' && op.item.position === undefined ? [op.id, 'end'] : idsOf(op);

const hasText = (patch: Partial<Editable>) => TYPED.some((field) => patch[field] !== undefined);

/*
 * The list on this device: the server's items, and the outbox replayed on top of those that it
 * touches. One run at a time sends the outbox, then asks what is new. The operations of one item
 * go in order, those of different items do not wait for each other: one that cannot go is tried
 * again later, alone. When the server is away the whole run is.
 */
export class Engine {
  #server = new Map<string, Todo>();
  #view = new View();
  #seq: number | null = null;
  #syncProblem: SyncProblem | null = null;
  #failures = 0;
  #foreign = 0;
  #run: Promise<void> | null = null;
  #again = false;
  #wantPull = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #emitting: ReturnType<typeof setTimeout> | undefined;
  #touched: Set<string> | null = new Set();
  /** Items with an operation on its way. */
  #busy = new Set<string>();
  /** at: by the clock that nobody sets. */
  #pauses = new Map<string, { failures: number; at: number }>();
  /** After a failure: is it the operation, or the server? */
  #doubt = false;
  #misses = 0;
  #window = AT_ONCE;
  #halt: { error: unknown } | null = null;
  /** Deleted on this device: a late edit changes it in the trash. */
  #deletedHere = new Set<string>();

  constructor(
    readonly outbox: Outbox,
    readonly remote: Remote,
    readonly hooks: Hooks,
  ) {
    for (const op of outbox.ops) this.#touch(idsOf(op));
  }

  get snapshot(): Snapshot {
    return {
      ready: this.#seq !== null,
      items: this.#view.items,
      order: this.#view.order,
      pending: this.outbox.size,
      syncProblem: this.#syncProblem,
    };
  }

  dispatch(intents: readonly Intent[]): void {
    for (const intent of intents)
      for (const one of this.#expand(intent)) this.#touch(idsOf(this.outbox.add(one)));
    this.#emit();
    this.#go();
  }

  /** Another tab added operations. */
  adopt(): void {
    for (const op of this.outbox.reload()) this.#touch(idsOf(op));
    this.#emitSoon();
    this.#go();
  }

  /** Another tab, or the trash, told what the server has. */
  learn(news: Acked): void {
    this.#take(news);
    this.#emitSoon();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#emitting);
  }

  sync(pull = true): Promise<void> {
    this.#wantPull ||= pull || this.#seq === null;
    if (this.#stopped) return Promise.resolve();
    if (this.#run) {
      this.#again = true;
      return this.#run;
    }
    this.#run = this.#cycle().finally(() => {
      this.#run = null;
    });
    return this.#run;
  }

  /** The person does not want to wait for the next try. */
  retry(): void {
    for (const pause of this.#pauses.values()) pause.at = 0;
    void this.sync();
  }

  // While waiting for the server, the timer decides: not every key press knocks again.
  #go(): void {
    if (!this.#syncProblem || this.#syncProblem.kind === 'stuck') void this.sync(false);
  }

  async #cycle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#checkStorage();
    try {
      do {
        this.#again = false;
        const mine = this.outbox.size === 0 || (await this.hooks.turn(() => this.#flush()));
        if (this.#stopped) return;
        if (this.#wantPull) await this.#pull();
        if (!mine) break;
      } while (this.#again && !this.#stopped);
      this.#failures = this.#foreign = 0;
      this.#rest();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What another tab had acknowledged is asked for. */
  #checkStorage(): void {
    const gone = this.outbox.check();
    for (const op of gone) this.#touch(idsOf(op));
    if (gone.length === 0) return;
    this.#wantPull = true;
    this.#emitSoon();
  }

  // ---- sending

  async #flush(): Promise<void> {
    const running = new Set<Promise<void>>();
    this.#halt = null;
    for (;;) {
      const op = this.#doubt || running.size >= this.#window ? null : this.#next();
      if (op && !this.#stopped && !this.#halt) {
        const sending = this.#sendOne(op).finally(() => running.delete(sending));
        running.add(sending);
      } else if (running.size > 0) await Promise.race(running);
      else if (this.#halt) throw (this.#halt as { error: unknown }).error;
      else if (this.#doubt && !this.#stopped) await this.#ask();
      else return;
    }
  }

  /** Does the server answer anything at all? */
  async #ask(): Promise<void> {
    await this.#pull();
    this.#doubt = false;
  }

  /** The oldest operation that waits for no other; those that failed before come last. */
  #next(): Op | null {
    const taken = new Set(this.#busy);
    const now = performance.now();
    let later: Op | null = null;
    for (const op of this.outbox.ops) {
      const lanes = lanesOf(op);
      const free = !lanes.some((lane) => taken.has(lane));
      for (const lane of lanes) taken.add(lane);
      if (!free) continue;
      const pause = this.#pauses.get(op.uid);
      if (!pause) return op;
      if (pause.at <= now) later ??= op;
    }
    return later;
  }

  async #sendOne(op: Op): Promise<void> {
    const lanes = lanesOf(op);
    for (const lane of lanes) this.#busy.add(lane);
    try {
      await this.#deliver(op);
      this.#misses = 0;
      this.#window = AT_ONCE;
    } catch (error) {
      if (!this.#stopped) this.#failed(op, error);
    } finally {
      for (const lane of lanes) this.#busy.delete(lane);
    }
  }

  async #deliver(op: Op): Promise<void> {
    if (op.kind === 'patch') return this.#deliverPatch(op);
    try {
      this.#settle(op, await this.remote.send(op));
    } catch (error) {
      if (op.kind === 'delete' && isProblem(error, 'not-found'))
        return this.#settle(op, { items: [], gone: [op.id] });
      // It was created, and the answer got lost.
      if (op.kind !== 'create' || !isProblem(error, 'stale')) throw error;
      this.#settle(op, { items: [await this.remote.get(op.id)], gone: [] });
    }
  }

  async #deliverPatch(op: Op & Patch): Promise<void> {
    let now = op;
    for (let i = 0; i < TRIES; i++) {
      const known = op.base && (this.#server.get(op.id) ?? (await this.#fetch(op.id)));
      if (known) now = this.#reconcile(now, known);
      if (Object.keys(now.patch).length === 0) return this.#settle(now, { items: [], gone: [] });
      try {
        return this.#settle(now, await this.remote.send(now, known ? known.seq : null));
      } catch (error) {
        if (isProblem(error, 'stale')) await this.#fetch(op.id);
        else if (isProblem(error, 'not-found') && hasText(now.patch))
          await this.#revive(now, error);
        else throw error;
      }
    }
    throw new ServerUnavailable();
  }

  async #fetch(id: string): Promise<Todo> {
    const item = await this.remote.get(id);
    // Nothing more is said of this account, or written down.
    if (this.#stopped) throw new ServerUnavailable();
    this.#take({ keys: [], items: [item], gone: [] });
    this.#emitSoon();
    return this.#server.get(id)!;
  }

  /** A deletion loses to a later edit. */
  async #revive(op: Op & Patch, error: ApiError): Promise<void> {
    const item = await this.#fetch(op.id);
    if (!item.deleted) throw error;
    const { uid, key, at } = op;
    const back: Op = { kind: 'restore', id: op.id, uid: `${uid}.restore`, key, at };
    const restored = await this.remote.send(back);
    this.#take({ keys: [], ...restored });
    this.hooks.revived(item);
  }

  /** When somebody else changed the same text, the edit becomes one that keeps both. */
  #reconcile(op: Op & Patch, known: Todo): Op & Patch {
    const base = op.base ?? {};
    const fields = clashes(op.patch, base, known);
    if (fields.length === 0) return op;
    const texts = (['title', 'note'] as const).filter((field) => fields.includes(field));
    const ours = texts.filter((field) => !this.#handOn(op, field));
    const left = without(
      op.patch,
      fields.filter((field) => !ours.some((text) => text === field)),
    );
    const patch = keepBoth(left, ours, base, known);
    if (!patch) throw conflictError;
    if (ours.includes('title') && !ours.includes('note')) this.#lead(op, left.note ?? known.note);
    const theirs = { title: known.title, note: known.note };
    const next = this.outbox.rewrite(op, { ...op, patch, base: { ...base, ...theirs } });
    this.#touch([op.id]);
    this.#emitSoon();
    if (ours.length > 0) this.hooks.conflict(known, outcome(left, ours, known));
    if (fields.length > texts.length) this.hooks.overtaken(known);
    return next as Op & Patch;
  }

  #laterEdits(op: Op & Patch): (Op & Patch)[] {
    const later = [...this.outbox.of(op.id)].filter((other) => other.key > op.key);
    return later.filter((other): other is Op & Patch => other.kind === 'patch');
  }

  /** A text that was edited again since, here: that edit goes on from where this one began. */
  #handOn(op: Op & Patch, field: keyof Texts): boolean {
    const next = this.#laterEdits(op).find((later) => later.patch[field] !== undefined);
    if (!next || next.base?.[field] !== op.patch[field]) return false;
    this.outbox.rewrite(next, { ...next, base: { ...next.base, [field]: op.base?.[field] } });
    return true;
  }

  /** Its title goes on top of the note: also of what was written over that note, here. */
  #lead({ patch: { title }, ...op }: Op & Patch, note: string): void {
    let before = note;
    for (const later of this.#laterEdits({ ...op, patch: {} })) {
      const { patch, base } = later;
      if (patch.note === undefined || base?.note !== before) continue;
      const led = { ...base, note: under(title!, before) };
      before = patch.note;
      const next = { ...patch, note: under(title!, before) };
      this.outbox.rewrite(later, { ...later, patch: next, base: led });
    }
  }

  #failed(op: Op, error: unknown): void {
    // An edit that was rewritten on the way is still in the same place.
    const now = this.outbox.get(op.key) ?? op;
    if (error instanceof ApiError) {
      if (GENERAL.has(error.slug) || error.status === 429) this.#halt ??= { error };
      else if (error.status >= 500) this.#pause(now, error);
      else if (PASSING.has(error.slug)) this.#pause(now, error);
      else this.#refuse(now, error);
    } else if (error instanceof ServerUnavailable) {
      this.#pause(now, error);
      this.#doubt = true;
    }
    // Of a release that knew more, or broken in the storage.
    else this.#pause(now, new ServerUnavailable());
  }

  #pause(op: Op, error: ApiError | ServerUnavailable): void {
    const failures = this.#pauses.get(op.uid)?.failures ?? 0;
    const asked = Math.min(error.retryAfter ?? 0, 30);
    const seconds = Math.max(stepOf(STUCK_STEPS, failures), asked);
    this.#pauses.set(op.uid, { failures: failures + 1, at: performance.now() + seconds * 1000 });
    if (++this.#misses >= MISSES) this.#halt ??= { error };
  }

  /** A no that will stay a no; of an edit only the field that is to blame, when it is known. */
  #refuse(op: Op, error: ApiError): void {
    const item = this.#view.items.get(idsOf(op)[0] ?? '');
    const parts = split(op, error.field?.split('.')[0]);
    if (parts) {
      this.outbox.rewrite(op, parts.rest);
      this.#touch(idsOf(op));
      this.#emitSoon();
      this.#again = true;
      this.hooks.refused(parts.bad, error, item);
      return;
    }
    // With a creation goes what was built on it.
    const lost =
      op.kind === 'create' ? [...this.outbox.of(op.id)].filter((o) => !('ids' in o)) : [op];
    this.#settleAll({ keys: lost.map((o) => o.key), items: [], gone: [] });
    this.#wantPull = true;
    this.hooks.refused(op, error, item);
  }

  #settle(op: Op, sent: Sent): void {
    if (op.kind === 'clear' && sent.gone.length < op.ids.length) this.#wantPull = true;
    if (sent.back) this.#wantPull = true;
    this.#pauses.delete(op.uid);
    this.#settleAll({ keys: [op.key], ...sent });
  }

  #settleAll(news: Acked): void {
    this.hooks.acked(news);
    this.#take(news);
    this.#emitSoon();
  }

  // ---- what is known

  async #pull(): Promise<void> {
    this.#wantPull = false;
    try {
      const pulled = await this.remote.pull(this.#seq);
      if (!pulled) return;
      if (pulled.full) this.#replaceAll(pulled.items, pulled.seq);
      else {
        mergeServer(this.#server, pulled.items);
        this.#touch(pulled.items.map((item) => item.id));
      }
      this.#seq = pulled.seq;
      this.#emit();
    } catch (error) {
      this.#wantPull = true;
      throw error;
    }
  }

  // What was acknowledged after the list was read is newer than the list; but not when the
  // database was restored, and counts from there.
  #replaceAll(items: readonly Todo[], seq: number): void {
    const restored = this.#seq !== null && seq < this.#seq;
    const newer = [...this.#server.values()].filter((item) => !restored && item.seq > seq);
    this.#server = new Map(items.map((item) => [item.id, item]));
    mergeServer(this.#server, newer);
    this.#view.reset(this.#server.values());
    for (const op of this.outbox.ops) this.#touch(idsOf(op));
    this.#touched = null;
  }

  #take(news: Acked): void {
    mergeServer(this.#server, news.items);
    const now = new Date().toISOString();
    for (const id of news.gone) this.#mark(id, now);
    for (const id of news.back ?? []) this.#mark(id, null);
    const done = news.keys.flatMap((key) => this.outbox.get(key) ?? []);
    this.outbox.remove(news.keys);
    for (const op of done) this.#touch(idsOf(op));
    this.#touch([...news.items.map((item) => item.id), ...news.gone, ...(news.back ?? [])]);
  }

  #mark(id: string, deleted: string | null): void {
    const item = this.#server.get(id);
    if (item) this.#server.set(id, { ...item, deleted: deleted && (item.deleted ?? deleted) });
  }

  /** These items may look different now. */
  #touch(ids: Iterable<string>): void {
    for (const id of ids) {
      let item = this.#server.get(id);
      for (const op of this.outbox.of(id)) item = apply(item, id, op);
      this.#view.set(id, item);
      this.#touched?.add(id);
    }
  }

  /** An edit knows the texts it began from, and what is deleted is edited where it is. */
  #expand(intent: Intent): Intent[] {
    if (intent.kind === 'delete' || intent.kind === 'clear')
      for (const id of idsOf(intent)) this.#deletedHere.add(id);
    if (intent.kind === 'restore' || intent.kind === 'bring-back')
      for (const id of idsOf(intent)) this.#deletedHere.delete(id);
    if (intent.kind !== 'patch') return [intent];
    const item = this.#view.items.get(intent.id);
    const edit = { ...intent, base: intent.base ?? textsOf(item, intent.patch) };
    if (!edit.base) delete edit.base;
    if (!item?.deleted) return [edit];
    const { id } = intent;
    if (this.#deletedHere.has(id)) return [{ kind: 'restore', id }, edit, { kind: 'delete', id }];
    if (!hasText(intent.patch)) return [edit];
    this.hooks.revived(item);
    return [{ kind: 'restore', id }, edit];
  }

  // ---- what keeps it from being sent

  #fail(error: unknown): void {
    if (this.#stopped) return;
    const over = isProblem(error, 'no-session');
    if (over || isProblem(error, 'wrong-account')) {
      this.stop();
      if (over) this.hooks.signedOut();
      else this.hooks.otherAccount();
      return;
    }
    const asked =
      error instanceof ApiError || error instanceof ServerUnavailable ? error.retryAfter : null;
    const limited = error instanceof ApiError && error.status === 429;
    this.#foreign = error instanceof ServerUnavailable && error.foreign ? this.#foreign + 1 : 0;
    const step = stepOf(STEPS, this.#failures++);
    const seconds = limited ? (asked ?? step) : Math.max(step, Math.min(asked ?? 0, 30));
    // All are tried again, those that did not fail first.
    for (const pause of this.#pauses.values()) pause.at = 0;
    this.#window = 1;
    this.#misses = 0;
    this.#doubt = false;
    const kind = isProblem(error, 'read-only') ? 'readOnly' : this.#unavailableKind();
    this.#wait(limited ? 'limited' : kind, seconds * 1000);
  }

  #unavailableKind(): SyncProblem['kind'] {
    if (!this.hooks.online()) return 'offline';
    return this.#foreign >= FOREIGN_TIMES ? 'foreign' : 'unavailable';
  }

  #wait(kind: SyncProblem['kind'], ms: number): void {
    this.#setSyncProblem({ kind, retryAt: Date.now() + ms });
    this.#timer = setTimeout(() => void this.sync(false), ms);
  }

  /** The run is over: what still waits is tried again by itself. */
  #rest(): void {
    if (this.#stopped) return;
    const waiting = [...this.outbox.ops].flatMap((op) => this.#pauses.get(op.uid) ?? []);
    if (waiting.length > 0) {
      const next = Math.min(...waiting.map((pause) => pause.at));
      this.#wait('stuck', Math.max(0, next - performance.now()));
      return;
    }
    this.#pauses.clear();
    this.#setSyncProblem(null);
    if (this.outbox.size > 0) this.#timer = setTimeout(() => void this.sync(false), TURN_MS);
  }

  #setSyncProblem(syncProblem: SyncProblem | null): void {
    if (syncProblem === this.#syncProblem) return;
    this.#syncProblem = syncProblem;
    this.#emit();
  }

  // ---- telling

  /** Many answers make one drawing. */
  #emitSoon(): void {
    this.#emitting ??= setTimeout(() => this.#emit(), FRAME_MS);
  }

  #emit(): void {
    clearTimeout(this.#emitting);
    this.#emitting = undefined;
    if (this.#stopped) return;
    const touched = this.#touched;
    this.#touched = new Set();
    this.hooks.changed(this.snapshot, touched);
  }
}

const conflictError = new ApiError(
  412,
  { type: 'urn:allday:conflict', title: 'conflict', status: 412 },
  null,
);

function textsOf(item: Todo | undefined, patch: Partial<Editable>): Texts | undefined {
  const base: Texts = {};
  if (patch.title !== undefined && item) base.title = item.title;
  if (patch.note !== undefined && item) base.note = item.note;
  return Object.keys(base).length > 0 ? base : undefined;
}

/** The field that was refused, and the rest, which may be sent without it. */
function split(op: Op, field: string | undefined): { bad: Intent; rest: Intent } | null {
  if (!field || (op.kind !== 'patch' && op.kind !== 'create')) return null;
  const fields: Partial<Editable> = op.kind === 'patch' ? op.patch : op.item;
  if (!(field in fields) || (op.kind === 'create' && field === 'title')) return null;
  const { [field as keyof Editable]: value, ...others } = fields;
  if (Object.keys(others).length === 0) return null;
  const bad: Intent = { kind: 'patch', id: op.id, patch: { [field]: value } };
  const rest: Intent =
    op.kind === 'patch'
      ? { kind: 'patch', id: op.id, patch: others, ...(op.base && { base: op.base }) }
      : { kind: 'create', id: op.id, item: others as Extract<Intent, { kind: 'create' }>['item'] };
  return { bad, rest };
}
