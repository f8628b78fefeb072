import { useEffect } from 'react';
import { create } from 'zustand';
import { part } from '@/components/part';
import { useTodos } from '../store';
import { useT } from '@/lib/i18n';

const TrashDialog = part(
  (t) => t.trash.title,
  () => import('./trash-dialog'),
);
const useTrash = create(() => ({ shown: false }));

const openTrash = () => useTrash.setState({ shown: true });

/** The way to the trash, below the list. */
export function TrashEntry({ account }: { account: string }) {
  const t = useT().trash;
  const shown = useTrash((s) => s.shown);
  // Whoever comes next has not asked for it.
  useEffect(() => () => useTrash.setState({ shown: false }), []);
  // Not before the list has its height.
  const ready = useTodos((s) => s.ready);
  if (!ready) return null;
  return (
    <p className="trash-entry">
      <button type="button" className="text-button" aria-haspopup="dialog" onClick={openTrash}>
        {t.title}
      </button>
      {shown && (
        <TrashDialog account={account} onClose={() => useTrash.setState({ shown: false })} />
      )}
    </p>
  );
}
