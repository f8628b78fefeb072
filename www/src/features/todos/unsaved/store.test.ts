// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest';
import { keepLostDrafts, openUnsaved, useUnsaved } from './store';

const GONE = 'allday.draft.me.id/another';
beforeEach(() => {
  localStorage.clear();
  localStorage.setItem(GONE, JSON.stringify({ words: { note: 'half' }, base: { title: 'milk' } }));
  openUnsaved('me');
});

it('words for an item that is gone are kept when no window has them in hand', async () => {
  await keepLostDrafts(new Map());
  expect(useUnsaved.getState().entries).toMatchObject([{ title: 'milk', note: 'half' }]);
  expect(localStorage.getItem(GONE)).toBeNull();
});

it('and left to the window that has', async () => {
  const other = new BroadcastChannel('allday');
  other.onmessage = ({ data }) =>
    data.type === 'took' && other.postMessage({ ...data, type: 'mine' });
  await keepLostDrafts(new Map());
  other.close();
  expect(useUnsaved.getState().entries).toEqual([]);
  expect(localStorage.getItem(GONE)).not.toBeNull();
});
