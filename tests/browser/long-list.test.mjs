// Lists of 1,000 and 10,000 items: Hangul at the pace of a quick typist on a slow machine, the
// keyboard, dragging, and what one check mark touches.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  addField, BASE, chromiumTest, focusedTitle, logIn, newLogin, open, PHONE, row, signUp, startBrowser,
  stopBrowser, waitServer, waitTitles, withItems,
} from './support.mjs';

const SIZES = [1000, 10_000];
// Hangul is typed into the large one as well: so many fewer, or it would be full.
const SPARE = 40;
const WRITERS = 24;
const logins = new Map();

before(async () => {
  await startBrowser();
  for (const size of SIZES) logins.set(size, await seed(size - SPARE));
});
after(stopBrowser);

const number = (i) => `Item ${String(i).padStart(5, '0')}`;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Keys of one length ascend like the numbers. */
const key = (i) => `c${[62 ** 2, 62, 1].map((p) => DIGITS[Math.floor(i / p) % 62]).join('')}`;

async function seed(n) {
  const login = newLogin();
  const context = { after: (f) => (context.done = f) };
  const page = await open(context);
  await signUp(page, login);
  const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
  const headers = { cookie, 'content-type': 'application/json', origin: BASE };
  const ask = async (method, path, body) => {
    const answer = await fetch(`${BASE}/api/v1${path}`, { method, headers, body });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.status === 204 ? null : answer.json();
  };
  for (const { id } of (await ask('GET', '/todos?filter=all')).items) await ask('DELETE', `/todos/${id}`);
  let next = 0;
  const write = async () => {
    for (let i = next++; i < n; i = next++) {
      const more = i % 7 === 3 ? { note: 'a note' } : {};
      const body = JSON.stringify({ title: number(i), position: key(i), ...more });
      await ask('PUT', `/todos/${randomUUID()}`, body);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await context.done();
  return login;
}

async function openLong(t, size, options) {
  const page = await open(t, options);
  page.setDefaultTimeout(20_000);
  await logIn(page, logins.get(size));
  await row(page, number(0)).waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton'));
  return page;
}

const waitFocus = (page, title) =>
  page.waitForFunction(
    (title) => document.activeElement?.querySelector('.row-title')?.textContent === title,
    title,
  );

const inView = (page) =>
  page.evaluate(() => {
    const box = document.activeElement.closest('[data-row]')?.getBoundingClientRect();
    const bar = document.querySelector('.add').getBoundingClientRect();
    return box && box.top >= bar.bottom && box.bottom <= innerHeight;
  });

const JAMO = {
  물: ['ㅁ', '무', '물'], 불: ['ㅂ', '부', '불'], 술: ['ㅅ', '수', '술'], 굴: ['ㄱ', '구', '굴'],
  줄: ['ㅈ', '주', '줄'], 둘: ['ㄷ', '두', '둘'], 풀: ['ㅍ', '푸', '풀'], 꿀: ['ㄲ', '꾸', '꿀'],
};
const WORDS = ['물', '불', '술', '굴', '줄', '둘', '풀', '꿀'];

/** As an input method sends it, at its own pace: nobody waits for the page. */
async function typeWords(cdp, pace) {
  const sent = [];
  const send = (method, parameters) => sent.push(cdp.send(method, parameters));
  for (const word of WORDS) {
    for (const text of JAMO[word]) {
      send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 });
      await pause(pace);
    }
    send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
    send('Input.insertText', { text: word });
    await pause(pace);
  }
  await Promise.all(sent);
}

const lastTitles = (n) => [...document.querySelectorAll('.row-title')].slice(-n).map((e) => e.textContent);

/** The list ends with these; and the last of them is seen. */
async function waitLast(page, wanted) {
  await page
    .waitForFunction(
      (wanted) => {
        const rows = [...document.querySelectorAll('.row-title')].slice(-wanted.length);
        const seen = rows.at(-1).getBoundingClientRect().bottom <= innerHeight;
        return seen && JSON.stringify(rows.map((e) => e.textContent)) === JSON.stringify(wanted);
      },
      wanted,
      { timeout: 10_000 },
    )
    .catch(async (cause) => {
      assert.deepEqual(await page.evaluate(lastTitles, wanted.length), wanted);
      throw new Error('the last row is out of sight', { cause });
    });
}

