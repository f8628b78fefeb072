import { Icon } from '@/components/icon';
import { addDays, type Due, localDate, localZone } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useNow } from '@/lib/now';

type Props = { due: Due | null; onEdit(due: Due | null): void };

const zones: string[] = Intl.supportedValuesOf?.('timeZone') ?? [];

export function DueEditor({ due, onEdit }: Props) {
  const t = useT().card;
  const today = localDate(useNow());
  const setDate = (date: string) => onEdit(date ? { ...due, date } : null);
  const chips = [
    [t.today, today],
    [t.tomorrow, addDays(today, 1)],
    [t.nextWeek, addDays(today, 7)],
  ] as const;
  return (
    <div className="due-editor">
      <input
        type="date"
        name="due-date"
        aria-label={t.date}
        min="1970-01-01"
        max="9999-12-31"
        value={due?.date ?? ''}
        onChange={(event) => event.target.validity.valid && setDate(event.target.value)}
      />
      {!due &&
        chips.map(([label, date]) => (
          <button key={label} type="button" className="chip" onClick={() => setDate(date)}>
            {label}
          </button>
        ))}
      {due && <Time due={due} onEdit={onEdit} />}
      {due && (
        <button
          type="button"
          className="icon-button"
          aria-label={t.noDue}
          title={t.noDue}
          onClick={() => onEdit(null)}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function Time({ due, onEdit }: { due: Due; onEdit(due: Due): void }) {
  const t = useT().card;
  const zone = due.zone ?? localZone();
  if (due.time === undefined)
    return (
      <button
        type="button"
        className="chip"
        onClick={() => onEdit({ date: due.date, time: '09:00', zone })}
      >
        <Icon name="clock" />
        {t.addTime}
      </button>
    );
  return (
    <>
      <input
        type="time"
        name="due-time"
        aria-label={t.time}
        value={due.time}
        onChange={({ target: { value } }) =>
          onEdit(value ? { date: due.date, time: value.slice(0, 5), zone } : { date: due.date })
        }
      />
      <select
        name="due-zone"
        aria-label={t.zone}
        value={zone}
        onChange={(event) => onEdit({ ...due, zone: event.target.value })}
      >
        {(zones.includes(zone) ? zones : [zone, ...zones]).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </>
  );
}
