import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { living } from './actions';
import { useTodos } from './store';
import type { Filter, Todo } from './types';
import { useUi } from './ui';

/** The filter is in the address, so that it can be linked to, and Back goes back. */
export function useFilter(): Filter {
  const [params] = useSearchParams();
  const wanted = params.get('filter');
  return wanted === 'active' || wanted === 'completed' ? wanted : 'all';
}

const plain = (text: string) => text.normalize('NFC').toLocaleLowerCase();

export function matches(item: Todo, filter: Filter, query: string): boolean {
  if (filter === 'active' && item.done) return false;
  if (filter === 'completed' && !item.done) return false;
  const wanted = plain(query.trim());
  return !wanted || plain(item.title).includes(wanted) || plain(item.note).includes(wanted);
}

export function useVisible() {
  const items = useTodos((s) => s.items);
  const filter = useFilter();
  const query = useUi((s) => s.search ?? '');
  const lingering = useUi((s) => s.lingering);
  const open = useUi((s) => s.open?.id);
  const all = useMemo(() => living(items), [items]);
  const left = useMemo(() => all.filter((item) => !item.done).length, [all]);
  const visible = useMemo(() => {
    const rows: { item: Todo; leaving: boolean }[] = [];
    for (const item of all) {
      const hidden = item.id !== open && !matches(item, filter, query);
      // A row slides away only when the filter hides it.
      if (!hidden || lingering[item.id])
        rows.push({ item, leaving: hidden && lingering[item.id] === 'leave' });
    }
    return rows;
  }, [all, filter, query, lingering, open]);
  return { visible, left, total: all.length, filter, query };
}
