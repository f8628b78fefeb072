// Every control of every state, by keyboard alone: Enter and Space do what a click does, and nothing
// else happens; keys that delete belong to a row that has the focus.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add, addField, api, BASE, FIREFOX, newLogin, open, PASSWORD, paste, row, settled, startBrowser, stopBrowser,
  waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const DUE = { date: '2026-12-24', time: '09:00', zone: 'Asia/Seoul' };

/** Walks by Tab from the top of the page (or of what is open) to the first control seen twice. */
async function walk(page) {
  const seen = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const e = document.activeElement;
      // Firefox goes on in its own window, where no key is the page's.
      if (!e || e === document.body || !document.hasFocus()) return null;
      const text = e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent;
      return `${e.tagName.toLowerCase()}${e.type ? `[${e.type}]` : ''} ${text.trim().slice(0, 40)}`;
    });
    if (name === null) continue;
    if (seen.includes(name)) break;
    seen.push(name);
  }
  return seen;
}

const focusOf = (page) => page.evaluate(() => document.activeElement !== document.body);
async function focusStays(page, what) {
  // Two frames: after React has drawn and the focus has been put.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
  assert.ok(await focusOf(page), `${what}: the focus fell on the page`);
}

const openCard = async (page, title = 'one') => {
  await row(page, title).locator('.row-open').focus();
  await page.keyboard.press('Enter');
  await page.locator('textarea.card-title').waitFor();
};
const button = (page, name) => page.getByRole('button', { name, exact: true });

// The card's controls: what each does when it is pressed, as seen by the server or on the page.
const CARD = [
  ['Today', {}, async (page) => waitServer(page, ([i]) => i.due !== null)],
  ['Tomorrow', {}, async (page) => waitServer(page, ([i]) => i.due !== null)],
  ['Next week', {}, async (page) => waitServer(page, ([i]) => i.due !== null)],
  ['Add time', { due: { date: '2026-12-24' } }, async (page) => waitServer(page, ([i]) => i.due.time === '09:00')],
  ['Remove due date', { due: DUE }, async (page) => waitServer(page, ([i]) => i.due === null)],
  ['Collapse', { due: DUE }, async (page) => page.locator('.card').waitFor({ state: 'detached' })],
  ['Delete', {}, async (page) => waitTitles(page, ['two'])],
];
for (const key of ['Enter', 'Space'])
  test(`open card: ${key} presses every button, and only that`, async (t) => {
    const page = await open(t);
    for (const [name, item, done] of CARD) {
      await page.context().clearCookies();
      await withItems(page, [{ title: 'one', ...item }, 'two']);
      await openCard(page);
      await button(page, name).focus();
      await page.keyboard.press(key);
      await done(page);
      await focusStays(page, name);
      await settled(page);
      const items = await api(page, 'list');
      assert.equal(items.length, name === 'Delete' ? 1 : 2, `${name}: nothing else was deleted`);
      assert.ok(items.every((i) => !i.done), `${name}: nothing was completed`);
      t.diagnostic(`card: button ${name}: ${key}`);
    }
  });

test('open card: Delete and Backspace on any control delete nothing', async (t) => {
  const page = await open(t);
  await withItems(page, [{ title: 'one', due: DUE }, 'two']);
  await openCard(page);
  const controls = page.locator('.card :is(button, input:not([tabindex="-1"]), select, textarea)');
  const count = await controls.count();
  assert.ok(count >= 9, `${count} controls`);
  for (let i = 0; i < count; i++) {
    await controls.nth(i).focus();
    for (const key of ['Delete', 'Backspace']) await page.keyboard.press(key);
    // Nothing was removed from under it either.
    assert.equal(await controls.count(), count);
    await page.keyboard.press('Escape');
    if (await page.locator('.card').count()) continue;
    await page.locator('.row-open').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('textarea.card-title').waitFor();
  }
  await waitServer(page, (items) => items.length === 2 && items.every((i) => !i.done) && items[0].due?.time === '09:00');
});

test('the check of a row and of a card: Space toggles it, Enter and Backspace do nothing', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  const checks = [row(page, 'one').locator('input[type=checkbox]'), page.locator('.card input[type=checkbox]')];
  for (const [i, check] of checks.entries()) {
    if (i === 1) await openCard(page);
    await check.focus();
    await page.keyboard.press('Space');
    assert.ok(await check.isChecked());
    for (const key of ['Enter', 'Backspace', 'Delete']) await page.keyboard.press(key);
    assert.equal(await page.locator('.row').count(), 2);
    await page.keyboard.press('Space');
    assert.ok(!(await check.isChecked()));
    t.diagnostic(`check ${i ? 'in the card' : 'in the row'}: Space`);
  }
});

