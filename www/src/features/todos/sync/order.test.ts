import { describe, expect, it } from 'vitest';
import { byPosition, KEY_LIMIT, keysAtEnd, place } from './order';

type Placed = { id: string; position: string };

/** A list that is kept as the user sees it, beside the one that its keys give. */
class Moves {
  readonly keys = new Map<string, string>();
  order: string[];
  patches = 0;

  constructor(items: readonly Placed[]) {
    for (const { id, position } of items) this.keys.set(id, position);
    this.order = this.sorted().map((item) => item.id);
  }

  sorted(): Placed[] {
    return [...this.keys].map(([id, position]) => ({ id, position })).sort(byPosition);
  }

  move(id: string, before: string | null): void {
    const others = this.order.filter((other) => other !== id);
    const at = before === null ? 0 : others.indexOf(before) + 1;
    const known = others.map((other) => ({ id: other, position: this.keys.get(other)! }));
    for (const patch of place(known, id, before)) {
      this.keys.set(patch.id, patch.position);
      this.patches++;
    }
    this.order = [...others.slice(0, at), id, ...others.slice(at)];
  }

  check(): void {
    expect(this.sorted().map((item) => item.id)).toEqual(this.order);
    expect(Math.max(...[...this.keys.values()].map((key) => key.length))).toBeLessThanOrEqual(
      KEY_LIMIT,
    );
  }
}

/** The same numbers each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbered = (n: number, key: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => ({
    id: `id${String(i).padStart(3, '0')}`,
    position: key(i),
  }));
const spread = (n: number) => {
  const keys = keysAtEnd([], n)!;
  return numbered(n, (i) => keys[i]!);
};

describe('order', () => {
  it('puts items between, before and after, and touches no other', () => {
    const list = spread(3);
    const at = (before: string | null) => {
      const patches = place(list, 'x', before);
      expect(patches).toHaveLength(1);
      return [...list, ...patches].sort(byPosition).map((item) => item.id.slice(-1));
    };
    expect(at(null).join('')).toBe('x012');
    expect(at('id000').join('')).toBe('0x12');
    expect(at('id002').join('')).toBe('012x');
  });

  it('makes keys that ascend', () => {
    const keys = keysAtEnd([{ id: 'a', position: 'a5' }], 3)!;
    expect(['a5', ...keys]).toEqual([...['a5', ...keys]].sort());
  });

  it.each([0, 1])('takes 5,000 moves into one gap, from side %i', (side) => {
    const moves = new Moves(spread(40));
    for (let i = 0; i < 5000; i++) {
      const free = moves.order.filter((id) => id !== 'id010');
      const gap = free.indexOf('id011');
      // From one side: each lands right after id010; from the other: right before id011.
      const id = free[side === 0 ? (gap + 5) % free.length : gap - 2]!;
      if (id === 'id011') continue;
      const others = moves.order.filter((other) => other !== id);
      moves.move(id, side === 0 ? 'id010' : others[others.indexOf('id011') - 1]!);
      if (i % 50 === 0) moves.check();
    }
    moves.check();
    expect(moves.patches).toBeLessThan(3 * 5000);
  });

  it('takes random moves', () => {
    const roll = dice(7);
    const moves = new Moves(spread(60));
    for (let i = 0; i < 4000; i++) {
      const id = moves.order[roll(60)]!;
      const others = moves.order.filter((other) => other !== id);
      moves.move(id, [null, ...others][roll(60)]!);
      if (i % 50 === 0) moves.check();
    }
    moves.check();
  });

  it('puts an item between neighbours with the same key', () => {
    const roll = dice(3);
    const moves = new Moves(numbered(30, (i) => `a${Math.floor(i / 15)}`));
    for (let i = 0; i < 300; i++) {
      const id = moves.order[roll(30)]!;
      const others = moves.order.filter((other) => other !== id);
      moves.move(id, [null, ...others][roll(30)]!);
      moves.check();
    }
  });

  it('finds its way out of keys that are too long already, or have no place', () => {
    const long = numbered(12, (i) => `a0${'V'.repeat(190)}${i.toString(36)}1`);
    const moves = new Moves([...long, { id: 'new', position: '' }]);
    moves.move('new', 'id005');
    expect(moves.sorted().map((item) => item.id)).toEqual(moves.order);
    expect(moves.keys.get('new')!.length).toBeLessThanOrEqual(KEY_LIMIT);
  });

  it('leaves the place to the server when no key can say it', () =>
    expect(
      keysAtEnd([{ id: 'a', position: `z${'z'.repeat(26)}${'z'.repeat(80)}` }], 1),
    ).toBeNull());
});
