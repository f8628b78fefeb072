// Dates and times as people write them, and as they are shown in the field.
import { addDays } from './dates';
import { type Lang, usePrefs } from './prefs';

type Part = 'year' | 'month' | 'day';
type Order = readonly [Part, Part, Part];

const ISO: Order = ['year', 'month', 'day'];
const ORDERS: readonly Order[] = [['month', 'day', 'year'], ['day', 'month', 'year'], ISO];
const pad = (n: number, size = 2) => String(n).padStart(size, '0');
const isDigit = (code: number) => /\p{Nd}/u.test(String.fromCodePoint(code));

/** Of any script: the ten digits of each stand together, in order (Unicode 4.6). */
function digit(letter: string): string {
  const code = letter.codePointAt(0)!;
  let n = 0;
  while (isDigit(code - n - 1)) n++;
  return String(n % 10);
}

/** In one form, whatever keyboard it was typed on, without marks of direction. */
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/[\u200e\u200f\u061c]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\p{Nd}/gu, digit)
    .trim()
    .toLowerCase();

/** How dates are written: as the browser's first language does, unless another one was chosen. */
export function dateLocale(lang: Lang, chosen = usePrefs.getState().lang !== 'auto'): string {
  const languages = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
  const fits = (name: string) => !chosen || name.toLowerCase().split('-')[0] === lang;
  return languages.find(fits) ?? lang;
}