test('with the focus on the page itself no key touches an item, and Space scrolls', async (t) => {
  const page = await open(t);
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd';
  await withItems(page, [...digits].map((d) => ({ title: `item ${d.charCodeAt(0)}`, position: `a${d === '0' ? '00V' : d}` })));
  await row(page, 'item 100').locator('.row-open').focus();
  await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
  });
  for (const key of ['Backspace', 'Delete', 'Enter', 'e', 'd']) await page.keyboard.press(key);
  await page.keyboard.press('Space');
  await page.waitForFunction(() => scrollY > 0);
  assert.equal(await page.locator('.card').count(), 0);
  await waitServer(page, (items) => items.length === digits.length && items.every((i) => !i.done));
});

test('a key that is held deletes one item', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two', 'three']);
  await row(page, 'one').locator('.row-open').focus();
  for (let i = 0; i < 4; i++) {
    await page.keyboard.down('Backspace');
    await page.waitForFunction(() => document.activeElement?.matches('.row-open'));
  }
  await page.keyboard.up('Backspace');
  await waitTitles(page, ['two', 'three']);
});

test('however late a frame is, a key is for the row that the key before it went to', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two', 'three', 'four']);
  await row(page, 'one').locator('.row-open').focus();
  await page.evaluate(() => {
    window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 400);
  });
  await page.keyboard.press('j');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Delete');
  await waitTitles(page, ['one', 'four']);
  await page.keyboard.press('k');
  await page.keyboard.press('n');
  await page.keyboard.type('deed', { delay: 200 });
  assert.equal(await addField(page).inputValue(), 'deed');
  assert.equal(await page.locator('.card').count(), 0);
  await waitServer(page, (items) => items.length === 2);
});

test('while a dialog, the menu or a question is open the list takes no key', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  const nothing = async (where) => {
    // What the page does not take is Firefox's: its quick search takes the focus.
    for (const key of ['Delete', 'Backspace', 'd', 'e', 'j', 'k', 'n', FIREFOX ? 'x' : '/', 'Control+z'])
      await page.keyboard.press(key);
    assert.equal(await page.locator('.card, .search').count(), 0, where);
    await waitServer(page, (items) => items.length === 2 && items.every((i) => !i.done));
    t.diagnostic(`${where}: no key of the list`);
  };
  await row(page, 'two').locator('.row-open').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await nothing('dialog');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByLabel('Account menu').focus();
  await page.keyboard.press('Enter');
  await page.locator('.menu-panel').waitFor();
  await nothing('menu');
  await page.keyboard.press('Escape');
  await paste(page, 'a\nb');
  await button(page, 'Cancel').focus();
  await nothing('question');
  await page.keyboard.press('Enter');
  await page.getByText('You pasted 2 lines').waitFor({ state: 'detached' });
  await focusStays(page, 'question cancelled');
});

for (const key of ['Enter', 'Space'])
  test(`list, filters, search, toast, question: ${key} does what a click does`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one', { title: 'past', done: true }, 'two']);
    const press = async (locator, what) => {
      await locator.focus();
      await page.keyboard.press(key);
      t.diagnostic(`${what}: ${key}`);
    };
    if (key === 'Enter')
      for (const [name, wanted] of [['Active', ['one', 'two']], ['Completed', ['past']], ['All', ['one', 'past', 'two']]]) {
        await press(page.getByRole('link', { name, exact: true }), `filter ${name}`);
        await waitTitles(page, wanted);
      }
    await press(button(page, 'Search'), 'search button');
    await page.keyboard.type('two');
    await waitTitles(page, ['two']);
    await press(button(page, 'Close search'), 'close search');
    await waitTitles(page, ['one', 'past', 'two']);
    await focusStays(page, 'search closed');
    await page.keyboard.press('/');
    await page.locator('.search').waitFor();
    await page.keyboard.press('Escape');
    await focusStays(page, 'Esc from search');
    await press(button(page, 'Clear completed'), 'clear completed');
    await waitTitles(page, ['one', 'two']);
    await focusStays(page, 'clear completed');
    await press(button(page, 'Undo'), 'Undo in a toast');
    await waitTitles(page, ['one', 'past', 'two']);
    await focusStays(page, 'Undo');
    await addField(page).focus();
    await page.keyboard.type('three');
    await press(button(page, 'Add'), 'Add');
    await waitTitles(page, ['one', 'past', 'two', 'three']);
    for (const [answer, wanted] of [['Add 2 items', ['a', 'b']], ['Keep as one', ['a b']]]) {
      await paste(page, 'a\nb');
      await press(button(page, answer), answer);
      await waitTitles(page, ['one', 'past', 'two', 'three', ...wanted]);
      await focusStays(page, answer);
      await addField(page).focus();
      await page.keyboard.press('Control+z');
      await waitTitles(page, ['one', 'past', 'two', 'three']);
    }
    await press(row(page, 'one').locator('.row-open'), 'row');
    if (key === 'Enter') await page.locator('textarea.card-title').waitFor();
    else await row(page, 'one').locator('input:checked').waitFor({ state: 'attached' });
    await settled(page);
  });

