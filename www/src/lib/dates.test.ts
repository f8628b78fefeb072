import { describe, expect, it, vi } from 'vitest';
import { addDays, dueText, instantOf, localZone, urgency, zoneNames } from './dates';

const at = (wall: string, zone: string) => {
  const [date = '', time = ''] = wall.split(' ');
  return instantOf({ date, time, zone })?.toISOString().slice(0, 16);
};

describe('a wall-clock time in its zone (RFC 5545, 3.3.5)', () => {
  it.each([
    // A time that is left out: the offset from before the gap.
    ['2026-03-08 00:30', 'America/Havana', '2026-03-08T05:30'],
    ['2026-03-08 02:30', 'America/New_York', '2026-03-08T07:30'],
    ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:30'],
    ['2026-03-29 00:30', 'Asia/Beirut', '2026-03-28T22:30'],
    ['2026-10-04 02:15', 'Australia/Lord_Howe', '2026-10-03T15:45'],
    ['2011-12-30 12:00', 'Pacific/Apia', '2011-12-30T22:00'],
    // One that comes twice: the first.
    ['2026-11-01 00:30', 'America/Havana', '2026-11-01T04:30'],
    ['2026-11-01 01:30', 'America/New_York', '2026-11-01T05:30'],
    ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30'],
    ['2026-04-05 01:45', 'Australia/Lord_Howe', '2026-04-04T14:45'],
    // Any other.
    ['2026-11-23 18:00', 'Asia/Seoul', '2026-11-23T09:00'],
    ['2026-07-01 09:00', '+05:45', '2026-07-01T03:15'],
    ['2026-07-01 09:00', '-03:30', '2026-07-01T12:30'],
    ['2026-07-01 09:00', '+00:00', '2026-07-01T09:00'],
    ['2026-07-01 09:00', 'EST5EDT', '2026-07-01T13:00'],
  ])('%s %s', (wall, zone, utc) => expect(at(wall, zone)).toBe(utc));

  it('agrees with the clock of every zone, minute by minute around every change', () => {
    const wrong: string[] = [];
    for (const zone of Intl.supportedValuesOf('timeZone'))
      for (const change of changes(zone, 2025, 2027)) wrong.push(...aroundOf(zone, change));
    expect(wrong).toEqual([]);
  });

  it('agrees around the changes of the past', () => {
    const zones = ['Pacific/Apia', 'Africa/Monrovia', 'Asia/Pyongyang', 'Europe/Dublin'];
    const wrong = [...zones, 'America/Caracas', 'Antarctica/Troll', 'Asia/Kathmandu'].flatMap((z) =>
      changes(z, 1970, 2025).flatMap((change) => aroundOf(z, change)),
    );
    expect(wrong).toEqual([]);
  });
});

// Brute force: only what the zone's clock shows, looked at hour by hour, then second by second.
const shows = new Map<string, Intl.DateTimeFormat>();
function clock(zone: string, utc: number): string {
  let form = shows.get(zone);
  if (!form) {
    form = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    shows.set(zone, form);
  }
  return form.format(utc);
}
const ahead = (zone: string, utc: number) =>
  Date.parse(`${clock(zone, utc).replace(' ', 'T')}Z`) - utc;

function changes(zone: string, from: number, to: number): number[] {
  const found: number[] = [];
  const step = 7 * 86_400_000;
  const end = Date.UTC(to, 0);
  for (let low = Date.UTC(from, 0), was = ahead(zone, low); low < end; low += step) {
    const is = ahead(zone, low + step);
    if (is !== was) {
      let [a, b] = [low, low + step];
      while (b - a > 1000) {
        const middle = Math.floor((a + b) / 2000) * 1000;
        if (ahead(zone, middle) === was) a = middle;
        else b = middle;
      }
      found.push(b);
    }
    was = is;
  }
  return found;
}

