import { useCallback, useEffect, useRef, useState } from 'react';
import { Mark } from '@/components/mark';
import { whoAmI } from '@/lib/session';
import { Away } from '@/lib/api-client';
import { useT } from '@/lib/i18n';
import { Retry } from '@/components/retry';

const STEPS = [1, 2, 4, 8, 15, 30];

/** Asks who is here, for as long as it takes; null while the answer is not late. */
export function useWhoAmI(): { until: number; now(): void } | null {
  const [until, setUntil] = useState<number | null>(null);
  const failures = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const ask = useCallback(async () => {
    clearTimeout(timer.current);
    try {
      await whoAmI();
      setUntil(null);
    } catch (error) {
      const step = STEPS[Math.min(failures.current++, STEPS.length - 1)]!;
      const asked = error instanceof Away ? (error.retryAfter ?? 0) : 0;
      const seconds = Math.max(step, Math.min(asked, 30));
      setUntil(Date.now() + seconds * 1000);
      timer.current = setTimeout(ask, seconds * 1000);
    }
  }, []);
  useEffect(() => {
    void ask();
    addEventListener('online', ask);
    return () => {
      clearTimeout(timer.current);
      removeEventListener('online', ask);
    };
  }, [ask]);
  return until === null ? null : { until, now: ask };
}

export function FirstLoad({ until, now }: { until: number; now(): void }) {
  const t = useT();
  return (
    <main className="auth">
      <div className="auth-card" role="status">
        <Mark />
        <h1>{t.trouble.firstTitle}</h1>
        <p className="auth-tagline">{t.trouble.firstText}</p>
        <Retry until={until} now={now} />
      </div>
    </main>
  );
}
