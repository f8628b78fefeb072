import { part } from '@/components/part';
import { useT } from '@/lib/i18n';
import { useUnsaved } from './store';

const UnsavedDialog = part(
  (t) => t.unsaved.title,
  () => import('./unsaved-dialog'),
);

/** Above the list while there is anything that could not be saved; opens the dialog with it. */
export function UnsavedLine() {
  const t = useT().unsaved;
  const count = useUnsaved((s) => s.entries.length);
  const shown = useUnsaved((s) => s.shown);
  return (
    <>
      {count > 0 && (
        <p className="unsaved-line">
          <span role="status">{t.line(count)}</span>
          <button
            type="button"
            className="text-button"
            aria-haspopup="dialog"
            onClick={() => useUnsaved.setState({ shown: true })}
          >
            {t.show}
          </button>
        </p>
      )}
      {shown && <UnsavedDialog onClose={() => useUnsaved.setState({ shown: false })} />}
    </>
  );
}
