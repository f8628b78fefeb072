import { type ComponentType, useEffect, useState } from 'react';

const prefetches: (() => void)[] = [];

type Loader<P> = {
  /** The component once it is there; failed until asked for again. */
  use(): { Body: ComponentType<P> | null; failed: boolean; again(): void };
};

type Module<P> = { default: ComponentType<P> };

/** The file that an import could not have; only Safari does not name it. */
const lostFile = (error: unknown): string | undefined => /https?:\S+\.js/.exec(String(error))?.[0];

/**
 * A part of the page with a file of its own. Unlike React.lazy it can be asked for again: under
 * another address, for most browsers remember for ever that a module could not be had (HTML
 * standard, module map).
 */
export function loader<P>(load: () => Promise<Module<P>>): Loader<P> {
  let loaded: ComponentType<P> | null = null;
  let loading: Promise<void> | null = null;
  let lost: string | undefined;
  let tries = 0;

  const ask = (): Promise<Module<P>> =>
    lost ? import(/* @vite-ignore */ `${lost}?${++tries}`) : load();

  async function fetchIt(): Promise<void> {
    try {
      loaded = (await ask()).default;
    } catch (error) {
      lost ??= lostFile(error);
      throw error;
    } finally {
      loading = null;
    }
  }
  const get = () => {
    loading ??= fetchIt();
    return loading;
  };

  function use() {
    const [state, setState] = useState<'waiting' | 'ready' | 'failed'>('waiting');
    useEffect(() => {
      if (loaded || state !== 'waiting') return;
      let here = true;
      const say = (next: 'ready' | 'failed') => here && setState(next);
      get().then(
        () => say('ready'),
        () => say('failed'),
      );
      return () => {
        here = false;
      };
    }, [state]);
    return { Body: loaded, failed: state === 'failed', again: () => setState('waiting') };
  }
  prefetches.push(() => void (loaded || get().catch(() => {})));
  return { use };
}

/** Fetches all parts, so that they open without a network, and after a release. */
export function prefetchAll(): void {
  for (const prefetch of prefetches) prefetch();
}

/** When the browser has nothing better to do. */
export function whenIdle(work: () => void): () => void {
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(work, 1000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: 3000 });
  return () => cancelIdleCallback(handle);
}
