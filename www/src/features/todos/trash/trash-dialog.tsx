import { useCallback, useEffect, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { toast } from '@/components/toasts';
import { act, learn, syncNow } from '../store';
import { emptyTrash, trashPage } from '../sync/remote';
import type { Todo } from '../types';
import { IDS_MAX } from '@/lib/api-limits';
import { dateTime } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useLang } from '@/lib/prefs';
import { explain } from '@/lib/problems';
import { askRoom } from '@/lib/session';

type Props = { account: string; onClose(): void };

export default function TrashDialog({ account, onClose }: Props) {
  const t = useT();
  const { items, more, error, load, drop, run } = useTrash(account);
  const [asked, setAsked] = useState(false);

  function restore(item: Todo) {
    learn([item]);
    act([{ kind: 'restore', id: item.id }]);
    drop([item.id]);
    toast(t.trash.restored(item.title));
  }

  // What is seen here goes, not what came since.
  const empty = () =>
    run(async () => {
      setAsked(false);
      let count = 0;
      for (let i = 0; i < items!.length; i += IDS_MAX) {
        const ids = items!.slice(i, i + IDS_MAX).map((item) => item.id);
        count += await emptyTrash(account, ids);
        drop(ids);
      }
      toast(t.trash.emptied(count));
      void askRoom();
    });

  return (
    <Dialog title={t.trash.title} onClose={onClose}>
      <p className="dialog-text">{items?.length === 0 ? t.trash.none : t.trash.text}</p>
      <ul className="kept-list" aria-busy={items === null}>
        {items?.map((item) => (
          <Deleted key={item.id} item={item} onRestore={() => restore(item)} />
        ))}
      </ul>
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      <div className="actions">
        {more && (
          <button type="button" className="button" onClick={load}>
            {t.trash.more}
          </button>
        )}
        {items && items.length > 0 && !asked && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            {t.trash.empty}
          </button>
        )}
      </div>
      {asked && items && <Sure count={items.length} onYes={empty} onNo={() => setAsked(false)} />}
    </Dialog>
  );
}

function Deleted({ item, onRestore }: { item: Todo; onRestore(): void }) {
  const t = useT().trash;
  const lang = useLang();
  return (
    <li className="kept-row">
      <div>
        <p className="kept-title">{item.title}</p>
        <p className="meta">{item.deleted && t.deletedAt(dateTime(item.deleted, lang))}</p>
      </div>
      <button
        type="button"
        className="text-button"
        aria-label={t.restoreOf(item.title)}
        onClick={onRestore}
      >
        {t.restore}
      </button>
    </li>
  );
}

function Sure({ count, onYes, onNo }: { count: number; onYes(): void; onNo(): void }) {
  const t = useT();
  return (
    <div role="alert">
      <p className="dialog-text">{t.trash.ask(count)}</p>
      <div className="actions">
        <button type="button" className="button button-danger" onClick={onYes}>
          {t.trash.sure}
        </button>
        <button type="button" className="button" onClick={onNo}>
          {t.cancel}
        </button>
      </div>
    </div>
  );
}

/** The pages of the trash that were fetched, latest deleted first within each. */
function useTrash(account: string) {
  const t = useT();
  const [items, setItems] = useState<Todo[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<string>();
  const run = useCallback(
    async (work: () => Promise<void>) => {
      try {
        await work();
        setError(undefined);
      } catch (problem) {
        setError(explain(problem, t));
        // A session that is over is the list's to notice.
        syncNow();
      }
    },
    [t],
  );
  const fetchPage = useCallback(
    async (from: string | null) => {
      const page = await trashPage(account, from);
      const latest = (a: Todo, b: Todo) => ((a.deleted ?? '') < (b.deleted ?? '') ? 1 : -1);
      const found = page.items.sort(latest);
      setItems((known) => (from === null ? found : [...(known ?? []), ...found]));
      setCursor(page.next);
    },
    [account],
  );
  useEffect(() => void run(() => fetchPage(null)), [run, fetchPage]);
  const drop = (ids: readonly string[]) =>
    setItems((known) => known?.filter((item) => !ids.includes(item.id)) ?? null);
  const load = () => run(() => fetchPage(cursor));
  return { items, more: cursor !== null, error, load, drop, run };
}
