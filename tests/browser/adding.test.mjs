// Adding and searching: nothing typed or pasted is cut or lost, and what one does is seen.
// Real keys, in English and Korean.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, BASE, chromiumTest, inputMethod, open, paste, PHONE, row, settled, signUp, startBrowser,
  stopBrowser, waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const LANGUAGES = {
  en: {
    options: {}, full: /rest is in the note/, one: 'Keep as one', cancel: 'Cancel', show: 'Show', open: 'Open',
    hidden: 'Added 1 item. It is not part of this view.', completed: 'Completed', active: 'Active', all: 'All',
    search: 'Search', within: 'Search in Completed', nothing: 'Nothing in Completed matches “apple”.',
    more: 'Show 2 more in All', matches: (n) => `${n} matches`, long: /^Too long/,
  },
  ko: {
    options: { locale: 'ko-KR' }, full: /나머지는 메모에/, one: '한 줄로', cancel: '취소', show: '보기', open: '열기',
    hidden: '1개를 추가했어요. 지금 보는 목록에는 나타나지 않아요.', completed: '완료', active: '할 일', all: '전체',
    search: '찾기', within: '‘완료’에서 찾기', nothing: '‘완료’에는 ‘apple’에 맞는 일이 없어요.',
    more: '전체에서 2개 더 보기', matches: (n) => `${n}개 찾음`, long: /^너무 길어요/,
  },
};
const many = (n) => Array.from({ length: n }, (_, i) => `item ${String(i).padStart(2, '0')}`);
const placed = (titles) => titles.map((title, i) => ({ title, position: `b${String(i + 1).padStart(2, '0')}` + 'V' }));

test('lines that are asked about outlive a reload, and the field waits for the answer', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await addField(page).focus();
  await page.keyboard.type('for ');
  await paste(page, 'tea\njam');
  await page.getByRole('alertdialog').waitFor();
  await addField(page).click();
  await page.keyboard.type('typed meanwhile');
  await page.keyboard.press('Enter');
  await paste(page, 'one\ntwo');
  await page.reload();
  await page.waitForFunction(() => document.querySelector('.add input')?.value === 'for tea jam');
  await waitServer(page, (items) => items.length === 0);
  // They are lines still, and asked about.
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Enter');
  await waitTitles(page, ['for tea', 'jam']);
  assert.equal(await addField(page).inputValue(), '');
  await page.reload();
  await waitTitles(page, ['for tea', 'jam']);
  assert.equal(await page.getByRole('alertdialog').count(), 0);
});

/** From now on the page is told nothing when it goes, as in a crash. */
async function willCrash(page) {
  await page.addInitScript(() => addEventListener('pagehide', (event) => event.stopImmediatePropagation()));
  await page.reload();
  await addField(page).and(page.locator(':enabled')).waitFor();
}

/** Another tab of this browser, as it begins. */
async function tab(page) {
  const other = await page.context().newPage();
  await other.goto(BASE);
  await addField(other).and(other.locator(':enabled')).waitFor();
  return other;
}
const waitField = (page, text) =>
  page.waitForFunction((text) => document.querySelector('.add input:enabled')?.value === text, text);

for (const crashed of [false, true])
  test(`two tabs: what stands in the field of one outlives a ${crashed ? 'crash' : 'reload'} after the other has added something`, async (t) => {
    const one = await open(t);
    await withItems(one, []);
    if (crashed) await willCrash(one);
    const two = await tab(one);
    await one.bringToFront();
    await addField(one).click();
    await one.keyboard.type('a long thought');
    await two.bringToFront();
    await addField(two).click();
    await two.keyboard.type('short');
    await two.keyboard.press('Enter');
    await waitTitles(two, ['short']);
    await addField(two).pressSequentially('of two');
    await one.bringToFront();
    await one.reload();
    await waitField(one, 'a long thought');
    await two.reload();
    await waitField(two, 'of two');
  });

