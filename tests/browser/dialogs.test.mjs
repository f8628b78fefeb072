// Dialogs whose file cannot be had, broken parts, Back on a phone, paper, sizes, contrast.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add, addField, BASE, chromiumTest, colour, LANGUAGES, newLogin, open, PASSWORD, PHONE, row,
  startBrowser, stopBrowser, waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const LOST = [/net::ERR/, /status of (404|503)/, /Failed to (load|fetch)/, /MIME type/, /dynamically imported/];
const DIALOGS = [
  ['Change password', '**/assets/password-dialog-*.js*', 'input[name=current]'],
  ['Where you are logged in', '**/assets/sessions-dialog-*.js*', '.sessions li'],
  ['Delete account', '**/assets/remove-dialog-*.js*', 'input[name=password]'],
];
const WAYS = {
  offline: null,
  404: (route) => route.fulfill({ status: 404, contentType: 'text/html', body: '<h1>404</h1>' }),
  503: (route) => route.fulfill({ status: 503, contentType: 'text/html', body: 'away' }),
  aborted: (route) => route.abort(),
};

async function choose(page, entry) {
  await page.getByLabel('Account menu').click();
  await page.getByText(entry, { exact: true }).click();
}

for (const [way, answer] of Object.entries(WAYS))
  test(`${way}: a dialog that cannot be loaded says so, the page stays, and it can be tried again`, async (t) => {
    const page = await open(t, {}, LOST);
    const login = newLogin();
    // From the first load on, so that nothing is fetched ahead of time.
    for (const [, file] of DIALOGS) await page.route(file, answer ?? ((route) => route.abort('internetdisconnected')));
    await withItems(page, ['one'], login);
    for (const [entry, file, inside] of DIALOGS) {
      if (!answer) await page.context().setOffline(true);
      await choose(page, entry);
      const dialog = page.getByRole('dialog', { name: entry });
      await dialog.getByText('This could not be loaded.').waitFor();
      await waitTitles(page, ['one']);
      await page.waitForFunction(() => document.activeElement.textContent === 'Try again');
      await page.keyboard.press('Enter');
      await dialog.getByText('This could not be loaded.').waitFor();
      await page.unroute(file);
      if (!answer) await page.context().setOffline(false);
      await dialog.getByRole('button', { name: 'Try again' }).click();
      await dialog.locator(inside).first().waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      t.diagnostic(`${entry}: ${way}`);
    }
  });

test('dialogs and cards are there before they are needed: they open without a network', async (t) => {
  const page = await open(t, {}, LOST);
  const files = new Set();
  page.on('requestfinished', (request) => files.add(request.url().replace(/.*\/assets\/([a-z-]+)-.*/, '$1')));
  await withItems(page, ['one']);
  for (const name of ['password-dialog', 'sessions-dialog', 'remove-dialog', 'card-body', 'keys-dialog'])
    while (!files.has(name)) await page.waitForEvent('requestfinished');
  await page.context().setOffline(true);
  for (const [entry] of DIALOGS) {
    await choose(page, entry);
    await page.getByRole('dialog', { name: entry }).locator('button').first().waitFor();
    await page.keyboard.press('Escape');
  }
  await page.locator('.row-open').click();
  await page.locator('textarea.card-title').waitFor();
});

test('after a release took the files away, under an open tab: a sentence, and nothing typed is lost', async (t) => {
  const page = await open(t, {}, LOST);
  await page.route(/\/assets\/(?!index)/, (route) => route.fulfill({ status: 404, contentType: 'text/html', body: '' }));
  await withItems(page, ['one']);
  await addField(page).pressSequentially('half a thought');
  await row(page, 'one').locator('.row-open').click();
  await page.locator('.card').getByText('This could not be loaded.').waitFor();
  await choose(page, 'Change password');
  await page.getByRole('dialog').getByText('This could not be loaded.').waitFor();
  await page.unroute(/\/assets\/(?!index)/);
  await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
  await row(page, 'one').waitFor();
  assert.equal(await addField(page).inputValue(), 'half a thought');
  await row(page, 'one').locator('.row-open').click();
  await page.locator('textarea.card-title').waitFor();
});

for (const { lang, locale, w } of LANGUAGES)
  test(`${lang}: a page that cannot be drawn says so and offers to load it again; nothing typed is lost`, async (t) => {
    const page = await open(t, { locale }, [/on purpose/, /^Error$/]);
    await withItems(page, [{ title: 'one', due: { date: '2026-12-24' } }, { title: 'two', note: 'before' }]);
    await page.route('**/api/v1/todos/*', (route) => (route.request().method() === 'PUT' ? null : route.continue()));
    await add(page, 'on its way');
    await addField(page).pressSequentially('half a thought');
    await row(page, 'two').locator('.row-open').click();
    await page.getByLabel(w.card.note).click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type(' and more');
    await page.evaluate(() => {
      const get = () => {
        throw new Error('on purpose');
      };
      Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', { get });
    });
    // A row with a date is drawn anew; the focus stays where it is.
    await row(page, 'one').locator('input[type=checkbox]').dispatchEvent('click');
    await page.getByRole('heading', { name: w.broken.title }).waitFor();
    assert.equal(await page.locator('[data-row]').count(), 0);
    await page.unroute('**/api/v1/todos/*');
    await page.getByRole('button', { name: w.broken.reload }).click();
    await waitTitles(page, ['one', 'two', 'on its way']);
    assert.equal(await addField(page).inputValue(), 'half a thought');
    await row(page, 'two').locator('.row-open').click();
    await page.waitForFunction(() => document.querySelector('[name=note]')?.value === 'before and more');
    await waitServer(page, (items) => items.length === 3 && items[0].done);
  });

