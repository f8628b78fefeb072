import { useEffect } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { Toasts } from '@/components/toasts';
import { AuthPage } from '@/features/auth/auth-page';
import { useSession, wasHere } from '@/lib/session';
import { ListPage } from './list-page';
import { FirstLoad, Opening, useWhoAmI } from './first-load';
import { useT } from '@/lib/i18n';
import { useLang, useTheme } from '@/lib/prefs';

export function App() {
  useDocument();
  const waiting = useWhoAmI();
  const status = useSession((s) => s.status);
  const asking = status === 'unknown' && !waiting;
  const here = status === 'in' ? <Redirect to="/" replace /> : null;
  return (
    <>
      <Switch>
        <Route path="/login">{here ?? <AuthPage mode="login" />}</Route>
        <Route path="/signup">{here ?? <AuthPage mode="signup" />}</Route>
        <Route path="/">
          {status === 'out' && <Redirect to="/login" replace />}
          {status === 'unknown' && waiting && <FirstLoad {...waiting} />}
          {status === 'in' || (asking && wasHere()) ? <ListPage /> : asking && <Opening />}
        </Route>
        <Route>
          <Redirect to="/" replace />
        </Route>
      </Switch>
      {status !== 'out' && <Toasts />}
    </>
  );
}

function useDocument(): void {
  const lang = useLang();
  const theme = useTheme();
  const title = useT().app;
  useEffect(() => {
    document.documentElement.lang = lang;
    document.documentElement.dataset.theme = theme;
    document.title = title;
    const paper = getComputedStyle(document.documentElement).getPropertyValue('--paper').trim();
    if (paper) document.querySelector('meta[name=theme-color]')?.setAttribute('content', paper);
  }, [lang, theme, title]);
}