test('a new tab leaves what stands in the field of another, and takes it up when that one is gone', async (t) => {
  const one = await open(t);
  await withItems(one, []);
  await willCrash(one);
  await addField(one).pressSequentially('a long thought');
  const two = await tab(one);
  await waitField(two, '');
  await two.reload();
  await waitField(two, '');
  await one.close();
  const three = await tab(two);
  await waitField(three, 'a long thought');
  await three.keyboard.press('Enter');
  await waitTitles(three, ['a long thought']);
  await waitField(await tab(three), '');
});

for (const [name, words] of Object.entries(LANGUAGES)) {
  test(`${name}: 600 characters typed are 500 of title and 100 of note, and a word says so`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, []);
    await addField(page).focus();
    await page.keyboard.type(`${'a'.repeat(500)}${'b'.repeat(100)}`);
    await page.keyboard.press('Enter');
    await page.getByText(words.full).waitFor();
    await page.getByRole('button', { name: words.open, exact: true }).click();
    await page.locator('.card-note').waitFor();
    assert.equal(await page.locator('.card-note').inputValue(), 'b'.repeat(100));
    await waitServer(page, ([item]) => item.title === 'a'.repeat(500) && item.note === 'b'.repeat(100));
  });

  test(`${name}: "Keep as one" keeps all; Cancel keeps the paste`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, []);
    const lines = ['✅ Head', `- [x] ${'x'.repeat(460)}`, '', `  ☑ ${'y'.repeat(500)}`];
    await paste(page, lines.join('\n'));
    await page.getByRole('button', { name: words.one }).click();
    await page.getByText(words.full).waitFor();
    await waitServer(page, ([item]) => item.title === '✅ Head' && item.note === lines.slice(1).join('\n'));
    await paste(page, '- [ ] milk\n✅ 달걀\n☑');
    await page.getByRole('button', { name: words.one }).click();
    await waitTitles(page, ['✅ Head', '- [ ] milk ✅ 달걀 ☑']);
    await page.keyboard.type('get ');
    await paste(page, 'tea\njam');
    await page.getByRole('button', { name: words.cancel }).click();
    assert.equal(await addField(page).inputValue(), 'get tea jam');
    assert.ok(await addField(page).evaluate((e) => e === document.activeElement));
    await page.reload();
    await page.waitForFunction(() => document.querySelector('.add input')?.value === 'get tea jam');
  });

  test(`${name}: what is added under a filter or a search that hides it is said, and shown`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, ['one', { title: 'past', done: true }]);
    await page.getByRole('link', { name: words.completed, exact: true }).click();
    await waitTitles(page, ['past']);
    await addField(page).focus();
    await page.keyboard.type('two\n');
    await page.getByText(words.hidden).waitFor();
    await page.getByRole('button', { name: words.show, exact: true }).click();
    await waitTitles(page, ['one', 'past', 'two']);
    await page.waitForFunction(() => document.activeElement?.textContent === 'two');
    await page.keyboard.press('/');
    await page.keyboard.type('past');
    await waitTitles(page, ['past']);
    await addField(page).focus();
    await page.keyboard.type('three\n');
    await page.getByText(words.hidden).waitFor();
    await page.getByRole('button', { name: words.show, exact: true }).click();
    await waitTitles(page, ['one', 'past', 'two', 'three']);
    assert.equal(new URL(page.url()).search, '');
  });

  test(`${name}: a search says where it looks, marks what it found, and is in the address`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, [
      'Apple pie', { title: 'Shop', note: 'bread, butter and a green apple for Tom' }, { title: 'Past', done: true },
    ]);
    await page.getByRole('link', { name: words.completed, exact: true }).click();
    await waitTitles(page, ['Past']);
    await page.keyboard.press('/');
    assert.equal(await page.locator('.search').getAttribute('placeholder'), words.within);
    await page.keyboard.type('apple');
    await page.getByText(words.nothing).waitFor();
    await page.getByRole('link', { name: words.more }).click();
    await waitTitles(page, ['Apple pie', 'Shop']);
    assert.equal(await page.locator('.search').inputValue(), 'apple');
    await page.getByText(words.matches(2), { exact: true }).waitFor();
    assert.deepEqual(await page.locator('.row-title mark').allTextContents(), ['Apple']);
    assert.deepEqual(await page.locator('.row-hint mark').allTextContents(), ['apple']);
    await page.locator('.search').focus();
    await page.keyboard.type(' tom');
    await waitTitles(page, ['Shop']);
    await page.waitForURL('**/?q=apple+tom');
    await page.reload();
    await waitTitles(page, ['Shop']);
    assert.equal(await page.locator('.search').inputValue(), 'apple tom');
    await page.goBack();
    await page.waitForFunction(() => location.search.includes('filter=completed'));
  });

  test(`${name}: with a search of any length the page can be loaded again`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, ['가']);
    await page.locator('.page-head h1').click();
    await page.keyboard.press('/');
    await page.keyboard.type('가');
    await page.waitForURL('**/?q=*');
    await page.keyboard.insertText('가'.repeat(1500));
    await page.waitForURL((url) => url.search === '');
    assert.equal(await page.locator('.search').inputValue(), '가'.repeat(1501));
    await page.reload();
    await waitTitles(page, ['가']);
  });

  test(`${name}: composing a syllable does not empty the list`, async (t) => {
    const page = await open(t, words.options);
    await withItems(page, ['한국어 공부', '영어 공부']);
    await page.evaluate(() => {
      window.emptied = 0;
      new MutationObserver(() => document.querySelector('.empty') && window.emptied++).observe(
        document.querySelector('.list-view'), { childList: true, subtree: true });
    });
    await page.getByRole('button', { name: words.search, exact: true }).click();
    const method = await inputMethod(page);
    for (const text of ['ㅎ', '하', '한']) await method.compose(text);
    await waitTitles(page, ['한국어 공부']);
    await method.commit('한');
    for (const text of ['ㄱ', '구', '국']) await method.compose(text);
    await method.commit('국');
    await waitTitles(page, ['한국어 공부']);
    assert.equal(await page.evaluate(() => window.emptied), 0);
    await page.keyboard.type('x');
    await page.locator('.empty').waitFor();
  });

  chromiumTest(`${name}: nothing in the toolbar moves the list or a label`, async (t) => {
    for (const width of [320, 390, 1280]) {
      const size = { viewport: { width, height: 844 } };
      const kind = width < 600 ? PHONE : {};
      const page = await open(t, { ...kind, ...words.options, ...size }, [/ERR_INTERNET_DISCONNECTED/]);
      await withItems(page, ['one', 'two']);
      const tops = () => page.evaluate(() => ({
        list: document.querySelector('.list').getBoundingClientRect().top,
        labels: [...document.querySelectorAll('.filters a')].map((e) => e.getBoundingClientRect().left),
        wide: document.documentElement.scrollWidth <= innerWidth,
      }));
      const before = await tops();
      assert.ok(before.wide);
      await row(page, 'one').locator('input').click();
      await page.locator('.clear').waitFor();
      assert.deepEqual(await tops(), before, `${width}`);
      await page.getByRole('link', { name: words.active, exact: true }).click();
      await page.waitForFunction(() => document.querySelector('.filters a:nth-child(2)[aria-current]'));
      assert.deepEqual((await tops()).labels, before.labels);
      await page.context().setOffline(true);
      await page.locator('.row-open').last().click();
      await page.locator('.card-title').focus();
      await page.keyboard.type('!');
      await page.keyboard.press('Escape');
      await page.locator('.sync-problem-on').waitFor();
      assert.equal((await tops()).list, before.list, `${width}: sync problem`);
    }
  });
}

