// Makes the README's pictures, docs/screenshots/*.png, from a fresh account at BASE_URL.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addField, newLogin, open, PHONE, startBrowser, stopBrowser, withItems } from './support.mjs';

const OUT = process.argv[2] ?? fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const seoul = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Seoul' });
const inDays = (n) => ({ date: seoul.format(Date.now() + n * 86_400_000) });
const today = { ...inDays(0), time: '18:00', zone: 'Asia/Seoul' };

const ITEMS = {
  ko: [
    { title: '장 보기: 우유, 달걀, 두부' },
    { title: '치과 예약 전화', note: '오후가 좋겠어요.', due: inDays(-1) },
    { title: '분기 보고서 초안 보내기', note: '김 팀장님께 먼저 보여 드리기', due: today },
    { title: '엄마 생신 선물 고르기', due: inDays(1) },
    { title: 'React 19 문서에서 Actions 읽기' },
    { title: '헬스장 등록 연장', due: inDays(4) },
    { title: '전기 요금 내기', done: true },
    { title: '여권 갱신 서류 챙기기', note: '사진 2장, 신분증', due: inDays(20) },
  ],
  en: [
    { title: 'Buy milk, eggs and tofu' },
    { title: 'Call the dentist', note: 'Afternoons are best.', due: inDays(-1) },
    { title: 'Send the draft of the quarterly report', note: 'Show it to Kim first', due: today },
    { title: 'Choose a present for Mum', due: inDays(1) },
    { title: 'Read about Actions in React 19' },
    { title: 'Renew the gym membership', due: inDays(4) },
    { title: 'Pay the electricity bill', done: true },
    { title: 'Get the papers for the passport', note: '2 photos, ID card', due: inDays(20) },
  ],
};

const desktop = { viewport: { width: 960, height: 720 } };
const phone = { ...PHONE, deviceScaleFactor: 2 };
const SHOTS = [
  { name: 'desktop-light-en', lang: 'en', theme: 'light', options: desktop, openRow: 2 },
  { name: 'desktop-dark-ko', lang: 'ko', theme: 'dark', options: desktop },
  { name: 'phone-light-ko', lang: 'ko', theme: 'light', options: phone },
  { name: 'phone-dark-en', lang: 'en', theme: 'dark', options: phone },
];

async function shoot({ name, lang, theme, options, openRow }) {
  const cleanup = [];
  const locale = lang === 'ko' ? 'ko-KR' : 'en-US';
  const page = await open({ after: (f) => cleanup.push(f) }, { ...options, locale, colorScheme: theme });
  await withItems(page, ITEMS[lang], newLogin());
  await addField(page).blur();
  if (openRow !== undefined) await page.locator('.row-open').nth(openRow).click();
  // Still pictures: no row below the pointer, the end of every movement, and no caret.
  await page.mouse.move(2, 2);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((a) => a.finished)));
  await page.screenshot({ path: `${OUT}/${name}.png`, caret: 'hide' });
  for (const f of cleanup) await f();
}

mkdirSync(OUT, { recursive: true });
await startBrowser();
try {
  for (const shot of SHOTS) await shoot(shot);
} finally {
  await stopBrowser();
}
