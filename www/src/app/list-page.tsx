import { useEffect, useState } from 'react';
import { part } from '@/components/part';
import { clearToasts, toast } from '@/components/toasts';
import { AccountMenu } from '@/features/account/account-menu';
import { RoomLine } from '@/features/account/room-line';
import { logOut } from '@/features/account/api';
import { AddField } from '@/features/todos/add-field';
import { creations } from '@/features/todos/actions';
import { KeysSheet } from '@/features/todos/keys-sheet';
import { PrintSheet } from '@/features/todos/print-sheet';
import { ListView } from '@/features/todos/list/list-view';
import { SearchButton } from '@/features/todos/list/toolbar';
import { abandonList, closeList, drain, openList, useTodos } from '@/features/todos/store';
import { SyncProblemLine } from '@/features/todos/sync-problem-line';
import { useUi } from '@/features/todos/ui';
import { TrashEntry } from '@/features/todos/trash/trash-entry';
import { keepLostDrafts, useUnsaved } from '@/features/todos/unsaved/store';
import { UnsavedLine } from '@/features/todos/unsaved/unsaved-line';
import { longDate } from '@/lib/dates';
import { dictOf, useT } from '@/lib/i18n';
import { prefetchAll, whenIdle } from '@/lib/loader';
import { useNow } from '@/lib/now';
import { resolveLang, useLang, usePrefs } from '@/lib/prefs';
import { explain } from '@/lib/problems';
import { askRoom, displaced, signedOut, useSession } from '@/lib/session';
import { keysWith } from '@/lib/storage';

const LeaveDialog = part(
  (t) => t.leave.title,
  () => import('@/features/todos/unsaved/leave-dialog'),
);

export function ListPage() {
  const t = useT();
  const account = useSession((s) => s.account);
  const id = account?.id ?? null;
  const [waiting, setWaiting] = useState(0);
  useOpenList(id);
  usePrefetch();
  useLostDrafts();
  async function onLogOut() {
    if (!id) return;
    await drain();
    const left = waitingOf(id);
    if (left > 0) setWaiting(left);
    else await leave(id, 'idle');
  }
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>{t.app}</h1>
          <Today />
        </div>
        <div className="head-buttons">
          <SearchButton />
          <AccountMenu
            login={account?.login ?? ''}
            onLogOut={() => void onLogOut()}
            onGone={() => id && gone(id)}
            onKeys={() => useUi.setState({ sheet: true })}
          />
        </div>
      </header>
      <SyncProblemLine />
      <main>
        <UnsavedLine />
        <RoomLine />
        <AddField account={id} />
        <ListView />
        {id && <TrashEntry account={id} />}
      </main>
      <KeysSheet />
      {id && waiting > 0 && (
        <LeaveDialog
          waiting={waiting}
          onClose={() => setWaiting(0)}
          onLeave={(erase) => {
            setWaiting(0);
            void leave(id, erase ? 'all' : 'none');
          }}
        />
      )}
      <PrintSheet />
    </div>
  );
}

/** Once the list is there. */
function usePrefetch(): void {
  const ready = useTodos((s) => s.ready);
  useEffect(() => (ready ? whenIdle(prefetchAll) : undefined), [ready]);
}

function useLostDrafts(): void {
  const ready = useTodos((s) => s.ready);
  useEffect(() => {
    if (ready) void keepLostDrafts(useTodos.getState().items);
  }, [ready]);
}

function Today() {
  return <p className="meta">{longDate(useNow(), useLang())}</p>;
}

// Read when it is needed: a change of language must not open the list anew.
const dict = () => dictOf(resolveLang(usePrefs.getState().lang, navigator.languages));

function useOpenList(account: string | null): void {
  useEffect(() => {
    if (!account) return;
    const { fresh } = useSession.getState();
    useSession.setState({ fresh: false });
    const t = dict();
    const first = fresh
      ? creations(matchMedia('(pointer: coarse)').matches ? t.teachTouch : t.teach, [])
      : [];
    openList(
      account,
      {
        signedOut: () => signedOut('ended'),
        otherAccount: () => void displaced(),
        conflict: (item, kept) => toast(dict().sync[kept](item.title)),
        overtaken: (item) => toast(dict().sync.overtaken(item.title), { bad: true }),
        revived: (item) => toast(dict().sync.revived(item.title)),
        refused(op, error, item, kept) {
          if (error.slug === 'account-full') void askRoom();
          const title = op.kind === 'create' ? op.item.title : (item?.title ?? '');
          const words = kept ? dict().sync.kept : dict().toast.refused;
          toast(words(title, explain(error, dict())), { bad: true });
        },
      },
      first,
    );
    return () => {
      // What was open has been saved by now, also in the window that only heard of the log-out.
      if (useSession.getState().erase) abandonList(account);
      else closeList();
      useUi.setState(useUi.getInitialState());
      clearToasts();
    };
  }, [account]);
}

/** What was typed and is not on the server: waiting, refused, or still in a field or in a card. */
function waitingOf(account: string): number {
  const typed = (kind: string) => keysWith(`allday.${kind}.${account}`).length;
  // The page may have what the browser cleared, and the storage what a closed list left.
  const ops = Math.max(useTodos.getState().pending, typed('op'));
  return ops + Math.max(useUnsaved.getState().entries.length, typed('unsaved')) + typed('draft');
}

/** Logged out everywhere, or the account is no more. */
function gone(account: string): void {
  const removed = useSession.getState().why === 'removed';
  if (removed || waitingOf(account) === 0) abandonList(account);
  if (!removed) signedOut('left');
}

/** erase: `idle` keeps what was typed while the answer was on its way. */
async function leave(account: string, erase: 'all' | 'idle' | 'none'): Promise<void> {
  try {
    await logOut(account);
  } catch (error) {
    return toast(explain(error, dict()), { bad: true });
  }
  if (erase === 'all' || (erase === 'idle' && waitingOf(account) === 0)) abandonList(account);
  signedOut('left', erase === 'all');
}