// Firefox is driven by keys alone.
chromiumTest('lines that a phone’s keyboard or a drop brings, without a paste, are asked about as pasted ones', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await addField(page).focus();
  await page.keyboard.type('for ');
  await page.keyboard.insertText('tea\njam');
  await page.getByRole('button', { name: 'Add 2 items' }).click();
  await waitTitles(page, ['for tea', 'jam']);
  await addField(page).click();
  await page.keyboard.insertText('one line');
  assert.equal(await addField(page).inputValue(), 'one line');
});

test('Turkish: a search finds I and i whichever of both was typed', async (t) => {
  const page = await open(t, { locale: 'tr-TR' });
  await withItems(page, ['BUY MILK', 'İSTANBUL', 'ısırgan']);
  await page.locator('.page-head h1').click();
  for (const [text, wanted] of [['milk', 'BUY MILK'], ['istanbul', 'İSTANBUL'], ['ISIR', 'ısırgan']]) {
    await page.keyboard.press('/');
    await page.keyboard.type(text);
    await waitTitles(page, [wanted]);
    await page.locator('mark').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 3);
    await page.locator('.page-head h1').click();
  }
});

test('lists come in with what is done, without their marks, and without empty rows', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await paste(page, '1. [x] milk\n2. [ ] eggs\n3. bread');
  await page.getByRole('button', { name: 'Add 3 items' }).click();
  await waitTitles(page, ['milk', 'eggs', 'bread']);
  assert.ok(await row(page, 'milk').locator('input').isChecked());
  assert.ok(!(await row(page, 'eggs').locator('input').isChecked()));
  await paste(page, '□ 우유\n☑ 빵\n\u200b\n\u3164');
  await page.getByRole('button', { name: 'Add 2 items' }).click();
  await waitTitles(page, ['milk', 'eggs', 'bread', '우유', '빵']);
  await addField(page).focus();
  await page.keyboard.insertText('\u3164');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('tea\n');
  await waitTitles(page, ['milk', 'eggs', 'bread', '우유', '빵', 'tea']);
  await waitServer(page, (items) => items.filter((i) => i.done).map((i) => i.title).join() === 'milk,빵');
});