test('the account menu: keys open it, arrows walk in it, every entry works', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  const menu = page.getByLabel('Account menu');
  const ENTRIES = ['Keyboard shortcuts', 'Change password', 'Where you are logged in', 'Delete account'];
  for (const key of ['Enter', 'Space'])
    for (const name of ENTRIES) {
      await menu.focus();
      await page.keyboard.press(key);
      await page.keyboard.press('ArrowDown');
      for (let i = 0; i < 9; i++) {
        const on = await page.evaluate(() => document.activeElement.textContent);
        if (on === name) break;
        await page.keyboard.press('ArrowDown');
      }
      assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name });
      await dialog.waitFor();
      await page.waitForFunction(() => document.querySelector('dialog[open]')?.contains(document.activeElement));
      t.diagnostic(`menu: ${name}: ${key}; in its dialog: ${(await walk(page)).join(', ')}`);
      await button(page, 'Close').focus();
      await page.keyboard.press(key);
      await dialog.waitFor({ state: 'detached' });
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Account menu');
    }
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Delete account');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.locator('html[lang=ko]').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.locator('html[lang=en]').waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${BASE}/login`);
});

test('log in, sign up and the line of a sync problem by keyboard alone', async (t) => {
  const page = await open(t, {}, [/status of 503/]);
  await page.goto(`${BASE}/login`);
  await page.locator('input[name=login]').waitFor();
  t.diagnostic(`log in: ${(await walk(page)).join(', ')}`);
  await page.getByRole('link', { name: 'Sign up' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${BASE}/signup`);
  await page.waitForFunction(() => document.activeElement?.name === 'login');
  await page.keyboard.type(newLogin());
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  for (const [key, label] of [['Space', 'Hide password'], ['Enter', 'Show password']]) {
    await page.getByLabel(/(Show|Hide) password/).focus();
    await page.keyboard.press(key);
    await page.getByLabel(label).waitFor();
  }
  await button(page, 'Get started').focus();
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-row]');
  t.diagnostic(`list: ${(await walk(page)).join(', ')}`);
  await settled(page);
  for (const key of ['Enter', 'Space']) {
    await page.route('**/api/**', (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '30' }, body: '' }));
    await add(page, `away ${key}`);
    const retry = page.locator('.retry');
    await retry.waitFor();
    await page.unroute('**/api/**');
    await retry.focus();
    await page.keyboard.press(key);
    await page.locator('.sync-problem-on').waitFor({ state: 'detached' });
    await focusStays(page, 'sync problem');
    t.diagnostic(`sync problem: ${key}`);
    await settled(page);
  }
});

test('an open card, with and without due, date and time: each control is reached by Tab', async (t) => {
  const page = await open(t);
  await withItems(page, ['bare', { title: 'dated', due: { date: '2026-12-24' } }, { title: 'timed', due: DUE }]);
  for (const title of ['bare', 'dated', 'timed']) {
    await openCard(page, title);
    const controls = await page
      .locator('.card :is(button, input:not([tabindex="-1"]), select, textarea)')
      .evaluateAll((all) => all.length);
    await page.locator('.card input[type=checkbox]').focus();
    let reached = 1;
    for (; reached < controls; reached++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => !!document.activeElement.closest('.card')), `${title}: ${reached}`);
    }
    t.diagnostic(`card ${title}: ${reached} controls by Tab`);
    await page.keyboard.press('Escape');
    await page.locator('.card').waitFor({ state: 'detached' });
  }
});

test('where / is typed with Shift, as in German, it begins a search, and ? shows the keys', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  await page.locator('.page-head h1').click();
  const press = (key, code) =>
    page.evaluate(
      ([key, code]) =>
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, shiftKey: true, bubbles: true, cancelable: true })),
      [key, code],
    );
  await press('/', 'Digit7');
  await page.locator('.search').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.page-head h1').click();
  await press('?', 'Minus');
  await page.getByRole('dialog').waitFor();
});
