import { expect, it, vi } from 'vitest';
import { TabDraft } from './tab-draft';

/** As Firefox has it: what this process believes to be there is not written again. */
class Stale {
  readonly #believed = new Map<string, string>();
  constructor(readonly stored: Map<string, string>) {}
  get length() {
    return this.stored.size;
  }
  key = (i: number) => [...this.stored.keys()][i] ?? null;
  getItem = (key: string) => this.stored.get(key) ?? null;
  setItem(key: string, value: string) {
    if (this.#believed.get(key) === value) return;
    this.#believed.set(key, value);
    this.stored.set(key, value);
  }
  removeItem(key: string) {
    this.#believed.delete(key);
    this.stored.delete(key);
  }
}

it('what another tab has taken for lost is written again, whatever is believed of the storage', async () => {
  const stored = new Map<string, string>();
  vi.stubGlobal('localStorage', new Stale(stored));
  const draft = new TabDraft<string>('me');
  draft.keep('a long thought');
  const [key] = [...stored.keys()];
  const stop = draft.follow(
    () => 'a long thought',
    () => {},
  );
  const other = new BroadcastChannel('allday');
  const heard = new Promise((resolve) => {
    other.onmessage = ({ data }) => resolve(data);
  });
  stored.delete(key!);
  other.postMessage({ type: 'took', account: 'me', key });
  expect(await heard).toEqual({ type: 'mine', account: 'me', key });
  expect([...stored]).toEqual([[key, '"a long thought"']]);
  other.close();
  stop();
  vi.unstubAllGlobals();
});
