import { askToPersist, forget, isStored, keysWith, load, save } from '@/lib/storage';
import { uuid } from '@/lib/uuid';
import { idsOf, type Intent, type Op } from './ops';

/*
 * Operations that have not reached the server. One localStorage entry each, so that two tabs never
 * overwrite each other's: adding and removing touch one key only. Keys sort by a number that is
 * greater than that of every operation known here, whatever the clock says (Lamport, 1978).
 *
 * Beside them stands a mark. A key that is gone while the mark is as we left it was removed by a
 * tab that had it acknowledged; without the mark the browser has cleared the storage, and what
 * memory has is written again.
 */
const PREFIX = 'allday.op.';
const MARK = 'allday.mark.';

export class Outbox {
  readonly #ops = new Map<string, Op>();
  readonly #byId = new Map<string, Set<Op>>();
  readonly #stored = new Set<string>();
  readonly #prefix: string;
  readonly #markKey: string;
  readonly #tab = Math.random().toString(36).slice(2, 8);
  #mark: string | null = null;
  #last = 0;

  constructor(account: string) {
    this.#prefix = `${PREFIX}${account}.`;
    this.#markKey = MARK + account;
    this.#mark = load(this.#markKey);
    this.reload();
  }

  get size(): number {
    return this.#ops.size;
  }

  /** Oldest first. */
  get ops(): IterableIterator<Op> {
    return this.#ops.values();
  }

  /** The operations on one item, oldest first. */
  of(id: string): Iterable<Op> {
    return this.#byId.get(id) ?? [];
  }

  owns(storageKey: string | null): storageKey is string {
    return storageKey?.startsWith(this.#prefix) ?? false;
  }

  get(key: string): Op | undefined {
    return this.#ops.get(key);
  }

  add(intent: Intent): Op {
    this.#last++;
    const key = `${this.#prefix}${this.#last.toString(36).padStart(10, '0')}.${this.#tab}`;
    const op: Op = { ...intent, key, uid: uuid(), at: new Date().toISOString() };
    askToPersist();
    if (!this.#isIntact()) this.#writeAll();
    this.#put(op);
    this.#store(op);
    return op;
  }

  /** Another operation in the place of one. */
  rewrite(old: Op, intent: Intent): Op {
    this.#drop(old.key);
    const op: Op = { ...intent, key: old.key, uid: uuid(), at: old.at };
    this.#put(op);
    this.#sort();
    this.#store(op);
    return op;
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) {
      this.#drop(key);
      forget(key);
    }
  }

  /** Takes up what other tabs, or this page before a reload, have left. */
  reload(): Op[] {
    const found: Op[] = [];
    for (const key of keysWith(this.#prefix)) {
      const op = this.#ops.has(key) ? null : this.#read(key);
      if (op) found.push(op);
    }
    if (found.length > 0) this.#sort();
    return found;
  }

  /**
   * Holds memory and storage side by side: writes again what is not stored, and drops and returns
   * what another tab has removed.
   */
  check(): Op[] {
    if (this.#ops.size === 0) return [];
    if (!this.#isIntact()) {
      this.#writeAll();
      return [];
    }
    const there = new Set(keysWith(this.#prefix));
    const all = [...this.#ops.values()];
    const gone = all.filter((op) => this.#stored.has(op.key) && !there.has(op.key));
    for (const op of all) if (!this.#stored.has(op.key)) this.#store(op);
    for (const op of gone) this.#drop(op.key);
    return gone;
  }

  #isIntact(): boolean {
    return this.#mark !== null && load(this.#markKey) === this.#mark;
  }

  // The mark last: until then nobody takes what is missing for acknowledged.
  #writeAll(): void {
    for (const op of this.#ops.values()) if (!this.#store(op)) return;
    const mark = load<string>(this.#markKey) ?? uuid();
    this.#mark = save(this.#markKey, mark) ? mark : null;
  }

  #read(key: string): Op | null {
    const op = load<Op>(key);
    if (!op) return null;
    // Of a release that had none.
    op.uid ??= uuid();
    op.key = key;
    this.#put(op);
    if (isStored(key)) this.#stored.add(key);
    return op;
  }

  #put(op: Op): void {
    this.#ops.set(op.key, op);
    for (const id of idsOf(op)) {
      const queue = this.#byId.get(id);
      if (queue) queue.add(op);
      else this.#byId.set(id, new Set([op]));
    }
    const n = Number.parseInt(op.key.slice(this.#prefix.length).split('.')[0]!, 36);
    if (n > this.#last) this.#last = n;
  }

  #drop(key: string): void {
    const op = this.#ops.get(key);
    if (!op) return;
    this.#ops.delete(key);
    this.#stored.delete(key);
    for (const id of idsOf(op)) {
      const queue = this.#byId.get(id);
      queue?.delete(op);
      if (queue?.size === 0) this.#byId.delete(id);
    }
  }

  #sort(): void {
    const all = [...this.#ops.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#ops.clear();
    this.#byId.clear();
    for (const op of all) this.#put(op);
  }

  #store(op: Op): boolean {
    const ok = save(op.key, op);
    if (ok) this.#stored.add(op.key);
    else this.#stored.delete(op.key);
    return ok;
  }
}

/** Everything of an account leaves this device. */
export function forgetAccount(account: string): void {
  const kinds = ['op', 'draft', 'unsaved', 'mark', 'lease'];
  for (const kind of kinds) for (const key of keysWith(`allday.${kind}.${account}`)) forget(key);
}
