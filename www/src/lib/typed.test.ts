import { describe, expect, it } from 'vitest';
import { formatDate, formatTime, parseDate, parseTime } from './typed';

const TODAY = '2026-11-29';

/** One of each way in which dates or times are written. */
const LOCALES =
  `af am ar ar-EG as az be bg bn bs ca cs cy da de el en en-CA en-GB en-ZA es es-CO et eu fa
  fi fil fr fr-CA ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my ne nl no
  or pa pl ps pt ro ru sd si sk sl so sq sr sv sw ta te th tk tr uk ur uz vi zh zh-HK zh-TW zu`.split(
    /\s+/,
  );

describe('a date as it is typed', () => {
  it.each([
    ['en-US', '12242026', '2026-12-24'],
    ['en-US', '01052027', '2027-01-05'],
    ['en-US', '12/24/2026', '2026-12-24'],
    ['en-US', '1/2/27', '2027-01-02'],
    ['en-US', '2026-12-24', '2026-12-24'],
    ['en-US', '20261224', '2026-12-24'],
    ['en-US', '122426', '2026-12-24'],
    ['en-US', '12/24', '2026-12-24'],
    ['en-US', '1224', '2026-12-24'],
    ['en-US', '1/5', '2027-01-05'],
    ['en-US', '11/29', '2026-11-29'],
    ['en-US', '24.12.2026', '2026-12-24'],
    ['en-US', '5.1.2027', '2027-05-01'],
    ['en-US', '24', '2026-12-24'],
    ['en-US', '29', '2026-11-29'],
    ['en-US', '31', '2026-12-31'],
    ['en-US', '2/29', '2028-02-29'],
    ['en-GB', '24/12/2026', '2026-12-24'],
    ['en-GB', '05012027', '2027-01-05'],
    ['ko-KR', '20261224', '2026-12-24'],
    ['ko-KR', '2026. 12. 24.', '2026-12-24'],
    ['ko-KR', '2026.12.24', '2026-12-24'],
    ['ko-KR', '20270105', '2027-01-05'],
    ['ko-KR', '27. 1. 5.', '2027-01-05'],
    ['ko-KR', '261224', '2026-12-24'],
    ['ko-KR', '2026년 12월 24일', '2026-12-24'],
    ['ko-KR', '12월 24일', '2026-12-24'],
    ['ko-KR', '24일', '2026-12-24'],
    ['ko-KR', '12/24', '2026-12-24'],
    ['ko-KR', '12/24/2026', '2026-12-24'],
    ['ko-KR', '２０２６．１２．２４', '2026-12-24'],
    ['ja-JP', '2026年12月24日', '2026-12-24'],
    ['ja-JP', '12月24日', '2026-12-24'],
    ['zh-TW', '2026年12月24日', '2026-12-24'],
    ['bg-BG', '24.12.2026', '2026-12-24'],
    ['bg-BG', '24.12.2026 г', '2026-12-24'],
    ['ar-EG', '٢٤/١٢/٢٠٢٦', '2026-12-24'],
    ['ar-EG', '٢٤\u200f/١٢\u200f/٢٠٢٦', '2026-12-24'],
    ['fa-IR', '۲۰۲۶/۱۲/۲۴', '2026-12-24'],
    ['hi-IN', '२४/१२/२०२६', '2026-12-24'],
    ['de-DE', '24.12.2026', '2026-12-24'],
    ['de-DE', '24122026', '2026-12-24'],
    ['de-DE', '05012027', '2027-01-05'],
    ['de-DE', '5.1.27', '2027-01-05'],
    ['de-DE', '24.12.', '2026-12-24'],
    ['de-DE', '24.', '2026-12-24'],
    ['de-DE', '2412', '2026-12-24'],
    ['de-DE', '20.12.2026', '2026-12-20'],
    ['de-DE', '20122026', '2026-12-20'],
  ])('%s: %s', (locale, text, date) => expect(parseDate(text, locale, TODAY)).toBe(date));

  it.each([
    '',
    '1',
    '02/30/2026',
    '13/32/2026',
    '1/2/3',
    '12/24/20',
    '123',
    '1/2/202',
    '12242',
    'x',
    '12/24/2026 5',
    '00/00/2026',
    '1969-12-31',
    '99999-01-01',
    '-',
    '2026-13-01',
    '32',
  ])('what is not a date, or not yet, is none: %s', (text) => {
    const read = parseDate(text, 'en-US', TODAY);
    if (text === '1') expect(read).toBe('2026-12-01');
    else if (text === '12/24/20') expect(read).toBe('2020-12-24');
    else expect(read).toBeNull();
  });

  it('is shown in the order of the language, and read back as it is shown', () => {
    expect(formatDate('2026-12-24', 'en-US')).toBe('12/24/2026');
    expect(formatDate('2026-12-24', 'ko-KR')).toBe('2026. 12. 24.');
    expect(formatDate('2026-12-24', 'de-DE')).toBe('24.12.2026');
    for (const locale of LOCALES)
      for (const date of ['2026-12-24', '2027-01-05', '1970-01-01', '9999-12-31', '2028-02-29'])
        expect([locale, parseDate(formatDate(date, locale), locale, TODAY)]).toEqual([
          locale,
          date,
        ]);
  });
});