for (const size of SIZES)
  chromiumTest(`${size} items, a quarter of the CPU: Hangul at 70 and 120 ms a key`, async (t) => {
    const page = await openLong(t, size, { locale: 'ko-KR' });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await addField(page).focus();
    for (const pace of [70, 120]) {
      const before = await row(page, '꿀').count();
      await typeWords(cdp, pace);
      await page.waitForFunction((n) => [...document.querySelectorAll('.row-title')].filter((e) => e.textContent.includes('꿀')).length > n, before);
      await waitLast(page, WORDS);
      assert.equal(await addField(page).inputValue(), '');
    }
    // Letters too: what follows an Enter belongs to the next item.
    await page.keyboard.type('milk\neggs\nbread\n', { delay: 20 });
    await row(page, 'bread').waitFor();
    await waitLast(page, ['milk', 'eggs', 'bread']);
  });

test('10,000 items: one check mark touches one row, and the page has only those near the window', async (t) => {
  const page = await openLong(t, 10_000);
  assert.ok((await page.locator('[data-row]').count()) < 150);
  const first = page.locator('[data-row]').first();
  assert.equal(await first.getAttribute('aria-posinset'), '1');
  assert.ok(Number(await first.getAttribute('aria-setsize')) >= 9000);
  await page.evaluate(() => {
    window.touched = new Set();
    new MutationObserver((list) => {
      for (const { target } of list) {
        const id = target.parentElement?.closest('[data-row]')?.dataset.row ?? target.dataset?.row;
        if (id) window.touched.add(id);
      }
    }).observe(document.querySelector('.list'), { subtree: true, attributes: true, childList: true });
  });
  await row(page, number(2)).locator('input').check();
  await page.getByText(`Completed “${number(2)}”`).waitFor();
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('allday.op.')));
  const touched = await page.evaluate(() => window.touched.size);
  assert.ok(touched <= 3, `${touched} rows were touched`);
});

test('10,000 items by keyboard: rows are in sight, the focus outlives scrolling', async (t) => {
  const page = await openLong(t, 10_000);
  await page.keyboard.press('ArrowDown');
  await waitFocus(page, number(0));
  for (let i = 1; i <= 60; i++) await page.keyboard.press('j');
  await waitFocus(page, number(60));
  assert.ok(await inView(page));
  for (let i = 59; i >= 20; i--) {
    await page.keyboard.press('k');
    await waitFocus(page, number(i));
    assert.ok(await inView(page), `${number(i)} is covered`);
  }
  await page.mouse.move(640, 400);
  await page.mouse.wheel(0, 100_000);
  await page.waitForFunction(() => scrollY > 50_000);
  await page.waitForFunction(() => {
    const row = document.elementFromPoint(640, 600)?.closest('[data-row]');
    return Number(row?.textContent.match(/\d+/)?.[0]) > 1000;
  });
  assert.equal(await focusedTitle(page), number(20), 'it still has the focus');
  await page.keyboard.press('j');
  await waitFocus(page, number(21));
  assert.ok(await inView(page));
  await page.keyboard.press('Alt+ArrowUp');
  await page.waitForFunction(() => {
    const titles = [...document.querySelectorAll('.row-title')].map((e) => e.textContent);
    return titles.indexOf('Item 00021') === titles.indexOf('Item 00020') - 1;
  });
  assert.equal(await focusedTitle(page), number(21));
});

test('10,000 items: the key for finding opens our search, which sees them all', async (t) => {
  const page = await openLong(t, 10_000);
  await page.keyboard.press('Control+f');
  await page.waitForFunction(() => document.activeElement?.matches('.search'));
  await page.keyboard.type('item 09870');
  await waitTitles(page, [number(9870)]);
  await page.getByText('1 match', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await row(page, number(0)).waitFor();
});

async function lift(page, title) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((a) => a.finished)));
  const box = await row(page, title).boundingBox();
  const [x, y] = [box.x + 200, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 8, { steps: 3 });
  await page.locator('.row-dragged').waitFor();
  return { x, y };
}

