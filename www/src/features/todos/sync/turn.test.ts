import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turn } from './turn';

const map = new Map<string, string>();
beforeEach(() => {
  vi.useFakeTimers();
  map.clear();
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => map.get(k) ?? null,
    setItem: (k: string, v: string) => void map.set(k, v),
    removeItem: (k: string) => void map.delete(k),
  });
});
afterEach(() => vi.unstubAllGlobals());

const forever = () => new Promise<void>(() => {});
const nothing = async () => {};
const tab = () => new Turn('me', () => {});

describe('without locks', () => {
  beforeEach(() => vi.stubGlobal('navigator', {}));
  const take = async (turn: Turn, work = nothing) => {
    const result = turn.take(work);
    await vi.advanceTimersByTimeAsync(100);
    return result;
  };

  it('one tab works, the other is told so', async () => {
    const [one, two] = [tab(), tab()];
    void one.take(forever);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await take(two)).toBe(false);
    one.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(await take(two)).toBe(true);
    expect(await take(one)).toBe(true);
  });

  it('a tab that no longer renews is followed by the next', async () => {
    map.set('allday.lease.me', JSON.stringify({ tab: 'frozen', until: Date.now() + 4000 }));
    expect(await take(tab())).toBe(false);
    await vi.advanceTimersByTimeAsync(4000);
    expect(await take(tab())).toBe(true);
  });

  it('a lease from before the clock was set back is none', async () => {
    map.set('allday.lease.me', JSON.stringify({ tab: 'x', until: Date.now() + 3_600_000 }));
    expect(await take(tab())).toBe(true);
  });

  it('what the work throws is thrown', async () => {
    const failing = tab().take(async () => {
      throw new Error('unavailable');
    });
    const seen = expect(failing).rejects.toThrow('unavailable');
    await vi.advanceTimersByTimeAsync(100);
    await seen;
  });
});

describe('with locks', () => {
  type Options = { steal?: boolean; ifAvailable?: boolean };
  const asked: Options[] = [];
  const request = vi.fn();
  beforeEach(() => {
    asked.length = 0;
    // Held by a page in the back/forward cache: only stealing helps.
    request.mockImplementation(
      async (_: string, options: Options, run: (l: object | null) => unknown) => {
        asked.push(options);
        return run(options.steal ? {} : null);
      },
    );
    vi.stubGlobal('navigator', { locks: { request } });
  });

  it('a holder that is silent is robbed, one that speaks is not', async () => {
    const turn = tab();
    expect(await turn.take(nothing)).toBe(false);
    for (let i = 0; i < 10; i++) {
      await vi.advanceTimersByTimeAsync(2000);
      turn.heard();
      expect(await turn.take(nothing)).toBe(false);
    }
    await vi.advanceTimersByTimeAsync(6001);
    expect(await turn.take(nothing)).toBe(true);
    expect(asked.at(-1)).toEqual({ steal: true });
  });

  it('a tab that is robbed lets the other go on; where locks are forbidden it works alone', async () => {
    const work = vi.fn(nothing);
    request.mockRejectedValueOnce(new DOMException('stolen', 'AbortError'));
    expect(await tab().take(work)).toBe(false);
    expect(work).not.toHaveBeenCalled();
    request.mockRejectedValueOnce(new DOMException('no', 'SecurityError'));
    expect(await tab().take(work)).toBe(true);
    expect(work).toHaveBeenCalledOnce();
  });
});
