// A browser that translates the page: where texts were there are elements of the translator's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, elsewhere, open, row, startBrowser, stopBrowser, waitServer, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

/** As Chrome and Google Translate do it: each text, now and whenever one comes or changes. */
const translate = (page) =>
  page.evaluate(() => {
    const wrap = (text) => {
      if (!text.data.trim() || text.parentElement.closest('font, textarea, script, style')) return;
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    };
    const all = () => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walk.nextNode()) texts.push(walk.currentNode);
      texts.forEach(wrap);
    };
    all();
    window.translating = new MutationObserver(all);
    window.translating.observe(document.body, { childList: true, characterData: true, subtree: true });
  });

test('a translated page goes on, and what it shows is what there is', async (t) => {
  const page = await open(t);
  await withItems(page, [
    { title: 'buy milk', note: 'two bottles of milk', due: { date: '2020-01-01' } }, 'read a book', 'call',
  ]);
  await translate(page);
  const shows = (selector, text) =>
    page.waitForFunction(([s, text]) => document.querySelector(s)?.textContent === text, [selector, text]);
  await page.locator('.page-head h1').click();
  // Each letter marks other parts of the titles.
  await page.keyboard.press('/');
  for (const letter of 'milk') await page.keyboard.press(letter);
  await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 1);
  await shows('.row-title mark', 'milk');
  await shows('.row-title', 'buy milk');
  await shows('.counter', '1 match');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 3);
  await shows('.row-title', 'buy milk');
  // Another device changes what stands in a row.
  const [{ id }] = await waitServer(page, (items) => items.length === 3);
  await elsewhere(page, 'PATCH', id, { title: 'buy bread', due: { date: '2020-03-04' } });
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await shows('.row-title', 'buy bread');
  await page.waitForFunction(() => document.querySelector('.due').textContent.includes('Mar 4'));
  await row(page, 'call').locator('input').check();
  await page.getByRole('link', { name: 'Active', exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 2);
  await shows('.counter', '2 left');
  await page.locator('.row-open').first().click();
  await page.locator('.card-note').click();
  await page.keyboard.type(' x');
  await page.getByRole('button', { name: 'Remove due date' }).click();
  await page.getByRole('button', { name: 'Tomorrow' }).click();
  await page.getByRole('button', { name: 'Add time' }).click();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Collapse' }).click();
  await page.locator('.row-open').last().click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await addField(page).click();
  await page.keyboard.type('tea\n');
  await page.getByLabel('Account menu').click();
  for (const language of ['한국어', 'English']) await page.getByRole('radio', { name: language }).check();
  await page.keyboard.press('Escape');
  await waitServer(page, (items) => items.length === 4 && items[0].note === 'two bottles of milk x' && items[0].due?.time === '09:00');
  assert.equal(await page.locator('.broken-words, [role=alert]').count(), 0);
});
