import { Retry } from '@/components/retry';
import { useT } from '@/lib/i18n';
import { useOnlyHere } from '@/lib/storage';
import { syncNow, useTodos } from './store';

/** The thin line under the header; its place is kept, so that nothing jumps when it comes. */
export function SyncProblemLine() {
  const t = useT().syncProblem;
  const syncProblem = useTodos((s) => s.syncProblem);
  const pending = useTodos((s) => s.pending);
  const onlyHere = useOnlyHere();
  const texts = [];
  if (onlyHere) texts.push(t.onlyHere);
  else if (syncProblem) texts.push(t[syncProblem.kind]);
  if (syncProblem && pending > 0) texts.push(t.pending(pending));
  return (
    <div className={texts.length > 0 ? 'sync-problem sync-problem-on' : 'sync-problem'}>
      {/* The countdown stays out of the live region: nobody wants every second read out. */}
      <p role="status">{texts.join(' ')}</p>
      {syncProblem?.kind === 'foreign' && !onlyHere && <Reload />}
      {syncProblem && <Retry until={syncProblem.retryAt} now={syncNow} />}
    </div>
  );
}

/** A log-in page in front of the server is seen by loading the page anew. */
export function Reload() {
  const t = useT().syncProblem;
  return (
    <button type="button" className="text-button" onClick={() => location.reload()}>
      {t.reload}
    </button>
  );
}