const form = (locale: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, {
    ...{ timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn' },
    ...options,
  });
const dateForm = (locale: string) =>
  form(locale, { year: 'numeric', month: '2-digit', day: '2-digit' });
const timeForm = (locale: string, hour12?: boolean) =>
  form(locale, { hour: 'numeric', minute: '2-digit', ...(hour12 && { hour12 }) });
const shown = (text: string) => text.replace(/[\u202f\u00a0]/g, ' ').replace(/[\u200e\u200f]/g, '');

export function formatDate(date: string, locale: string): string {
  if (!orderOf(locale)) return date;
  return shown(dateForm(locale).format(new Date(`${date}T00:00:00Z`)));
}

export function formatTime(time: string, locale: string): string {
  return shown(timeForm(locale).format(new Date(`2000-01-01T${time}:00Z`)));
}

/** What stands between the numbers of a date, and behind them. */
const literalsOf = (locale: string): string =>
  dateForm(locale)
    .formatToParts(0)
    .map((part) => (part.type === 'literal' ? plain(part.value) : ''))
    .join('');

/** None of an order that nobody writes, such as that of Kyrgyz in CLDR: year, day, month. */
function orderOf(locale: string): Order | undefined {
  const parts = dateForm(locale).formatToParts(0);
  const order = parts.map((p) => p.type).filter((type) => ISO.includes(type as Part));
  return ORDERS.find((known) => known.join() === order.join());
}

function valid(year: number, month: number, day: number): string | null {
  const at = new Date(Date.UTC(year, month - 1, day));
  const same = at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return same && year >= 1970 && year <= 9999 ? `${year}-${pad(month)}-${pad(day)}` : null;
}

function arranged(parts: readonly string[], order: Order): string | null {
  const get = (part: Part) => parts[order.indexOf(part)] ?? '';
  const year = get('year');
  if (year.length !== 2 && year.length !== 4) return null;
  if (get('month').length > 2 || get('day').length > 2) return null;
  return valid(Number(year) + (year.length === 2 ? 2000 : 0), +get('month'), +get('day'));
}

// The language's order first; another one only where no other reading is left.
function threeParts(parts: readonly string[], order: Order): string | null {
  const orders = parts[0]?.length === 4 ? [ISO] : [order, ...ORDERS.filter((o) => o !== order)];
  for (const each of orders) {
    const date = arranged(parts, each);
    if (date) return date;
  }
  return null;
}

/** The next such day, today included. */
function coming(today: string, fits: (date: string) => boolean): string | null {
  for (let i = 0, date = today; i < 4 * 366; i++, date = addDays(date, 1))
    if (fits(date)) return date;
  return null;
}

function fewerParts(parts: readonly string[], order: Order, today: string): string | null {
  if (parts.some((part) => part.length > 2)) return null;
  const [first = '', second = ''] = parts.map((part) => pad(+part));
  if (parts.length === 1) return coming(today, (date) => date.endsWith(`-${first}`));
  const dayFirst = order.indexOf('day') < order.indexOf('month');
  const end = dayFirst ? `-${second}-${first}` : `-${first}-${second}`;
  return coming(today, (date) => date.endsWith(end));
}

function split(digits: string, order: Order): string[] | null {
  const year = digits.length - 4;
  if (year !== 0 && year !== 2 && year !== 4) return null;
  const parts: string[] = [];
  let at = 0;
  for (const part of order) {
    const size = part === 'year' ? year : 2;
    if (size) parts.push(digits.slice(at, at + size));
    at += size;
  }
  return parts;
}

function fromDigits(digits: string, order: Order, today: string): string | null {
  if (digits.length <= 2) return fewerParts([digits], order, today);
  for (const each of [order, ISO]) {
    const parts = split(digits, each);
    const read = parts?.length === 3 ? arranged(parts, each) : null;
    if (read) return read;
  }
  const parts = split(digits, order);
  return parts?.length === 2 ? fewerParts(parts, order, today) : null;
}

const SEPARATORS = ' ./-,،년월일年月日';

/**
 * A date in the order of the locale, with or without separators (12/24/2026, 1/2/27, 12242026), in
 * ISO order (2026-12-24, 20261224), without the year or the month (12/24, 24.): the next one then.
 * null: not a date.
 */
export function parseDate(text: string, locale: string, today: string): string | null {
  const words = plain(text);
  const known = SEPARATORS + literalsOf(locale);
  if ([...words.replace(/\d/g, '')].some((letter) => !known.includes(letter))) return null;
  const parts = words.match(/\d+/g) ?? [];
  const order = /[월月]/.test(words) ? ISO : (orderOf(locale) ?? ISO);
  if (parts.length === 3) return threeParts(parts, order);
  if (parts.length === 1) return fromDigits(parts[0] ?? '', order, today);
  return parts.length === 2 ? fewerParts(parts, order, today) : null;
}

const HALF = /^(?:am|a|a\.m\.|오전)$/;
const TIME =
  /^(am|pm|오전|오후)? ?(\d{1,2})(?:(?: ?[:.시時时點点h] ?)(\d{2}|반|半)?(?: ?[분分])?|(\d{2}))? ?(am|pm|a|p|a\.m\.|p\.m\.|오전|오후|uhr)?$/;

/** What the locale calls the half of the day that has this hour. */
function halfOf(hour: number, locale: string): string {
  const parts = timeForm(locale, true).formatToParts(Date.UTC(2000, 0, 1, hour));
  return plain(parts.find((part) => part.type === 'dayPeriod')?.value ?? '');
}

/** Without what the locale writes behind each time: "ч." in Bulgarian, by CLDR before 42. */
function withoutUnit(words: string, locale: string): string {
  const last = timeForm(locale).formatToParts(0).at(-1);
  const unit = last?.type === 'literal' ? plain(last.value) : '';
  return unit && words.endsWith(unit) ? words.slice(0, -unit.length).trim() : words;
}

/**
 * 15:30, 1530, 3:30 PM, 3pm, 15, 오후 3:30, 오후 3시 반, with the locale's own words for AM and PM;
 * null: not a time.
 */
export function parseTime(text: string, locale: string): string | null {
  const words = withoutUnit(plain(text), locale)
    .replace(halfOf(9, locale) || 'am', 'am')
    .replace(halfOf(15, locale) || 'pm', 'pm');
  const found = TIME.exec(words);
  if (!found) return null;
  const [, ahead, hours = '', apart, joined, behind] = found;
  const half = ahead ?? (behind === 'uhr' ? undefined : behind);
  const minute = /[반半]/.test(apart ?? '') ? 30 : Number(apart ?? joined ?? 0);
  let hour = Number(hours);
  if (half && hour <= 12) hour = (hour % 12) + (HALF.test(half) ? 0 : 12);
  else if (half && (hour > 23 || HALF.test(half))) return null;
  return hour < 24 && minute < 60 ? `${pad(hour)}:${pad(minute)}` : null;
}