for (const how of ['Delete', 'ControlOrMeta+x'])
  test(`words that were deleted in the field (${how}) come back by Ctrl+Z; the list undoes what is its own`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one', 'two']);
    await row(page, 'one').locator('.row-open').focus();
    await page.keyboard.press('Delete');
    await waitTitles(page, ['two']);
    await addField(page).click();
    await page.keyboard.type('buy milk');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press(how);
    await page.keyboard.press('ControlOrMeta+z');
    assert.equal(await addField(page).inputValue(), 'buy milk');
    await waitTitles(page, ['two']);
    await page.keyboard.press('Enter');
    await waitTitles(page, ['two', 'buy milk']);
    await page.keyboard.press('ControlOrMeta+z');
    await waitTitles(page, ['two']);
    await page.keyboard.press('ControlOrMeta+z');
    await waitTitles(page, ['one', 'two']);
  });

test('what cannot fit is refused and kept', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await paste(page, 'z'.repeat(10_501));
  await page.keyboard.press('Enter');
  await page.getByText(LANGUAGES.en.long).waitFor();
  assert.equal((await addField(page).inputValue()).length, 10_501);
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Enter');
  await page.locator('[data-row]').waitFor();
  await waitServer(page, ([item]) => item.title.length === 500 && item.note.length === 10_000);
});

chromiumTest('phone: what one adds is seen above the bar, also while the keyboard is up', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, placed(many(16)));
  await addField(page).tap();
  const seen = (title) =>
    page.waitForFunction((title) => {
      const row = [...document.querySelectorAll('[data-row]')].find((e) => e.textContent === title);
      const box = row?.getBoundingClientRect();
      const bar = document.querySelector('.add').getBoundingClientRect();
      const view = visualViewport;
      return box && box.top >= 0 && box.bottom <= bar.top && bar.bottom <= view.offsetTop + view.height;
    }, title);
  await page.keyboard.type('first\n');
  await seen('first');
  // A keyboard that covers the page, as on iOS.
  await page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { get: () => 508 });
    visualViewport.dispatchEvent(new Event('resize'));
  });
  await page.keyboard.type('second\n');
  await seen('second');
});

