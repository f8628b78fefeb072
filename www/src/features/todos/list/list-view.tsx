import { Link } from '@/lib/router';
import { useT } from '@/lib/i18n';
import { useTodos } from '../store';
import type { Filter } from '../types';
import { useKeys } from '../use-keys';
import { useSpoken } from '../use-spoken';
import { addressOf, useSearchInAddress, useVisible } from '../use-visible';
import { List } from './list';
import { Toolbar } from './toolbar';

export function ListView() {
  const t = useT();
  const ready = useTodos((s) => s.ready);
  useSearchInAddress();
  const { ids, leaving, words, hits, elsewhere, left, total, filter, query } = useVisible();
  useKeys(ids);
  useSpoken(ids);
  const found = words.length > 0 ? hits : null;
  return (
    <section className="list-view">
      <Toolbar filter={filter} left={ready ? left : null} found={found} done={total - left} />
      {ids.length > 0 && (
        <List ids={ids} leaving={leaving} search={words.map((word) => word.text).join(' ')} />
      )}
      {!ready && <Skeleton />}
      {ready && ids.length === 0 && <Empty filter={filter} query={words.length ? query : ''} />}
      {elsewhere > 0 && (
        <p className="elsewhere">
          <Link className="text-button" href={addressOf('all', query)}>
            {t.search.elsewhere(elsewhere)}
          </Link>
        </p>
      )}
    </section>
  );
}

function Empty({ filter, query }: { filter: Filter; query: string }) {
  const t = useT();
  const { list, search } = t;
  const texts = { all: list.emptyAll, active: list.emptyActive, completed: list.emptyCompleted };
  const sought = query.trim();
  const none = filter === 'all' ? list.emptySearch(sought) : search.none(sought, t.filter[filter]);
  return (
    <p className="empty" role="status">
      {sought ? none : texts[filter]}
    </p>
  );
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
