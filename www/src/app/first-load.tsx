import { useCallback, useEffect, useRef, useState } from 'react';
import { Mark } from '@/components/mark';
import { followTabs, whoAmI } from '@/lib/session';
import { ServerUnavailable } from '@/lib/api-client';
import { useT } from '@/lib/i18n';
import { Retry } from '@/components/retry';
import { Reload } from '@/features/todos/sync-problem-line';

const STEPS = [1, 2, 4, 8, 15, 30];
const FOREIGN_TIMES = 3;

type Waiting = { until: number; now(): void; foreign: boolean };

/** Asks who is here, for as long as it takes; null while the answer is not late. */
export function useWhoAmI(): Waiting | null {
  const [until, setUntil] = useState<number | null>(null);
  const failures = useRef(0);
  const strangers = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const ask = useCallback(async () => {
    clearTimeout(timer.current);
    try {
      await whoAmI();
      setUntil(null);
    } catch (error) {
      const step = STEPS[Math.min(failures.current++, STEPS.length - 1)]!;
      strangers.current =
        error instanceof ServerUnavailable && error.foreign ? strangers.current + 1 : 0;
      const asked = error instanceof ServerUnavailable ? (error.retryAfter ?? 0) : 0;
      const seconds = Math.max(step, Math.min(asked, 30));
      setUntil(Date.now() + seconds * 1000);
      timer.current = setTimeout(ask, seconds * 1000);
    }
  }, []);
  useEffect(() => {
    void ask();
    addEventListener('online', ask);
    followTabs();
    return () => {
      clearTimeout(timer.current);
      removeEventListener('online', ask);
    };
  }, [ask]);
  const foreign = strangers.current >= FOREIGN_TIMES;
  return until === null ? null : { until, now: ask, foreign };
}

/** Until it is known who is here, where nobody was before. */
export function Opening() {
  const t = useT();
  return (
    <main className="auth">
      <div className="auth-card" role="status">
        <Mark />
        <h1>{t.app}</h1>
      </div>
    </main>
  );
}

export function FirstLoad({ until, now, foreign }: Waiting) {
  const t = useT();
  return (
    <main className="auth">
      <div className="auth-card" role="status">
        <Mark />
        <h1>{t.syncProblem.firstTitle}</h1>
        <p className="auth-tagline">{foreign ? t.syncProblem.foreign : t.syncProblem.firstText}</p>
        {foreign && <Reload />}
        <Retry until={until} now={now} />
      </div>
    </main>
  );
}
