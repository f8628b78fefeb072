import type { Todo } from '../types';
import { byPosition } from './order';

/** The same items under a new identity: who compares notices, and nothing is copied. */
class Facade implements ReadonlyMap<string, Todo> {
  readonly #of: ReadonlyMap<string, Todo>;
  constructor(of: ReadonlyMap<string, Todo>) {
    this.#of = of;
  }
  get size() {
    return this.#of.size;
  }
  get(id: string) {
    return this.#of.get(id);
  }
  has(id: string) {
    return this.#of.has(id);
  }
  keys() {
    return this.#of.keys();
  }
  values() {
    return this.#of.values();
  }
  entries() {
    return this.#of.entries();
  }
  [Symbol.iterator]() {
    return this.#of[Symbol.iterator]();
  }
  forEach(tell: (item: Todo, id: string, map: ReadonlyMap<string, Todo>) => void) {
    for (const [id, item] of this.#of) tell(item, id, this);
  }
}

/** The items as the person sees them, and the order of the living ones; patched one by one. */
export class View {
  readonly #items = new Map<string, Todo>();
  #facade: ReadonlyMap<string, Todo> | null = null;
  #order: string[] = [];
  /** The array was handed out: it is copied before it changes. */
  #shared = false;

  get items(): ReadonlyMap<string, Todo> {
    this.#facade ??= new Facade(this.#items);
    return this.#facade;
  }

  /** Ids of the living items, by position; the same array while that stays so. */
  get order(): readonly string[] {
    this.#shared = true;
    return this.#order;
  }

  set(id: string, item: Todo | undefined): void {
    const was = this.#items.get(id);
    if (was === item) return;
    const from = was && !was.deleted ? was : null;
    const to = item && !item.deleted ? item : null;
    const moves = !from || !to || from.position !== to.position;
    if (from && moves) this.#own().splice(this.#place(from), 1);
    if (item) this.#items.set(id, item);
    else this.#items.delete(id);
    if (to && moves) this.#own().splice(this.#place(to), 0, id);
    this.#facade = null;
  }

  /** All of them at once. */
  reset(items: Iterable<Todo>): void {
    this.#items.clear();
    for (const item of items) this.#items.set(item.id, item);
    const living = [...this.#items.values()].filter((item) => !item.deleted).sort(byPosition);
    const order = living.map((item) => item.id);
    const same =
      order.length === this.#order.length && order.every((id, i) => id === this.#order[i]);
    if (!same) {
      this.#order = order;
      this.#shared = false;
    }
    this.#facade = null;
  }

  #own(): string[] {
    if (this.#shared) this.#order = this.#order.slice();
    this.#shared = false;
    return this.#order;
  }

  /** Where it is, or belongs, in the order. */
  #place(item: Todo): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byPosition(this.#items.get(this.#order[middle]!)!, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
