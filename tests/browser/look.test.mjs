// Hangul, languages, themes, sizes, and what axe finds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, api, axePath, BASE, chromiumTest, colour, elsewhere, inputMethod, LANGUAGES, open, PHONE, row,
  settled, startBrowser, stopBrowser, waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const KO = { locale: 'ko-KR' };

/** As far as the last syllable, which stays open. */
async function typeHangul(page, syllables) {
  const method = await inputMethod(page);
  for (const part of syllables.slice(0, -1)) {
    await method.compose(part);
    await method.commit(part);
  }
  await method.compose(syllables.at(-1));
  return method;
}

test('Hangul: Enter while composing adds the item once, with one press', async (t) => {
  const page = await open(t, KO);
  await withItems(page, []);
  await addField(page).focus();
  let method = await typeHangul(page, ['우', '유 ', '사', '기']);
  await method.enter();
  await method.commit('기');
  await waitTitles(page, ['우유 사기']);
  assert.equal(await addField(page).inputValue(), '');
  // Some systems send the key once more after the syllable is committed.
  method = await typeHangul(page, ['두', '부']);
  await method.enter();
  await method.commit('부');
  await page.keyboard.press('Enter');
  await waitTitles(page, ['우유 사기', '두부']);
  await page.locator('.row-open').first().click();
  await page.locator('.card-title').focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Backspace');
  method = await typeHangul(page, ['빵']);
  await method.enter();
  await method.commit('빵');
  await page.locator('.card').waitFor({ state: 'detached' });
  await waitTitles(page, ['빵', '두부']);
  await waitServer(page, (items) => items.map((i) => i.title).join() === '빵,두부');
});

test('Korean and English, from the browser and by choice', async (t) => {
  const page = await open(t, KO);
  await page.goto(`${BASE}/login`);
  await page.getByRole('heading', { name: '다시 만나서 반가워요' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
  await withItems(page, ['하나']);
  await page.getByLabel('계정 메뉴').click();
  await page.getByLabel('English').check();
  await page.getByRole('heading', { name: 'Allday' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.reload();
  await page.getByRole('link', { name: 'Active', exact: true }).waitFor();
});

test('shortcuts work with the Korean layout on', async (t) => {
  const page = await open(t, KO);
  await withItems(page, ['하나', '둘']);
  await row(page, '하나').locator('.row-open').focus();
  await page.evaluate(() =>
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ㅓ', code: 'KeyJ', bubbles: true })),
  );
  await page.waitForFunction(() => document.activeElement?.textContent === '둘');
});

const TOKENS = {
  light: { paper: 'rgb(251, 250, 248)', ink: 'rgb(28, 27, 25)', surface: 'rgb(255, 255, 255)' },
  dark: { paper: 'rgb(20, 20, 19)', ink: 'rgb(236, 235, 232)', surface: 'rgb(29, 29, 27)' },
};
for (const scheme of ['light', 'dark'])
  (scheme === 'dark' ? chromiumTest : test)(`${scheme}: the colours are the tokens`, async (t) => {
    const page = await open(t, { colorScheme: scheme });
    await withItems(page, ['one']);
    assert.equal(await colour(page, 'html', 'backgroundColor'), TOKENS[scheme].paper);
    assert.equal(await colour(page, 'h1', 'color'), TOKENS[scheme].ink);
    assert.equal(await colour(page, '.add', 'backgroundColor'), TOKENS[scheme].surface);
  });

for (const width of [320, 390])
  chromiumTest(`a phone of ${width} px: nothing scrolls sideways, targets are large enough`, async (t) => {
    const page = await open(t, { ...PHONE, viewport: { width, height: 844 } });
    const long = 'A long title with averyveryveryverylongwordwithoutanyspaceinitatallforever and more words';
    await withItems(page, [{ title: long, note: 'n', due: { date: '2026-01-01' } }, { title: 'two', done: true }]);
    const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok((await sideways()) <= 0);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, a, .check, .add input')]
        .map((e) => ({ name: e.className || e.textContent, box: e.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && box.height < 44)
        .map(({ name, box }) => `${name} ${box.height}`),
    );
    assert.deepEqual(small, []);
    const box = await page.locator('.add').boundingBox();
    assert.ok(box.y > 700, 'the field is within reach of the thumb');
    await page.locator('.row-open').first().tap();
    await page.locator('.card').waitFor();
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  });

chromiumTest('a finger drags after a short hold', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, ['one', 'two', 'three']);
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, y) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: 150, y }] });
  const middle = async (title) => {
    const box = await row(page, title).boundingBox();
    return box.y + box.height / 2;
  };
  const [from, to] = [await middle('one'), await middle('three')];
  await touch('touchStart', from);
  await page.locator('.row-dragged').waitFor();
  for (let i = 1; i <= 8; i++) await touch('touchMove', from + ((to - from) * i) / 8);
  await touch('touchEnd');
  await waitTitles(page, ['two', 'three', 'one']);
  await settled(page);
});

test('nothing jumps while the page loads', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.reload();
  await waitTitles(page, ['one', 'two']);
  assert.equal(await page.evaluate(() => window.shift), 0);
});

