import { lazy, Suspense } from 'react';
import { create } from 'zustand';
import { useT } from '@/lib/i18n';

const TrashDialog = lazy(() => import('./trash-dialog'));
const useTrash = create(() => ({ shown: false }));

export const openTrash = () => useTrash.setState({ shown: true });

/** The way to the trash, below the list. */
export function TrashEntry({ account }: { account: string }) {
  const t = useT().trash;
  const shown = useTrash((s) => s.shown);
  return (
    <p className="trash-entry">
      <button type="button" className="text-button" aria-haspopup="dialog" onClick={openTrash}>
        {t.title}
      </button>
      <Suspense>
        {shown && (
          <TrashDialog account={account} onClose={() => useTrash.setState({ shown: false })} />
        )}
      </Suspense>
    </p>
  );
}
