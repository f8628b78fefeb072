import { useMemo } from 'react';
import { useT } from '@/lib/i18n';
import { useTodos } from '../store';
import type { Filter } from '../types';
import { useKeys } from '../use-keys';
import { useSpoken } from '../use-spoken';
import { useVisible } from '../use-visible';
import { List } from './list';
import { Toolbar } from './toolbar';

export function ListView() {
  const ready = useTodos((s) => s.ready);
  const { visible, left, total, filter, query } = useVisible();
  const key = visible.map(({ item }) => item.id).join(' ');
  // The same ids give the same array: the keys and the drag need not start anew.
  const ids = useMemo(() => (key ? key.split(' ') : []), [key]);
  useKeys(ids);
  useSpoken(ids);
  return (
    <section className="list-view">
      <Toolbar filter={filter} left={ready ? left : null} done={total - left} />
      {visible.length > 0 && <List rows={visible} ids={ids} />}
      {visible.length === 0 && (ready ? <Empty filter={filter} query={query} /> : <Skeleton />)}
    </section>
  );
}

function Empty({ filter, query }: { filter: Filter; query: string }) {
  const t = useT().list;
  const texts = { all: t.emptyAll, active: t.emptyActive, completed: t.emptyCompleted };
  return <p className="empty">{query.trim() ? t.emptySearch(query.trim()) : texts[filter]}</p>;
}

function Skeleton() {
  const t = useT();
  return (
    <div className="skeleton" role="status">
      <span className="hidden">{t.loading}</span>
      {['a', 'b', 'c', 'd'].map((name) => (
        <div key={name} className="skeleton-row" aria-hidden="true">
          <i />
          <b />
        </div>
      ))}
    </div>
  );
}
