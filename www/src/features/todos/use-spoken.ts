import { useEffect, useRef } from 'react';
import { announce } from '@/components/toasts';
import { useT } from '@/lib/i18n';
import { useTodos } from './store';
import { useUi } from './ui';
import { useFilter } from './use-visible';

const TYPING_MS = 600;

/** What a sighted person sees at a glance: something was added here, or other items are shown. */
export function useSpoken(ids: readonly string[]): void {
  const t = useT();
  const filter = useFilter();
  const query = useUi((s) => s.search?.trim() ?? '');
  const ready = useTodos((s) => s.ready);
  const last = useRef({ ids, filter, query, ready });
  useEffect(() => {
    const before = last.current;
    last.current = { ids, filter, query, ready };
    if (!ready || !before.ready) return;
    if (filter !== before.filter || query !== before.query) {
      // Not at each letter.
      const timer = setTimeout(() => announce(t.more.shown(ids.length)), query ? TYPING_MS : 0);
      return () => clearTimeout(timer);
    }
    const added = ids.length - before.ids.length;
    const end = ids.at(-1);
    // Written here: what comes from elsewhere has been numbered by the server already.
    if (added > 0 && end && useTodos.getState().items.get(end)?.seq === 0)
      announce(t.toast.added(added));
  }, [ids, filter, query, ready, t]);
}