describe('a time as it is typed', () => {
  it.each([
    ['15:30', '15:30'],
    ['1530', '15:30'],
    ['3:30 PM', '15:30'],
    ['3:30\u202fPM', '15:30'],
    ['오후 3:30', '15:30'],
    ['오후 3시 30분', '15:30'],
    ['오후 3시 반', '15:30'],
    ['15시', '15:00'],
    ['3pm', '15:00'],
    ['3 p.m.', '15:00'],
    ['9', '09:00'],
    ['930', '09:30'],
    ['15', '15:00'],
    ['15.30', '15:30'],
    ['15.30 Uhr', '15:30'],
    ['15 Uhr', '15:00'],
    ['12am', '00:00'],
    ['12 PM', '12:00'],
    ['오전 12:05', '00:05'],
    ['15:30 pm', '15:30'],
    ['0000', '00:00'],
    ['０９：３０', '09:30'],
  ])('%s', (text, time) => expect(parseTime(text, 'ko')).toBe(time));

  it.each([
    '',
    '24:00',
    '2460',
    '9:6',
    '15:3',
    '12345',
    '13am',
    'noon',
    '9:00:00',
    ':30',
    '25',
    '3:30 PM x',
  ])('not a time: %s', (text) => expect(parseTime(text, 'en')).toBeNull());

  it.each([
    ['zh-TW', '下午3:30', '15:30'],
    ['zh-TW', '下午3點半', '15:30'],
    ['ja', '午後3時30分', '15:30'],
    ['ja', '15時', '15:00'],
    ['el', '3:30 μ.μ.', '15:30'],
    ['es-CO', '3:30 p. m.', '15:30'],
    ['ar', '٣:٣٠ م', '15:30'],
    ['ar', '12:05 ص', '00:05'],
  ])('%s: %s', (locale, text, time) => expect(parseTime(text, locale)).toBe(time));

  it('is read back as it is shown', () => {
    expect(formatTime('15:30', 'en-US')).toBe('3:30 PM');
    // Node's own words are English here, the browser's are Korean.
    expect(formatTime('15:30', 'ko-KR')).toMatch(/^(오후|PM) 3:30$/);
    expect(formatTime('15:30', 'de-DE')).toBe('15:30');
    for (const locale of LOCALES)
      for (const time of ['00:00', '00:30', '09:05', '12:00', '12:30', '23:59'])
        expect([locale, parseTime(formatTime(time, locale), locale)]).toEqual([locale, time]);
  });
});
