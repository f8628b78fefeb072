import type { Schemas } from './api-client';
import type { Lang } from './prefs';

export type Due = NonNullable<Schemas['Due']>;
type Urgency = 'late' | 'today' | 'later';

const DAY = 86_400_000;
const pad = (n: number, size = 2) => String(n).padStart(size, '0');

/** The calendar date of an instant where the reader is. */
export function localDate(at: Date): string {
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

const OFFSET = /^([+-])(\d\d):(\d\d)$/;

/** The zone of this device, by a name that the server knows; its offset where it has no name. */
export function localZone(): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;
  if (name && name !== 'Etc/Unknown' && !OFFSET.test(name)) return name;
  const minutes = -new Date().getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** Every zone once, under the name that the item has: browsers know others by older names. */
export function zoneNames(current: string): string[] {
  const known = [...(Intl.supportedValuesOf?.('timeZone') ?? [])];
  if (!known.includes('UTC')) known.push('UTC');
  if (known.includes(current)) return known;
  const same = clockOf(current)?.resolvedOptions().timeZone;
  const others = known.filter((name) => name !== same);
  return [...others, current].sort();
}

const clocks = new Map<string, Intl.DateTimeFormat | null>();

/** A clock of the zone; null when this browser does not know it. Making one is slow. */
function clockOf(timeZone: string): Intl.DateTimeFormat | null {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const two = '2-digit';
    try {
      clock = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
        ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two },
        ...{ hour: two, minute: two, second: two },
      });
    } catch {
      clock = null;
    }
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** What a zone's clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(at: number, zone: string): number | null {
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (sign) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const parts = clockOf(zone)?.formatToParts(at);
  if (!parts) return null;
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const days = Date.UTC(get('year'), get('month') - 1, get('day'));
  const seconds = (get('hour') * 60 + get('minute')) * 60 + get('second');
  return days + seconds * 1000 - Math.floor(at / 1000) * 1000;
}

/**
 * The instant of a wall-clock time in a zone. Of a time that comes twice, the first; one that is
 * left out is read with the offset from before the gap (RFC 5545, 3.3.5). In a zone that this
 * browser does not know: by the clock of this device.
 */
export function instantOf(due: Due): Date | null {
  if (!due.time || !due.zone) return null;
  const wall = Date.parse(`${due.date}T${due.time}:00Z`);
  const before = offsetAt(wall - DAY, due.zone);
  if (before === null) return new Date(`${due.date}T${due.time}:00`);
  if (offsetAt(wall - before, due.zone) === before) return new Date(wall - before);
  const after = offsetAt(wall + DAY, due.zone) ?? before;
  const late = offsetAt(wall - after, due.zone) === after;
  return new Date(wall - (late ? after : before));
}

export function urgency(due: Due, now: Date): Urgency {
  const at = instantOf(due);
  const today = localDate(now);
  const date = at ? localDate(at) : due.date;
  if (at ? at < now : date < today) return 'late';
  return date === today ? 'today' : 'later';
}

function dayName(date: string, now: Date, lang: Lang): string {
  const days = Math.round((Date.parse(date) - Date.parse(localDate(now))) / DAY);
  if (Math.abs(days) <= 1) {
    const text = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(days, 'day');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  const noon = new Date(`${date}T12:00:00Z`);
  const form: Intl.DateTimeFormatOptions = { timeZone: 'UTC' };
  if (days > 1 && days < 7) form.weekday = 'long';
  else {
    form.month = lang === 'ko' ? 'long' : 'short';
    form.day = 'numeric';
    if (date.slice(0, 4) !== localDate(now).slice(0, 4)) form.year = 'numeric';
  }
  return new Intl.DateTimeFormat(lang, form).format(noon);
}

export function dueText(due: Due, now: Date, lang: Lang): string {
  const at = instantOf(due);
  if (!at) return dayName(due.date, now, lang);
  const time = new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit' }).format(at);
  return `${dayName(localDate(at), now, lang)} ${time}`;
}

export function longDate(now: Date, lang: Lang): string {
  return new Intl.DateTimeFormat(lang, { month: 'long', day: 'numeric', weekday: 'long' }).format(
    now,
  );
}

export function dateTime(ts: string, lang: Lang): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(ts),
  );
}
