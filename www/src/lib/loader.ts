import { type ComponentType, useEffect, useState } from 'react';

const prefetches: (() => void)[] = [];

type Loader<P> = {
  /** The component once it is there; failed until asked for again. */
  use(): { Body: ComponentType<P> | null; failed: boolean; again(): void };
};

/** A part of the page with a file of its own. Unlike React.lazy it can be asked for again. */
export function loader<P>(load: () => Promise<{ default: ComponentType<P> }>): Loader<P> {
  let loaded: ComponentType<P> | null = null;
  let loading: Promise<void> | null = null;

  async function fetchIt(): Promise<void> {
    try {
      loaded = (await load()).default;
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