/** Wall times from an hour before the change to an hour after it, every five minutes. */
function aroundOf(zone: string, change: number): string[] {
  const before = ahead(zone, change - 1000);
  const after = ahead(zone, change);
  const wrong: string[] = [];
  const first = Math.floor((change + Math.min(before, after)) / 60_000) * 60_000 - 3_600_000;
  const last = change + Math.max(before, after) + 3_600_000;
  for (let wall = first; wall <= last; wall += 300_000) {
    const text = new Date(wall).toISOString().slice(0, 16).replace('T', ' ');
    const right =
      wall - before < change
        ? wall - before
        : wall - after >= change
          ? wall - after
          : wall - before;
    const is = at(text, zone);
    const wanted = new Date(right).toISOString().slice(0, 16);
    if (is !== wanted) wrong.push(`${zone} ${text}: ${is} instead of ${wanted}`);
  }
  return wrong;
}

describe('names of zones', () => {
  const here = (timeZone: string | undefined, minutes: number) => {
    const resolved = {
      ...Intl.DateTimeFormat().resolvedOptions(),
      timeZone,
    } as Intl.ResolvedDateTimeFormatOptions;
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue(resolved);
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-minutes);
    const zone = localZone();
    vi.restoreAllMocks();
    return zone;
  };
  it.each([
    ['Asia/Seoul', 540, 'Asia/Seoul'],
    ['Asia/Calcutta', 330, 'Asia/Calcutta'],
    ['+00:00', 0, 'UTC'],
    ['+05:30', 330, '+05:30'],
    ['Etc/Unknown', 0, 'UTC'],
    ['Etc/Unknown', -210, '-03:30'],
    [undefined, 540, '+09:00'],
    ['', 0, 'UTC'],
  ])('this device says %s', (name, minutes, wanted) => expect(here(name, minutes)).toBe(wanted));

  it('stand in the list once, under the name that the item has', () => {
    const [one, other] = Intl.supportedValuesOf('timeZone').includes('Asia/Calcutta')
      ? ['Asia/Kolkata', 'Asia/Calcutta']
      : ['Asia/Calcutta', 'Asia/Kolkata'];
    expect(zoneNames(one)).toContain(one);
    expect(zoneNames(one)).not.toContain(other);
    for (const name of [one, 'Asia/Seoul', 'UTC', '+09:00', 'No/Where', 'EST5EDT']) {
      const names = zoneNames(name);
      expect(names.filter((n) => n === name)).toHaveLength(1);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('dates', () => {
  const now = new Date(2026, 10, 23, 12, 0);
  it.each([
    ['2026-11-23', 'today', '오늘', 'Today'],
    ['2026-11-24', 'later', '내일', 'Tomorrow'],
    ['2026-11-22', 'late', '어제', 'Yesterday'],
    ['2026-11-27', 'later', '금요일', 'Friday'],
    ['2026-12-13', 'later', '12월 13일', 'Dec 13'],
    ['2027-01-02', 'later', '2027년 1월 2일', 'Jan 2, 2027'],
  ])('%s is %s', (date, kind, ko, en) => {
    expect(urgency({ date }, now)).toBe(kind);
    expect(dueText({ date }, now, 'ko')).toBe(ko);
    expect(dueText({ date }, now, 'en')).toBe(en);
  });
  it('knows when a wall clock strikes in its zone, also around a change to summer time', () => {
    const at = (date: string, time: string, zone: string) =>
      instantOf({ date, time, zone })?.toISOString();
    expect(at('2026-11-23', '18:00', 'Asia/Seoul')).toBe('2026-11-23T09:00:00.000Z');
    expect(at('2026-03-08', '12:00', 'America/New_York')).toBe('2026-03-08T16:00:00.000Z');
    expect(at('2026-03-08', '01:30', 'America/New_York')).toBe('2026-03-08T06:30:00.000Z');
  });
  it('adds days over the end of a month', () =>
    expect(addDays('2026-11-30', 1)).toBe('2026-12-01'));
});