chromiumTest('phone: Back closes the card that was opened right after the last letter of a search, not the search', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, ['milk', 'tea']);
  await page.getByRole('button', { name: 'Search' }).tap();
  await page.keyboard.type('mil');
  await row(page, 'milk').locator('.row-open').tap();
  await page.locator('.card-note').waitFor();
  await page.waitForFunction(() => location.search === '?q=mil');
  await page.goBack();
  await page.locator('.card').waitFor({ state: 'detached' });
  await waitTitles(page, ['milk']);
  assert.equal(await page.locator('.search').inputValue(), 'mil');
});

test('rows never show around the field, and none is walked to under it', async (t) => {
  const page = await open(t);
  await withItems(page, placed(many(40)));
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.activeElement?.textContent === 'item 00');
  const covered = async () =>
    page.evaluate(() => {
      const box = document.activeElement.closest('[data-row]').getBoundingClientRect();
      return box.top < document.querySelector('.add').getBoundingClientRect().bottom || box.bottom > innerHeight;
    });
  const bad = [];
  for (const key of [...Array(39).fill('j'), ...Array(39).fill('k')]) {
    const before = await page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press(key);
    await page.waitForFunction((before) => document.activeElement.textContent !== before, before);
    if (await covered()) bad.push(await page.evaluate(() => document.activeElement.textContent));
  }
  assert.deepEqual(bad, []);
  await page.mouse.wheel(0, 500);
  await page.waitForFunction(() => scrollY > 300);
  const through = await page.evaluate(() => {
    const bar = document.querySelector('.add').getBoundingClientRect();
    const points = [2, bar.top - 1, bar.top + 2, bar.bottom + 1];
    return points.flatMap((y) => [bar.left + 1, bar.left + 300, bar.right - 1].filter((x) => document.elementFromPoint(x, y).closest('[data-row]')).map((x) => `${x},${y}`));
  });
  assert.deepEqual(through, []);
});

test('an item added before the list is there does not pass for the list', async (t) => {
  const page = await open(t);
  await signUp(page);
  let go;
  const wait = new Promise((resolve) => (go = resolve));
  await page.route('**/api/v1/todos?*', async (route) => {
    await wait;
    await route.continue();
  });
  await page.reload();
  await addField(page).and(page.locator(':enabled')).waitFor();
  await addField(page).focus();
  await page.keyboard.type('early\n');
  await waitTitles(page, ['early']);
  assert.equal(await page.locator('.skeleton').count(), 1);
  go();
  await page.locator('.skeleton').waitFor({ state: 'detached' });
  // Its place comes from the server.
  await page.waitForFunction(() => [...document.querySelectorAll('.row-title')].at(-1)?.textContent === 'early');
  await settled(page);
});

test('a second click where a row slid away does not hit the next one', async (t) => {
  const page = await open(t);
  await withItems(page, ['a', 'b', 'c', 'd']);
  await page.getByRole('link', { name: 'Active', exact: true }).click();
  const box = await row(page, 'b').locator('input').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  // In the same moment as the row goes: no test can click that fast from outside.
  await page.evaluate(([x, y]) => {
    new MutationObserver((_, observer) => {
      if (document.querySelectorAll('[data-row]').length > 3) return;
      observer.disconnect();
      const target = document.elementFromPoint(x, y);
      window.hit = target.closest('[data-row]').textContent;
      target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, clientX: x, clientY: y, detail: 1 }));
    }).observe(document.querySelector('.list'), { childList: true });
  }, [x, y]);
  await page.mouse.click(x, y);
  await page.waitForFunction(() => window.hit);
  assert.equal(await page.evaluate(() => window.hit), 'c');
  await settled(page);
  assert.ok(!(await row(page, 'c').locator('input').isChecked()));
  // One that is aimed goes through.
  await page.mouse.move(x + 30, y + 36);
  const d = await row(page, 'd').locator('input').boundingBox();
  await page.mouse.click(d.x + d.width / 2, d.y + d.height / 2);
  await row(page, 'd').locator('input:checked').waitFor();
});
