import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { focusHome } from '@/lib/focus';
import { useT } from '@/lib/i18n';

/** Counts down to the next try, and tries at once when pressed. */
export function Retry({ until, now }: { until: number; now(): void }) {
  const t = useT();
  const seconds = useCountdown(until);
  const button = useRef<HTMLButtonElement>(null);
  // It goes away when the server is back: not with the focus.
  useLayoutEffect(() => {
    const own = button.current;
    return () => {
      if (document.activeElement === own) requestAnimationFrame(focusHome);
    };
  }, []);
  return (
    <button
      ref={button}
      type="button"
      className="text-button retry"
      title={t.syncProblem.now}
      onClick={now}
    >
      {seconds > 0 ? t.syncProblem.retry(seconds) : t.syncProblem.trying}
    </button>
  );
}

function useCountdown(until: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