async function axe(page, where) {
  // Colours are judged when they have arrived; a movement that was cut short has, too.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished)));
  // By the debugger's door: the CSP would refuse a script element, as it should.
  const source = (await import('node:fs')).readFileSync(axePath, 'utf8');
  await page.evaluate(source);
  const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const said = ({ target, any }) => `${target} ${any.map((a) => a.message)}`;
  assert.deepEqual(found.violations.map((v) => `${where}: ${v.id}: ${v.nodes.map(said).join(' | ')}`), []);
}

for (const colorScheme of ['light', 'dark'])
  (colorScheme === 'dark' ? chromiumTest : test)(`axe finds nothing, ${colorScheme}`, async (t) => {
    const page = await open(t, { colorScheme });
    await page.goto(`${BASE}/login`);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Enter a password.').waitFor();
    await axe(page, 'login');
    await page.goto(`${BASE}/signup`);
    await page.waitForSelector('input[name=login]');
    await axe(page, 'signup');
    await withItems(page, []);
    await page.locator('.empty').waitFor();
    await axe(page, 'empty');
    await page.context().clearCookies();
    await withItems(page, [
      { title: 'late', due: { date: '2020-01-01' }, note: 'n' },
      { title: 'now', due: { date: new Date(Date.now() + 9 * 3600e3).toISOString().slice(0, 10) } },
      { title: 'done', done: true },
    ]);
    await axe(page, 'list');
    await row(page, 'late').locator('input[type=checkbox]').check();
    await page.locator('.toast').waitFor();
    await axe(page, 'toast');
    await page.locator('.row-open').nth(1).click();
    await axe(page, 'open row');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await axe(page, 'sheet');
    await page.keyboard.press('Escape');
    await page.getByLabel('Account menu').click();
    await axe(page, 'menu');
    await page.getByText('Change password', { exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await axe(page, 'dialog');
  });

/** Each thing that asks or tells what becomes of what was typed, by its name in the language. */
async function everyQuestion(page, w, look) {
  await withItems(page, ['shared', 'drop']);
  const { id } = (await api(page, 'list'))[0];
  const button = (name) => page.getByRole('button', { name, exact: true });
  const dialog = (name) => page.getByRole('dialog', { name, exact: true });
  const write = async (text) => {
    await row(page, 'shared').locator('.row-open').click();
    await page.getByLabel(w.card.note).click();
    await page.keyboard.type(text);
  };
  await row(page, 'drop').locator('.row-open').press('Delete');
  await settled(page);
  await button(w.trash.title).click();
  await dialog(w.trash.title).getByRole('button', { name: w.trash.restoreOf('drop') }).waitFor();
  await look('trash');
  await button(w.trash.empty).click();
  await page.getByText(w.trash.ask(1)).waitFor();
  await look('trash, sure?');
  await button(w.cancel).click();
  await dialog(w.trash.title).getByLabel(w.close).click();

  await write('mine');
  await elsewhere(page, 'PATCH', id, { note: 'theirs' });
  await page.keyboard.press('Escape');
  await page.getByText(w.sync.both('shared')).waitFor();
  await look('conflict');

  await write('mine');
  await elsewhere(page, 'DELETE', id);
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await dialog(w.draft.goneTitle).getByLabel(w.card.note).waitFor();
  await look('deleted elsewhere');
  await dialog(w.draft.goneTitle).getByLabel(w.close).click();

  await button(w.unsaved.show).click();
  const again = w.unsaved.ofWhat(w.unsaved.asNew, 'shared');
  await dialog(w.unsaved.title).getByRole('button', { name: again }).waitFor();
  await look('not saved');
  await dialog(w.unsaved.title).getByLabel(w.close).click();

  await page.getByLabel(w.menu.label).click();
  await page.getByText(w.menu.logOut, { exact: true }).click();
  await dialog(w.leave.title).getByText(w.leave.text(1)).waitFor();
  await dialog(w.leave.title).getByRole('button', { name: w.leave.erase }).waitFor();
  await look('log out');
  await button(w.cancel).click();
}

/** Wide enough for its words, and for a finger. */
const cramped = () =>
  [...document.querySelectorAll('dialog :is(button, input, textarea), .toast button, .unsaved-line button')]
    .map((e) => ({ text: e.getAttribute('aria-label') ?? e.textContent, box: e.getBoundingClientRect() }))
    .filter(({ box }) => box.height < 44 || box.right > innerWidth + 1)
    .map(({ text, box }) => `${text}: ${Math.round(box.height)}, to ${Math.round(box.right)}`);

for (const [i, colorScheme, phone] of [[0, 'light'], [1, 'dark'], [1, 'light', true], [0, 'dark', true]]) {
  const { lang, locale, w } = LANGUAGES[i];
  (phone || colorScheme === 'dark' ? chromiumTest : test)(`${lang}, ${colorScheme}, ${phone ? 'phone' : 'desktop'}: trash, conflict, not saved and log-out, by axe`, async (t) => {
    const page = await open(t, { ...(phone && PHONE), locale, colorScheme }, [/status of 4(04|12)/]);
    await everyQuestion(page, w, async (where) => {
      await axe(page, where);
      if (phone) assert.deepEqual(await page.evaluate(cramped), [], where);
    });
  });
}
