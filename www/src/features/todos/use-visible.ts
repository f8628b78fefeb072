import { useEffect, useMemo, useRef } from 'react';
import { create } from 'zustand';
import { toast } from '@/components/toasts';
import type { Dict } from '@/lib/i18n';
import { navigate, useSearchParams } from '@/lib/router';
import { plain, type Word, wordsOf } from '@/lib/search';
import { useOrder, useTodos } from './store';
import type { Filter, Todo } from './types';
import { focusRow } from './rows';
import { useUi } from './ui';

type Text = Pick<Todo, 'title' | 'note' | 'done'>;

/** What a search looks for while a syllable is being composed: the text without it. */
export const useComposing = create<{ settled: string | null }>(() => ({ settled: null }));

function filterOf(params: URLSearchParams): Filter {
  const wanted = params.get('filter');
  return wanted === 'active' || wanted === 'completed' ? wanted : 'all';
}

/** The filter is in the address, so that it can be linked to, and Back goes back. */
export function useFilter(): Filter {
  const params = useSearchParams();
  return filterOf(params);
}

/**
 * A longer search is not put into the address, which could not be loaded again: servers take
 * 8192 bytes, and a letter may be nine.
 */
const QUERY_MAX = 500;

const linkable = (query: string | null): string | null =>
  query?.trim() && query.length <= QUERY_MAX ? query : null;

/** The address of a filter, with the search that is on. */
export function addressOf(filter: Filter, query: string | null): string {
  const params = new URLSearchParams();
  if (filter !== 'all') params.set('filter', filter);
  const q = linkable(query);
  if (q) params.set('q', q);
  return params.size > 0 ? `/?${params}` : '/';
}

const WRITE_MS = 300;

/** The search is in the address too: a reload and Back keep it. */
export function useSearchInAddress(): void {
  const params = useSearchParams();
  const there = params.get('q');
  const filter = filterOf(params);
  const search = useUi((s) => s.search);
  const known = useRef<string | null>(null);
  useEffect(() => {
    // Somebody went there: a reload, Back, a link.
    if (there === known.current) return;
    known.current = there;
    useUi.setState({ search: there });
  }, [there]);
  useEffect(() => {
    const wanted = linkable(search);
    if (wanted === known.current) return;
    const write = () => {
      if (wanted === known.current) return;
      known.current = wanted;
      navigate(addressOf(filter, wanted), { replace: true });
    };
    // Browsers bound how often an address may change.
    const timer = setTimeout(write, WRITE_MS);
    // A card that is opened by it is an entry of the history of its own.
    addEventListener('pointerdown', write, { capture: true, once: true });
    return () => {
      clearTimeout(timer);
      removeEventListener('pointerdown', write, { capture: true });
    };
  }, [search, filter]);
}

// Made once for each version of an item: a key in the search field costs no more than comparing.
const texts = new WeakMap<Text, string>();

function textOf(item: Text): string {
  let text = texts.get(item);
  if (text === undefined) {
    text = `${plain(item.title)}\n${plain(item.note)}`;
    texts.set(item, text);
  }
  return text;
}

const passes = (item: Text, filter: Filter) =>
  filter === 'all' || item.done === (filter === 'completed');

export function matches(item: Text, filter: Filter, words: readonly Word[]): boolean {
  if (!passes(item, filter)) return false;
  return words.length === 0 || words.every((word) => word.isIn(textOf(item)));
}

/** Would the list as it is now show this item? */
const isShown = (item: Text): boolean =>
  matches(
    item,
    filterOf(new URLSearchParams(location.search)),
    wordsOf(useUi.getState().search ?? ''),
  );

/** Leaves filter and search for the item. */
function show(id: string): void {
  useUi.setState({ search: null, lingering: {} });
  navigate('/');
  requestAnimationFrame(() => focusRow(id));
}

/** Says it, with a way there, when the list does not show the item; true when it had to. */
export function sayHidden(id: string, item: Text, text: string, t: Dict): boolean {
  if (isShown(item)) return false;
  toast(text, { action: { label: t.adding.show, run: () => show(id) } });
  return true;
}

/** An item that was here and no longer is, because of what was done to it, is named. */
export function sayLeft(id: string, t: Dict): void {
  const item = useTodos.getState().items.get(id);
  // That it was completed has been said just now.
  if (!item || (item.done && useUi.getState().lingering[id])) return;
  sayHidden(id, item, t.adding.left(item.title), t);
}

type Found = { ids: readonly string[]; leaving: ReadonlySet<string> };
let shown: readonly string[] = [];

/** The ids of the rows that the list has now, in order. */
export const shownIds = (): readonly string[] => shown;

type Items = ReadonlyMap<string, Todo>;
type Looking = {
  filter: Filter;
  words: readonly Word[];
  open: string | undefined;
  lingering: Readonly<Record<string, 'stay' | 'leave'>>;
};

const NONE: ReadonlySet<string> = new Set();

function find(order: readonly string[], items: Items, looking: Looking): Found & { hits: number } {
  const { lingering } = looking;
  const leaving = new Set<string>();
  let hits = 0;
  const ids = order.filter((id) => {
    const item = items.get(id);
    if (!item) return false;
    const hit = matches(item, looking.filter, looking.words);
    if (hit) hits++;
    // A row slides away only when the filter hides it.
    if (!hit && lingering[id] === 'leave') leaving.add(id);
    return hit || id === looking.open || lingering[id] !== undefined;
  });
  return { ids, leaving: leaving.size > 0 ? leaving : NONE, hits };
}

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((id, i) => id === b[i]);

export function useVisible() {
  const order = useOrder();
  const state = useTodos();
  const filter = useFilter();
  const query = useUi((s) => s.search ?? '');
  const settled = useComposing((s) => s.settled);
  const lingering = useUi((s) => s.lingering);
  const open = useUi((s) => s.open?.id);
  const last = useRef<readonly string[]>([]);

  const { words, found } = useMemo(() => {
    const look = (text: string) => {
      const words = wordsOf(text);
      return { words, found: find(order, state.items, { filter, words, open, lingering }) };
    };
    const whole = look(query);
    // Half a syllable is found nowhere: until it is whole, it does not count.
    return settled !== null && whole.found.hits === 0 ? look(settled) : whole;
  }, [order, state, filter, query, settled, lingering, open]);

  const left = useMemo(() => count(order, state.items, (item) => !item.done), [order, state]);
  const everywhere = useMemo(
    () =>
      words.length === 0 || filter === 'all'
        ? found.hits
        : count(order, state.items, (item) => matches(item, 'all', words)),
    [order, state, words, filter, found.hits],
  );
  // The same ids give the same array: nothing that hangs on it needs to start anew.
  if (!same(last.current, found.ids)) last.current = found.ids;
  shown = last.current;
  const { hits, leaving } = found;
  return {
    ids: last.current,
    leaving,
    hits,
    words,
    query,
    filter,
    left,
    total: order.length,
    elsewhere: everywhere - hits,
  };
}

function count(order: readonly string[], items: Items, test: (item: Todo) => boolean): number {
  let n = 0;
  for (const id of order) {
    const item = items.get(id);
    if (item && test(item)) n++;
  }
  return n;
}