test('dialogs put the focus into their first field and give it back; accounts leave with a word', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  for (const [entry, name] of [['Change password', 'current'], ['Delete account', 'password']]) {
    await choose(page, entry);
    await page.waitForFunction((name) => document.activeElement?.name === name, name);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Account menu');
  }
  await choose(page, 'Delete account');
  await page.locator('dialog input[name=password]').waitFor();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${BASE}/login`);
  await page.getByText('Your account and everything in it have been deleted.').waitFor();
});

chromiumTest('phone: Back closes a dialog and the menu before it leaves; no entry for keys', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, ['one']);
  await page.getByRole('link', { name: 'Active', exact: true }).tap();
  await page.getByLabel('Account menu').tap();
  assert.equal(await page.getByText('Keyboard shortcuts').count(), 0);
  await page.getByText('Change password', { exact: true }).tap();
  await page.locator('input[name=current]').waitFor();
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.match(page.url(), /filter=active/);
  await page.getByLabel('Account menu').tap();
  await page.goBack();
  await page.locator('.menu-panel').waitFor({ state: 'detached' });
  assert.match(page.url(), /filter=active/);
  await page.goBack();
  await page.waitForFunction(() => !location.search);
});

chromiumTest('on paper: titles and notes in black, no controls, also from the dark', async (t) => {
  const page = await open(t, { colorScheme: 'dark' });
  await withItems(page, [{ title: 'one', note: 'first\nsecond' }, { title: 'two', done: true }]);
  await page.emulateMedia({ media: 'print' });
  await page.locator('.print-note', { hasText: 'second' }).waitFor();
  assert.equal(await page.locator('#root').isVisible(), false);
  assert.equal(await colour(page, '.print', 'color'), 'rgb(0, 0, 0)');
  assert.equal(await colour(page, 'html', 'backgroundColor'), 'rgb(255, 255, 255)');
  await page.emulateMedia({ media: 'screen' });
  await page.locator('.print').waitFor({ state: 'detached' });
  await waitTitles(page, ['one', 'two']);
});

const luminance = (rgb) => {
  const [r, g, b] = rgb.match(/\d+/g).map((n) => (n / 255 <= 0.03928 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
  return (x + 0.05) / (y + 0.05);
};
for (const colorScheme of ['light', 'dark'])
  (colorScheme === 'dark' ? chromiumTest : test)(`${colorScheme}: rings and borders of controls have 3 : 1 (WCAG 1.4.11)`, async (t) => {
    const page = await open(t, { colorScheme });
    await withItems(page, [{ title: 'one', due: { date: '2026-12-24', time: '09:00', zone: 'Asia/Seoul' } }, 'two']);
    await row(page, 'one').locator('.row-open').click();
    await page.locator('.card-foot').waitFor();
    const paper = await colour(page, 'html', 'backgroundColor');
    const surface = await colour(page, '.card', 'backgroundColor');
    const pairs = [
      ['.check circle', 'stroke', paper],
      ['.card .check circle', 'stroke', surface],
      ['.add', 'borderTopColor', paper],
      ['.typed-box', 'borderTopColor', surface],
      ['[name=due-zone]', 'borderTopColor', surface],
    ];
    await addField(page).blur();
    for (const [selector, property, ground] of pairs) {
      const ratio = contrast(await colour(page, selector, property), ground);
      assert.ok(ratio >= 3, `${selector}: ${ratio.toFixed(2)}`);
    }
  });

test("the reader's own size of letters counts", async (t) => {
  const page = await open(t);
  await withItems(page, [{ title: 'one', due: { date: '2026-12-24' } }]);
  await row(page, 'one').locator('.row-open').click();
  await page.locator('.card-foot').waitFor();
  const sizes = () =>
    page.evaluate(() => ['.card-title', '.typed-date', '.chip'].map((s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)));
  const before = await sizes();
  // What the browser's setting does: the root's own size.
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '24px'));
  assert.deepEqual(await sizes(), before.map((size) => size * 1.5));
});

chromiumTest('colours that the reader has chosen: no stray line, a mark where the focus is', async (t) => {
  const page = await open(t, { forcedColors: 'active' });
  await withItems(page, ['one']);
  const line = await colour(page, '.sync-problem', 'borderBottomColor');
  assert.equal(line, await colour(page, 'html', 'backgroundColor'));
  await addField(page).focus();
  assert.notEqual(await colour(page, '.add', 'outlineStyle'), 'none');
});

test('the home screen has icons that every phone can draw', async (t) => {
  const page = await open(t);
  await page.goto(`${BASE}/login`);
  const icons = await page.evaluate(async () => {
    const manifest = await (await fetch('/manifest.webmanifest')).json();
    const links = [...manifest.icons.map((i) => i.src), document.querySelector('link[rel=apple-touch-icon]').href];
    return Promise.all(
      links.filter((src) => src.endsWith('.png')).map(async (src) => {
        const image = await createImageBitmap(await (await fetch(src)).blob());
        return image.width;
      }),
    );
  });
  assert.deepEqual(icons.sort((a, b) => a - b), [180, 192, 512, 512]);
});

test('what was added, and what a filter or a search leaves, is said to screen readers', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', { title: 'past', done: true }]);
  const said = (text) =>
    page.waitForFunction(
      (text) => [...document.querySelectorAll('p[role=status].hidden')].some((e) => e.textContent.trim() === text),
      text,
    );
  await addField(page).focus();
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  await said('Added 1 item.');
  await page.getByRole('link', { name: 'Completed', exact: true }).click();
  await said('1 item shown.');
  await page.getByRole('link', { name: 'All', exact: true }).click();
  await said('3 items shown.');
  await page.keyboard.press('/');
  await page.keyboard.type('nowhere');
  await said('No items shown.');
});
