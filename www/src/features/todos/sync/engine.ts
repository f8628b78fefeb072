import { ApiError, Away } from '@/lib/api-client';
import type { Todo } from '../types';
import { idsOf, type Intent, mergeServer, type Op, replay } from './ops';
import type { Outbox } from './outbox';
import type { Remote } from './remote';

export type Trouble = { kind: 'offline' | 'away' | 'limited'; retryAt: number };
export type Snapshot = {
  ready: boolean;
  items: Map<string, Todo>;
  pending: number;
  trouble: Trouble | null;
};
export type Acked = { keys: string[]; items: Todo[]; gone: string[] };
export type Hooks = {
  changed(snapshot: Snapshot): void;
  refused(op: Op, error: ApiError, item: Todo | undefined): void;
  signedOut(): void;
  acked(news: Acked): void;
  online(): boolean;
};

const STEPS = [1, 2, 4, 8, 15, 30];
const MAX_SERVER_ERRORS = 4;

/*
 * The list on this device: the server's items, and the outbox replayed on top. One run at a time
 * first sends the outbox in order, then asks what is new; when the server is away the run is
 * tried again later, and nothing else has to know.
 */
export class Engine {
  #server = new Map<string, Todo>();
  #seq: number | null = null;
  #trouble: Trouble | null = null;
  #failures = 0;
  #errors = 0;
  #running = false;
  #again = false;
  #wantPull = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly outbox: Outbox,
    readonly remote: Remote,
    readonly hooks: Hooks,
  ) {}

  get snapshot(): Snapshot {
    return {
      ready: this.#seq !== null,
      items: replay(this.#server, this.outbox.ops),
      pending: this.outbox.ops.length,
      trouble: this.#trouble,
    };
  }

  dispatch(intents: readonly Intent[]): void {
    for (const intent of intents) this.outbox.add(intent);
    this.#emit();
    // While waiting for the server, the timer decides: not every key press knocks again.
    if (!this.#trouble) void this.sync(false);
  }

  /** Another tab added operations, or told what became of some. */
  adopt(): void {
    this.outbox.reload();
    this.#emit();
    if (!this.#trouble) void this.sync(false);
  }

  learn(news: Acked): void {
    this.#take(news);
    this.#emit();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async sync(pull = true): Promise<void> {
    this.#wantPull ||= pull || this.#seq === null;
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      do {
        this.#again = false;
        await this.#flush();
        if (this.#wantPull) await this.#pull();
      } while (this.#again && !this.#stopped);
      this.#failures = 0;
      this.#setTrouble(null);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = false;
    }
  }

  async #flush(): Promise<void> {
    for (let op = this.outbox.ops[0]; op && !this.#stopped; op = this.outbox.ops[0]) {
      try {
        const result = await this.remote.send(op);
        this.#settle({ keys: [op.key], ...result });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#refuse(op, error);
      }
      this.#errors = 0;
      this.#setTrouble(null);
    }
  }

  async #pull(): Promise<void> {
    this.#wantPull = false;
    try {
      const pulled = await this.remote.pull(this.#seq);
      if (!pulled) return;
      if (pulled.full) this.#replaceAll(pulled.items, pulled.seq);
      else mergeServer(this.#server, pulled.items);
      this.#seq = pulled.seq;
      this.#emit();
    } catch (error) {
      this.#wantPull = true;
      throw error;
    }
  }

  // What was acknowledged after the list was read is newer than the list.
  #replaceAll(items: readonly Todo[], seq: number): void {
    const newer = [...this.#server.values()].filter((item) => item.seq > seq);
    this.#server = new Map(items.map((item) => [item.id, item]));
    mergeServer(this.#server, newer);
  }

  // A no that will stay a no: the operation, and what was built on it, is dropped.
  #refuse(op: Op, error: ApiError): void {
    if (error.status === 401 || error.status === 429) throw error;
    if (error.status >= 500 && ++this.#errors < MAX_SERVER_ERRORS) throw error;
    const gone = error.status === 404 && op.kind === 'delete';
    if (gone) {
      this.#settle({ keys: [op.key], items: [], gone: [op.id] });
      return;
    }
    const item = this.snapshot.items.get(idsOf(op)[0] ?? '');
    const lost = op.kind === 'create' ? this.outbox.ops.filter((o) => this.#about(o, op.id)) : [op];
    this.#settle({ keys: lost.map((o) => o.key), items: [], gone: [] });
    this.#wantPull = true;
    this.hooks.refused(op, error, item);
  }

  #about = (op: Op, id: string): boolean => op.kind !== 'clear' && op.id === id;

  #settle(news: Acked): void {
    this.hooks.acked(news);
    this.#take(news);
    this.#emit();
  }

  #take(news: Acked): void {
    mergeServer(this.#server, news.items);
    const now = new Date().toISOString();
    for (const id of news.gone) {
      const item = this.#server.get(id);
      if (item) this.#server.set(id, { ...item, deleted: item.deleted ?? now });
    }
    this.outbox.remove(news.keys);
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    if (error instanceof ApiError && error.status === 401) {
      this.stop();
      this.hooks.signedOut();
      return;
    }
    const asked = error instanceof ApiError || error instanceof Away ? error.retryAfter : null;
    const limited = error instanceof ApiError && error.status === 429;
    const step = STEPS[Math.min(this.#failures++, STEPS.length - 1)]!;
    const seconds = limited ? (asked ?? step) : Math.max(step, Math.min(asked ?? 0, 30));
    const kind = limited ? 'limited' : this.hooks.online() ? 'away' : 'offline';
    this.#setTrouble({ kind, retryAt: Date.now() + seconds * 1000 });
    this.#timer = setTimeout(() => void this.sync(false), seconds * 1000);
  }

  #setTrouble(trouble: Trouble | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#emit();
  }

  #emit(): void {
    if (!this.#stopped) this.hooks.changed(this.snapshot);
  }
}
