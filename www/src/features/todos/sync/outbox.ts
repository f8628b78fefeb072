import { forget, keysWith, load, save } from '@/lib/storage';
import type { Intent, Op } from './ops';

/*
 * Operations that have not reached the server. One localStorage entry each, so that two tabs never
 * overwrite each other's: adding and removing touch one key only. Keys sort by time.
 */
const PREFIX = 'allday.op.';

export class Outbox {
  #ops: Op[] = [];
  #last = 0;
  readonly #prefix: string;
  readonly #tab = Math.random().toString(36).slice(2, 8);

  constructor(account: string) {
    this.#prefix = `${PREFIX}${account}.`;
    this.reload();
  }

  get ops(): readonly Op[] {
    return this.#ops;
  }

  owns(storageKey: string | null): boolean {
    return storageKey?.startsWith(this.#prefix) ?? false;
  }

  add(intent: Intent): Op {
    this.#last = Math.max(this.#last + 1, Date.now());
    const key = `${this.#prefix}${this.#last.toString(36).padStart(10, '0')}.${this.#tab}`;
    const op: Op = { ...intent, key, at: new Date().toISOString() };
    this.#ops = [...this.#ops, op];
    save(key, op);
    return op;
  }

  remove(keys: readonly string[]): void {
    const gone = new Set(keys);
    this.#ops = this.#ops.filter((op) => !gone.has(op.key));
    for (const key of keys) forget(key);
  }

  /** Takes up what other tabs, or this page before a reload, have left. */
  reload(): void {
    const stored = keysWith(this.#prefix);
    const known = new Map(this.#ops.map((op) => [op.key, op]));
    const missing = stored.filter((key) => !known.has(key));
    for (const key of missing) {
      const op = load<Op>(key);
      if (op) known.set(key, op);
    }
    this.#ops = [...known.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** A shared computer: nothing of one account stays for the next. */
export function forgetOtherAccounts(account: string | null): void {
  const mine = account ? [`${PREFIX}${account}.`, `allday.draft.${account}`] : [];
  for (const prefix of [PREFIX, 'allday.draft.'])
    for (const key of keysWith(prefix)) if (!mine.some((own) => key.startsWith(own))) forget(key);
}