test('10,000 items: a row is dragged past others, Esc puts it back', async (t) => {
  const page = await openLong(t, 10_000);
  const { x, y } = await lift(page, number(5));
  await page.mouse.move(x, y + 4 * 36, { steps: 6 });
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.row:not(.row-dragged)')].some((e) => /translateY\(-/.test(e.style.transform)));
  await page.keyboard.press('Escape');
  await page.locator('.row-dragged').waitFor({ state: 'detached' });
  await page.mouse.up();
  const order = () => page.evaluate(() => [...document.querySelectorAll('.row-title')].slice(5, 10).map((e) => e.textContent));
  assert.deepEqual(await order(), [5, 6, 7, 8, 9].map(number));
  assert.equal(await page.locator('.card').count(), 0, 'the click that ends it opens nothing');
  const again = await lift(page, number(5));
  await page.mouse.move(again.x, again.y + 2 * 36, { steps: 6 });
  await page.mouse.up();
  await page.getByText(/Item 00005, moved to 8 of/).waitFor({ state: 'attached' });
  assert.deepEqual(await order(), [6, 7, 5, 8, 9].map(number));
  assert.equal(await page.locator('.card').count(), 0);
});

/** Until the page no longer scrolls. */
const still = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        let [last, same] = [-1, 0];
        const look = () => {
          same = scrollY === last ? same + 1 : 0;
          last = scrollY;
          if (same > 30) resolve(scrollY);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

for (const options of [{}, PHONE])
  (options.isMobile ? chromiumTest : test)(`dragging to the lower edge ends with the list, ${options.isMobile ? 'by finger' : 'by mouse'}`, async (t) => {
    const page = await open(t, options);
    await withItems(page, Array.from({ length: 30 }, (_, i) => ({ title: number(i), position: key(i + 1) })));
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const area = page.viewportSize();
    const cdp = options.isMobile && (await page.context().newCDPSession(page));
    const finger = (type, y) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: 150, y }] });
    const edge = options.isMobile ? (await page.locator('.add').boundingBox()).y - 4 : area.height - 4;
    const box = await row(page, number(1)).boundingBox();
    const y = box.y + box.height / 2;
    if (options.isMobile) {
      await finger('touchStart', y);
      await page.locator('.row-dragged').waitFor();
      for (let i = 1; i <= 8; i++) await finger('touchMove', y + ((edge - y) * i) / 8);
    } else {
      await lift(page, number(1));
      await page.mouse.move(640, edge, { steps: 8 });
    }
    await page.waitForFunction(() => scrollY > 0);
    await still(page);
    assert.ok((await page.evaluate(() => document.documentElement.scrollHeight)) <= height, 'the page has not grown');
    const seen = await page.locator('.row-dragged').boundingBox();
    assert.ok(seen.y > 0 && seen.y + seen.height <= area.height, 'the row is in sight');
    if (options.isMobile) await finger('touchEnd');
    else await page.mouse.up();
    const wanted = Array.from({ length: 30 }, (_, i) => number(i)).filter((title) => title !== number(1));
    await waitTitles(page, [...wanted, number(1)]);
    await waitServer(page, (items) => items.at(-1).title === number(1));
  });

chromiumTest('a finger lifts by the grip at once; a second finger puts the row back', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, ['one', 'two', 'three']);
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, points) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((p, id) => ({ id, ...p })) });
  const grip = await row(page, 'one').locator('.grip').boundingBox();
  const [x, y] = [grip.x + grip.width / 2, grip.y + grip.height / 2];
  await touch('touchStart', [{ x, y }]);
  await page.locator('.row-dragged').waitFor();
  await touch('touchMove', [{ x, y: y + 100 }]);
  await touch('touchStart', [{ x, y: y + 100, id: 0 }, { x: 60, y: 500, id: 1 }]);
  await page.locator('.row-dragged').waitFor({ state: 'detached' });
  await touch('touchEnd', []);
  await waitTitles(page, ['one', 'two', 'three']);
  // A swipe on the row itself still scrolls: it lifts nothing.
  await touch('touchStart', [{ x: 150, y }]);
  await touch('touchMove', [{ x: 150, y: y + 40 }]);
  await touch('touchEnd', []);
  assert.equal(await page.locator('.row-dragged').count(), 0);
});
