import { type CompositionEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { Link } from '@/lib/router';
import { Icon } from '@/components/icon';
import { useT } from '@/lib/i18n';
import type { Filter } from '../types';
import { clearDone } from '../commands';
import { useUi } from '../ui';
import { addressOf, useComposing } from '../use-visible';

const FILTERS: Filter[] = ['all', 'active', 'completed'];

type Props = { filter: Filter; left: number | null; found: number | null; done: number };

export function Toolbar({ filter, left, found, done }: Props) {
  const t = useT();
  const search = useUi((s) => s.search);
  return (
    <div className="toolbar">
      {search === null ? (
        <nav className="filters" aria-label={t.filter.label}>
          {FILTERS.map((f) => (
            <Link
              key={f}
              href={addressOf(f, null)}
              data-text={t.filter[f]}
              aria-current={f === filter ? 'page' : undefined}
              onClick={() => useUi.setState({ lingering: {} })}
            >
              {t.filter[f]}
            </Link>
          ))}
        </nav>
      ) : (
        <Search text={search} filter={filter} />
      )}
      <Counter filter={filter} left={left} found={found} />
      {done > 0 && search === null && (
        <button
          type="button"
          className="text-button clear"
          aria-label={t.list.clear}
          onClick={() => clearDone(t)}
        >
          <span className="wide">{t.list.clear}</span>
          <span className="narrow">{t.search.clearShort}</span>
        </button>
      )}
    </div>
  );
}

/** What is left to do, or how much a search has found, and where. */
function Counter({ filter, left, found }: Omit<Props, 'done'>) {
  const t = useT();
  if (found === null) return <p className="counter">{left !== null && t.list.left(left)}</p>;
  return (
    <p className="counter" role="status">
      {filter === 'all' ? t.search.found(found) : t.search.foundIn(found, t.filter[filter])}
    </p>
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

function Search({ text, filter }: { text: string; filter: Filter }) {
  const t = useT();
  const ref = useRef<HTMLInputElement>(null);
  const label = filter === 'all' ? t.list.search : t.search.within(t.filter[filter]);
  // Before the next key arrives: what is typed right after the slash belongs here.
  useLayoutEffect(() => ref.current?.focus(), []);
  useEffect(() => () => useComposing.setState({ settled: null }), []);
  return (
    <input
      ref={ref}
      className="search"
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => useUi.setState({ search: event.target.value })}
      onCompositionStart={begin}
      onCompositionEnd={() => useComposing.setState({ settled: null })}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        useUi.setState({ search: null });
      }}
    />
  );
}

function begin(event: CompositionEvent<HTMLInputElement>): void {
  const { value, selectionStart, selectionEnd } = event.currentTarget;
  const settled = value.slice(0, selectionStart ?? 0) + value.slice(selectionEnd ?? 0);
  useComposing.setState({ settled });
}
