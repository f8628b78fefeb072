import { forget, load, save } from '@/lib/storage';

/*
 * One tab sends at a time: a lock is held for as long as one run takes. Chromium keeps a contended
 * lock in its back/forward cache, so it is given up when the page is left, and taken from a holder
 * that has not been heard of for a while. Two senders at once do no harm (each operation has its
 * id), they only do the work twice.
 *
 * navigator.locks exists on https and localhost only; elsewhere a lease in localStorage does.
 */
const SILENCE_MS = 6000;
const BEAT_MS = 1000;
const LEASE_MS = 4000;
const LOOK_AGAIN_MS = 30;

type Lease = { tab: string; until: number };

export class Turn {
  readonly #name: string;
  readonly #tab = Math.random().toString(36).slice(2);
  #heard = 0;
  #left = () => {};

  constructor(
    account: string,
    readonly tellSending: () => void,
  ) {
    this.#name = `allday.lease.${account}`;
  }

  /** Another tab said that it is sending. */
  heard(): void {
    this.#heard = performance.now();
  }

  /** Does the work when no other tab is at it; false when one is. */
  async take(work: () => Promise<void>): Promise<boolean> {
    const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
    return locks ? this.#byLock(locks, work) : this.#byLease(work);
  }

  /** The page is being left. */
  release(): void {
    this.#left();
    if (load<Lease>(this.#name)?.tab === this.#tab) forget(this.#name);
  }

  async #byLock(locks: LockManager, work: () => Promise<void>): Promise<boolean> {
    const silent = this.#heard > 0 && performance.now() - this.#heard > SILENCE_MS;
    const options = silent ? { steal: true } : { ifAvailable: true };
    let outcome = Promise.resolve();
    const done = await locks
      .request(this.#name, options, async (lock) => {
        if (!lock) return false;
        outcome = this.#hold(work);
        await outcome.catch(() => {});
        return true;
      })
      .catch((error: DOMException) => {
        // Another tab took it over. Where locks are forbidden each tab sends its own.
        if (error.name !== 'AbortError') outcome = work();
        return error.name !== 'AbortError';
      });
    await outcome;
    if (done) this.#heard = 0;
    // The silence of a holder is counted from here when it never spoke.
    else if (this.#heard === 0) this.#heard = performance.now();
    return done;
  }

  async #hold(work: () => Promise<void>): Promise<void> {
    this.tellSending();
    const beat = setInterval(() => this.tellSending(), BEAT_MS);
    const left = new Promise<void>((resolve) => {
      this.#left = resolve;
    });
    try {
      await Promise.race([work(), left]);
    } finally {
      clearInterval(beat);
    }
  }

  async #byLease(work: () => Promise<void>): Promise<boolean> {
    if (this.#isTaken()) return false;
    this.#renew();
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    if (this.#isTaken()) return false;
    const beat = setInterval(() => this.#renew(), BEAT_MS);
    try {
      await this.#hold(work);
    } finally {
      clearInterval(beat);
      this.release();
    }
    return true;
  }

  // A lease from a clock that has been set back since is none.
  #isTaken(): boolean {
    const lease = load<Lease>(this.#name);
    if (!lease || lease.tab === this.#tab) return false;
    const left = lease.until - Date.now();
    return left > 0 && left <= LEASE_MS;
  }

  // Where nothing can be stored no tab knows of another: each sends its own.
  #renew(): void {
    save(this.#name, { tab: this.#tab, until: Date.now() + LEASE_MS });
  }
}
