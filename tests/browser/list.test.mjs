// The list from sign up to the second log in, by mouse and by keyboard, in both languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add, addField, BASE, focusedTitle, LANGUAGES, logIn, open as openIn, paste, row, settled, signUp, startBrowser,
  stopBrowser, titles, typeInto, waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

for (const { lang, locale, w } of LANGUAGES) {
  const open = (t) => openIn(t, { locale });

  test(`${lang}: a first day, and the same list after logging in again`, async (t) => {
    const page = await open(t);
    const login = await signUp(page);
    assert.equal(page.url(), `${BASE}/`);
    assert.equal((await titles(page)).length, 3, 'three items teach');
    assert.ok(await addField(page).evaluate((e) => e === document.activeElement), 'add is focused');
    await add(page, 'Buy milk');
    assert.ok(await addField(page).evaluate((e) => e === document.activeElement && e.value === ''));
    await row(page, 'Buy milk').locator('input[type=checkbox]').check();
    await page.getByText(w.toast.completed('Buy milk')).waitFor();
    await waitServer(page, (items) => items.find((i) => i.title === 'Buy milk')?.done === true);
    await page.getByLabel(w.menu.label).click();
    await page.getByText(w.menu.logOut, { exact: true }).click();
    await page.waitForURL(`${BASE}/login`);
    assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0, 'nothing stays here');
    await logIn(page, login);
    await row(page, 'Buy milk').waitFor();
    assert.equal((await titles(page)).length, 4);
    assert.ok(await row(page, 'Buy milk').locator('input[type=checkbox]').isChecked());
  });

  test(`${lang}: a row opens in place: title, note, due date, time and zone`, async (t) => {
    const page = await open(t);
    await withItems(page, ['Report']);
    await page.locator('.row-open').click();
    const card = page.locator('.card');
    await typeInto(card.getByLabel(w.card.title), 'Quarterly report');
    await card.getByLabel(w.card.note).focus();
    await page.keyboard.type('First line\nSecond line');
    await card.getByRole('button', { name: w.card.tomorrow }).click();
    await card.getByRole('button', { name: w.card.addTime }).click();
    await page.keyboard.type('18:30');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await waitTitles(page, ['Quarterly report']);
    assert.match(await page.locator('.due').textContent(), { en: /Tomorrow 6:30\sPM/, ko: /내일 오후 6:30/ }[lang]);
    const [item] = await waitServer(page, (items) => items[0].title === 'Quarterly report');
    assert.equal(item.note, 'First line\nSecond line');
    assert.deepEqual({ ...item.due, date: 0 }, { date: 0, time: '18:30', zone: 'Asia/Seoul' });
    assert.equal(await focusedTitle(page), 'Quarterly report');
  });

  test(`${lang}: reordering by keyboard and by mouse, kept by the server`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one', 'two', 'three', 'four']);
    await row(page, 'three').locator('.row-open').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await waitTitles(page, ['one', 'three', 'two', 'four']);
    await page.keyboard.press('Alt+ArrowUp');
    await waitTitles(page, ['three', 'one', 'two', 'four']);
    await page.getByText(w.list.moved('three', 1, 4)).waitFor({ state: 'attached' });
    await page.waitForFunction(() => document.activeElement?.textContent === 'three');

    const from = await row(page, 'four').boundingBox();
    const to = await row(page, 'one').boundingBox();
    await page.mouse.move(from.x + 200, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + 200, from.y - 10, { steps: 4 });
    await page.mouse.move(to.x + 200, to.y + to.height / 2, { steps: 8 });
    // The gap is real: what was there has made room.
    await page.waitForFunction(
      () => [...document.querySelectorAll('.row:not(.row-dragged)')].some((e) => /translateY\([1-9]/.test(e.style.transform)),
    );
    await page.mouse.up();
    await waitTitles(page, ['three', 'four', 'one', 'two']);
    await waitServer(page, (items) => items.map((i) => i.title).join() === 'three,four,one,two');
  });

  test(`${lang}: delete, Undo in the toast and Ctrl+Z`, async (t) => {
    const page = await open(t);
    await withItems(page, ['keep', 'drop']);
    await row(page, 'drop').locator('.row-open').focus();
    await page.keyboard.press('Delete');
    await waitTitles(page, ['keep']);
    await page.getByRole('button', { name: w.undo }).click();
    await waitTitles(page, ['keep', 'drop']);
    // Back with it comes the focus.
    await page.waitForFunction(() => document.activeElement?.textContent === 'drop');
    await page.keyboard.press('k');
    await page.waitForFunction(() => document.activeElement?.textContent === 'keep');
    await page.keyboard.press('Backspace');
    await waitTitles(page, ['drop']);
    await page.keyboard.press('Control+z');
    await waitTitles(page, ['keep', 'drop']);
    await waitServer(page, (items) => items.length === 2);
  });

  test(`${lang}: filters are in the address; a checked row stays, then slides; clear completed`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one', 'two', { title: 'past', done: true }]);
    await page.getByRole('link', { name: w.filter.active, exact: true }).click();
    assert.equal(new URL(page.url()).search, '?filter=active');
    await waitTitles(page, ['one', 'two']);
    await row(page, 'one').locator('input[type=checkbox]').check();
    assert.deepEqual(await titles(page), ['one', 'two'], 'it stays for a moment');
    await page.waitForFunction(() => document.querySelector('.row-leaving'));
    await waitTitles(page, ['two']);
    await page.getByRole('button', { name: w.list.clear }).click();
    await page.getByText(w.toast.cleared(2)).waitFor();
    await page.getByRole('link', { name: w.filter.completed, exact: true }).click();
    await page.getByText(w.list.emptyCompleted).waitFor();
    await waitServer(page, (items) => items.map((i) => i.title).join() === 'two');
    await page.getByRole('button', { name: w.undo }).last().click();
    await waitTitles(page, ['one', 'past']);
    await page.goBack();
    await waitTitles(page, ['two']);
  });

  test(`${lang}: an item that an edit takes out of the search or the filter is named, and shown`, async (t) => {
    const page = await open(t);
    await withItems(page, ['milk', 'bread', { title: 'past', done: true }]);
    const show = page.getByRole('button', { name: w.adding.show, exact: true });
    await page.getByRole('button', { name: w.list.search, exact: true }).click();
    await page.keyboard.type('mil');
    await waitTitles(page, ['milk']);
    await row(page, 'milk').locator('.row-open').click();
    await typeInto(page.getByLabel(w.card.title), 'tea');
    await page.keyboard.press('Escape');
    await page.getByText(w.adding.left('tea')).waitFor();
    await show.click();
    await waitTitles(page, ['tea', 'bread', 'past']);
    await page.waitForFunction(() => document.activeElement?.textContent === 'tea');
    await page.getByRole('link', { name: w.filter.completed, exact: true }).click();
    await row(page, 'past').locator('input[type=checkbox]').uncheck();
    await page.getByText(w.adding.left('past')).waitFor();
    await show.click();
    await waitTitles(page, ['tea', 'bread', 'past']);
    await settled(page);
  });

  test(`${lang}: initial consonants find the syllables that begin with them`, async (t) => {
    const page = await open(t);
    await withItems(page, ['새 한글 폰트', '하루 정리', 'milk']);
    await page.getByRole('button', { name: w.list.search, exact: true }).click();
    await page.keyboard.type('ㅎㄱ');
    await waitTitles(page, ['새 한글 폰트']);
    assert.equal(await page.locator('.row mark').textContent(), '한글');
  });

  test(`${lang}: several pasted lines are asked about`, async (t) => {
    const page = await open(t);
    await withItems(page, []);
    await paste(page, '- milk\r\n\n[ ] eggs\n* bread');
    await page.getByRole('button', { name: w.add.split(3) }).click();
    await waitTitles(page, ['milk', 'eggs', 'bread']);
    await page.keyboard.press('Control+z');
    await waitTitles(page, []);
  });

  test(`${lang}: everything by keyboard, and the ? sheet`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one', 'two']);
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement?.textContent === 'one');
    await page.keyboard.press('j');
    await page.waitForFunction(() => document.activeElement?.textContent === 'two');
    await page.keyboard.press('Space');
    await row(page, 'two').locator('input:checked').waitFor();
    await page.keyboard.press('k');
    await page.waitForFunction(() => document.activeElement?.textContent === 'one');
    await page.keyboard.press('e');
    await page.keyboard.type('first');
    await page.keyboard.press('Enter');
    await waitTitles(page, ['first', 'two']);
    await page.waitForFunction(() => document.activeElement?.textContent === 'first');
    await page.keyboard.press('d');
    await page.waitForFunction(() => document.activeElement?.matches('[name=due-date]'));
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.textContent === 'first');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: w.keys.title }).waitFor();
    await page.keyboard.press('Escape');
    // Not only closed: what it had to give back has been given back.
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.matches('.search'));
    await page.keyboard.type('TWO');
    await waitTitles(page, ['two']);
    await page.keyboard.press('Escape');
    await waitTitles(page, ['first', 'two']);
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('n');
    await page.keyboard.type('three');
    await page.keyboard.press('Enter');
    await waitTitles(page, ['first', 'two', 'three']);
    await settled(page);
  });
}
