// The address of the page: what stands in it, links, and ways to change it.
import {
  type AnchorHTMLAttributes,
  type MouseEvent,
  useLayoutEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';

const CHANGED = 'allday-address';

function subscribe(tell: () => void): () => void {
  for (const kind of ['popstate', CHANGED]) addEventListener(kind, tell);
  return () => {
    for (const kind of ['popstate', CHANGED]) removeEventListener(kind, tell);
  };
}

export const usePath = (): string =>
  useSyncExternalStore(subscribe, () => location.pathname.replace(/(.)\/$/, '$1'));

export function useSearchParams(): URLSearchParams {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => new URLSearchParams(search), [search]);
}

/** replace: instead of the entry of the history that is shown, not after it. */
export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  dispatchEvent(new Event(CHANGED));
}

export function Redirect({ to }: { to: string }) {
  useLayoutEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link inside the page; in another tab or window, where that is asked for. */
export function Link({ href, onClick, ...props }: LinkProps) {
  function go(event: MouseEvent<HTMLAnchorElement>): void {
    onClick?.(event);
    const { ctrlKey, metaKey, altKey, shiftKey, button, defaultPrevented } = event;
    if (ctrlKey || metaKey || altKey || shiftKey || button !== 0 || defaultPrevented) return;
    event.preventDefault();
    navigate(href);
  }
  return <a href={href} {...props} onClick={go} />;
}
