import { useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Icon } from '@/components/icon';
import { addDays, type Due, localDate, localZone, zoneNames } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useLang } from '@/lib/prefs';
import { dateLocale, formatDate, formatTime, parseDate, parseTime } from '@/lib/typed';
import type { When } from '../ui';
import { type Draft, useLeaving } from './draft';
import { TypedField } from './typed-field';

type Typing = {
  typed: When;
  onType: Draft['type'];
  /** The item is no more, and nothing can be saved in it. */
  isGone(): boolean;
};
type Props = Typing & { due: Due | null; onEdit(due: Due | null): void };

/** When it is needed: a night may have passed since this was drawn. */
const today = () => localDate(new Date());

/** Each change is saved as it is made; the focus goes on where the next one is. */
export function DueEditor({ due, onEdit, ...typing }: Props) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const setDate = (date: string) => onEdit(date ? { ...due, date } : null);
  function then(next: Due | null, focus = ''): void {
    if (focus) flushSync(() => onEdit(next));
    else onEdit(next);
    if (focus) box.current?.querySelector<HTMLElement>(focus)?.focus({ preventScroll: true });
  }
  const chips = [
    [t.card.today, 0],
    [t.card.tomorrow, 1],
    [t.card.nextWeek, 7],
  ] as const;
  return (
    <div className="due-editor" ref={box}>
      <DateField due={due} onChange={setDate} {...typing} />
      {!due &&
        chips.map(([label, days]) => (
          <button
            key={label}
            type="button"
            className="chip"
            onClick={() => then({ date: addDays(today(), days) }, '[name=add-time]')}
          >
            {label}
          </button>
        ))}
      {due?.time === undefined && due && (
        <button
          type="button"
          name="add-time"
          className="chip"
          onClick={() =>
            then({ date: due.date, time: '09:00', zone: localZone() }, '[name=due-time]')
          }
        >
          <Icon name="clock" />
          {t.card.addTime}
        </button>
      )}
      {due?.time !== undefined && <Time due={due} then={then} {...typing} />}
      {due && (
        <button
          type="button"
          className="icon-button"
          aria-label={t.card.noDue}
          title={t.card.noDue}
          onClick={() => then(null, '.chip')}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

type DateProps = Typing & { due: Due | null; onChange(date: string): void };

function DateField({ due, onChange, typed, onType, isGone }: DateProps) {
  const t = useT();
  const locale = dateLocale(useLang());
  return (
    <TypedField
      name="due-date"
      type="date"
      label={t.card.date}
      pick={t.due.pickDate}
      value={due?.date ?? ''}
      shown={due ? formatDate(due.date, locale) : ''}
      example={formatDate(`${today().slice(0, 4)}-12-24`, locale)}
      typed={typed.date?.text}
      parse={(text) => parseDate(text, locale, today())}
      onType={(text, date) => onType('date', text, date ? { ...due, date } : null)}
      onChange={onChange}
      isGone={isGone}
    />
  );
}

type TimeProps = Typing & { due: Due; then(due: Due, focus?: string): void };

function Time({ due, then, typed, onType, isGone }: TimeProps) {
  const t = useT();
  const locale = dateLocale(useLang());
  const zone = due.zone ?? localZone();
  const at = (time: string) => ({ date: due.date, time: time.slice(0, 5), zone });
  const setTime = (time: string) => {
    if (time) return then(at(time));
    const inside = document.activeElement?.matches('[name=due-time]');
    then({ date: due.date }, inside ? '[name=add-time]' : '');
  };
  return (
    <>
      <TypedField
        name="due-time"
        type="time"
        label={t.card.time}
        pick={t.due.pickTime}
        value={due.time ?? ''}
        shown={due.time ? formatTime(due.time, locale) : ''}
        example={formatTime('15:30', locale)}
        typed={typed.time?.text}
        parse={(text) => parseTime(text, locale)}
        onType={(text, time) => onType('time', text, time ? at(time) : null)}
        onChange={setTime}
        isGone={isGone}
      />
      <Zone zone={zone} onChange={(next) => then({ ...due, zone: next })} />
    </>
  );
}

/** Arrow keys walk through the zones: the one where they stop is saved. */
function Zone({ zone, onChange }: { zone: string; onChange(zone: string): void }) {
  const t = useT().card;
  const [chosen, setChosen] = useState<string | null>(null);
  const names = useMemo(() => zoneNames(zone), [zone]);
  const commit = () => {
    setChosen(null);
    if (chosen !== null && chosen !== zone) onChange(chosen);
  };
  useLeaving(commit, commit);
  return (
    <select
      name="due-zone"
      aria-label={t.zone}
      value={chosen ?? zone}
      onChange={(event) => setChosen(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key !== 'Escape' || chosen === null) return;
        event.preventDefault();
        setChosen(null);
      }}
    >
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
