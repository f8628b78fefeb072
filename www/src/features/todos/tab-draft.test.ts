import { afterEach, expect, it, vi } from 'vitest';
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

afterEach(() => vi.unstubAllGlobals());

it('what another tab has taken for lost is written again, whatever is believed of the storage', async () => {
  const stored = new Map<string, string>();
  vi.stubGlobal('localStorage', new Stale(stored));
  const draft = new TabDraft<string>('me');
  draft.keep('a long thought');
  const [key] = [...stored.keys()];
  const stop = draft.follow({ now: () => 'a long thought', lost() {} });
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
});

/** Another tab: the words that it has stored, and what it says when it is asked. */
function anotherTab(stored: Map<string, string>, answers: boolean) {
  const key = 'allday.draft.me/another';
  stored.set(key, '"a long thought"');
  const channel = new BroadcastChannel('allday');
  channel.onmessage = ({ data }) => {
    if (answers && data.type === 'took' && data.key === key)
      channel.postMessage({ type: 'mine', account: 'me', key });
  };
  return { key, channel };
}

function newTab(stored: Map<string, string>) {
  vi.stubGlobal('localStorage', new Stale(stored));
  const field = { value: null as string | null, shown: [] as (string | null)[] };
  const show = (value: string | null) => {
    field.value = value;
    field.shown.push(value);
  };
  const draft = new TabDraft<string>('me');
  show(draft.first);
  const stop = draft.follow({ now: () => field.value, lost: () => show(null), found: show });
  return { field, stop };
}

it('the words of a tab that is there are never shown in a new one, nor taken out of the storage', async () => {
  const stored = new Map<string, string>();
  const { key, channel } = anotherTab(stored, true);
  const { field, stop } = newTab(stored);
  const removed = vi.spyOn(localStorage, 'removeItem');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(field.shown).toEqual([null]);
  expect(stored.get(key)).toBe('"a long thought"');
  expect(removed.mock.calls).toEqual([]);
  stop();
  channel.close();
});

it('the words of a tab that is gone are there in a new one, and given back when it is heard of', async () => {
  const stored = new Map<string, string>();
  const { key, channel } = anotherTab(stored, false);
  const { field, stop } = newTab(stored);
  await vi.waitFor(() => expect(field.value).toBe('a long thought'), 3000);
  expect([...stored.values()]).toEqual(['"a long thought"']);
  expect(stored.has(key)).toBe(false);
  channel.postMessage({ type: 'mine', account: 'me', key });
  await vi.waitFor(() => expect(field.value).toBeNull());
  stop();
  channel.close();
});

it('what is typed meanwhile stays, and what was left waits for the next tab', async () => {
  const stored = new Map<string, string>();
  const { key, channel } = anotherTab(stored, false);
  const { field, stop } = newTab(stored);
  field.value = 'mine';
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(field.value).toBe('mine');
  expect(stored.has(key)).toBe(true);
  stop();
  channel.close();
});
