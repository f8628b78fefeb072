import { Dialog } from '@/components/dialog';
import { useT } from '@/lib/i18n';
import { useOnlyHere } from '@/lib/storage';

type Props = { waiting: number; onClose(): void; onLeave(erase: boolean): void };

/** Asked before a log-out while something is not saved. */
export default function LeaveDialog({ waiting, onClose, onLeave }: Props) {
  const t = useT();
  const onlyHere = useOnlyHere();
  return (
    <Dialog title={t.leave.title} onClose={onClose}>
      <p className="dialog-text">{t.leave.text(waiting)}</p>
      <div className="actions">
        {!onlyHere && (
          <button type="button" className="button button-main" onClick={() => onLeave(false)}>
            {t.leave.keep}
          </button>
        )}
        <button type="button" className="button button-danger" onClick={() => onLeave(true)}>
          {t.leave.erase}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {t.cancel}
        </button>
      </div>
    </Dialog>
  );
}
