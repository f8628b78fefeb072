import { useEffect } from 'react';
import { Toasts } from '@/components/toasts';
import { AuthPage } from '@/features/auth/auth-page';
import { useSession, wasHere } from '@/lib/session';
import { ListPage } from './list-page';
import { FirstLoad, Opening, useWhoAmI } from './first-load';
import { useT } from '@/lib/i18n';
import { useLang, useTheme } from '@/lib/prefs';
import { Redirect, usePath } from '@/lib/router';

export function App() {
  useDocument();
  const waiting = useWhoAmI();
  const path = usePath();
  const status = useSession((s) => s.status);
  return (
    <>
      <Page path={path} waiting={waiting} />
      {status !== 'out' && <Toasts />}
    </>
  );
}

type PageProps = { path: string; waiting: ReturnType<typeof useWhoAmI> };

function Page({ path, waiting }: PageProps) {
  const status = useSession((s) => s.status);
  if (path === '/login' || path === '/signup') {
    if (status === 'in') return <Redirect to="/" />;
    return <AuthPage key={path} mode={path === '/login' ? 'login' : 'signup'} />;
  }
  if (path !== '/') return <Redirect to="/" />;
  if (status === 'out') return <Redirect to="/login" />;
  if (status === 'unknown' && waiting) return <FirstLoad {...waiting} />;
  return status === 'in' || wasHere() ? <ListPage /> : <Opening />;
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
