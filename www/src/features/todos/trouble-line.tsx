import { Retry } from '@/components/retry';
import { useT } from '@/lib/i18n';
import { syncNow, useTodos } from './store';

/** The thin line under the header; its place is kept, so that nothing jumps when it comes. */
export function TroubleLine() {
  const t = useT();
  const trouble = useTodos((s) => s.trouble);
  const pending = useTodos((s) => s.pending);
  return (
    <div className={trouble ? 'trouble trouble-on' : 'trouble'}>
      {/* The countdown stays out of the live region: nobody wants every second read out. */}
      <p role="status">
        {trouble && t.trouble[trouble.kind]}
        {trouble && pending > 0 && ` ${t.trouble.pending(pending)}`}
      </p>
      {trouble && <Retry until={trouble.retryAt} now={syncNow} />}
    </div>
  );
}
