import { useEffect } from 'react';
import { toast } from '@/components/toasts';
import { AccountMenu } from '@/features/account/account-menu';
import { logOut } from '@/features/account/api';
import { AddField } from '@/features/todos/add-field';
import { creations } from '@/features/todos/actions';
import { KeysSheet } from '@/features/todos/keys-sheet';
import { PrintSheet } from '@/features/todos/print-sheet';
import { ListView } from '@/features/todos/list/list-view';
import { SearchButton } from '@/features/todos/list/toolbar';
import { abandonList, closeList, drain, openList } from '@/features/todos/store';
import { TroubleLine } from '@/features/todos/trouble-line';
import { useUi } from '@/features/todos/ui';
import { ApiError } from '@/lib/api-client';
import { longDate } from '@/lib/dates';
import { dictOf, useT } from '@/lib/i18n';
import { useNow } from '@/lib/now';
import { resolveLang, useLang, usePrefs } from '@/lib/prefs';
import { explain } from '@/lib/problems';
import { signedOut, useSession } from '@/lib/session';

export function ListPage() {
  const t = useT();
  const account = useSession((s) => s.account);
  const id = account?.id ?? null;
  useOpenList(id);
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
            onLogOut={() => id && leave(id)}
            onGone={() => id && gone(id)}
            onKeys={() => useUi.setState({ sheet: true })}
          />
        </div>
      </header>
      <TroubleLine />
      <main>
        <AddField account={id} />
        <ListView />
      </main>
      <KeysSheet />
      <PrintSheet />
    </div>
  );
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
        signedOut: () => signedOut(true),
        refused(op, error, item) {
          const title = op.kind === 'create' ? op.item.title : (item?.title ?? '');
          toast(dict().toast.refused(title, explain(error, dict())), { bad: true });
        },
      },
      first,
    );
    return () => {
      closeList();
      useUi.setState({ open: null, orphan: null, current: null, search: null, lingering: {} });
    };
  }, [account]);
}

function gone(account: string): void {
  abandonList(account);
  signedOut(false);
}

async function leave(account: string): Promise<void> {
  if (!(await drain())) return toast(dict().account.logOutPending, { bad: true });
  try {
    await logOut();
  } catch (error) {
    const already = error instanceof ApiError && error.status === 401;
    if (!already) return toast(explain(error, dict()), { bad: true });
  }
  gone(account);
}
