import type { Lang } from './prefs';

export type Due = { date: string; time?: string; zone?: string };
export type Urgency = 'late' | 'today' | 'later';

const DAY = 86_400_000;
const pad = (n: number, size = 2) => String(n).padStart(size, '0');

/** The calendar date of an instant where the reader is. */
export function localDate(at: Date): string {
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

function zoneOffset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'));
  return wall - Math.floor(at / 60_000) * 60_000;
}

/** The instant of a wall-clock time in a zone; twice, because the offset may change in between. */
export function instantOf(due: Due): Date | null {
  if (!due.time || !due.zone) return null;
  const wall = Date.parse(`${due.date}T${due.time}:00Z`);
  try {
    const first = wall - zoneOffset(wall, due.zone);
    return new Date(wall - zoneOffset(first, due.zone));
  } catch {
    return new Date(wall);
  }
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
