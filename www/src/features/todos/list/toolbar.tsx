import { useLayoutEffect, useRef } from 'react';
import { Link } from 'wouter';
import { Icon } from '@/components/icon';
import { useT } from '@/lib/i18n';
import type { Filter } from '../types';
import { clearDone, useUi } from '../ui';

const FILTERS: Filter[] = ['all', 'active', 'completed'];

type Props = { filter: Filter; left: number | null; done: number };

export function Toolbar({ filter, left, done }: Props) {
  const t = useT();
  const search = useUi((s) => s.search);
  return (
    <div className="toolbar">
      {search === null ? (
        <nav className="filters" aria-label={t.filter.label}>
          {FILTERS.map((f) => (
            <Link
              key={f}
              href={f === 'all' ? '/' : `/?filter=${f}`}
              aria-current={f === filter ? 'page' : undefined}
              onClick={() => useUi.setState({ lingering: {} })}
            >
              {t.filter[f]}
            </Link>
          ))}
        </nav>
      ) : (
        <Search text={search} />
      )}
      <p className="counter">{left !== null && t.list.left(left)}</p>
      {done > 0 && search === null && (
        <button type="button" className="text-button" onClick={() => clearDone(t)}>
          {t.list.clear}
        </button>
      )}
    </div>
  );
}

export function SearchButton() {
  const t = useT();
  const on = useUi((s) => s.search !== null);
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={on ? t.list.searchClose : t.list.search}
      onClick={() => useUi.setState({ search: on ? null : '' })}
    >
      <Icon name={on ? 'close' : 'search'} />
    </button>
  );
}

function Search({ text }: { text: string }) {
  const t = useT();
  const ref = useRef<HTMLInputElement>(null);
  // Before the next key arrives: what is typed right after the slash belongs here.
  useLayoutEffect(() => ref.current?.focus(), []);
  return (
    <input
      ref={ref}
      className="search"
      type="search"
      aria-label={t.list.search}
      placeholder={t.list.search}
      value={text}
      onChange={(event) => useUi.setState({ search: event.target.value })}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        useUi.setState({ search: null });
      }}
    />
  );
}
