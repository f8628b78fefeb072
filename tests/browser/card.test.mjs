// An open card: real keys in every field, in English, Korean and German; nothing typed is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, api, BASE, chromiumTest, inputMethod, LANGUAGES, open, PHONE, row, settled, startBrowser, stopBrowser, waitServer,
  waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const active = (page, selector) =>
  page.waitForFunction((s) => document.activeElement?.matches(s), selector).catch(async () => {
    const is = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    assert.fail(`the focus is on ${is}, not on ${selector}`);
  });
const openAt = async (page, title, key) => {
  await row(page, title).locator('.row-open').focus();
  await page.keyboard.press(key);
  await page.locator('textarea.card-title').waitFor();
};
const date = (page) => page.locator('[name=due-date]');
const time = (page) => page.locator('[name=due-time]');

const WRITTEN = {
  'en-US': { fresh: '12242026', over: '01052027', shown: '01/05/2027', slashes: '1/2/27', time: '3:30 PM' },
  'ko-KR': { fresh: '20261224', over: '20270105', shown: '2027. 01. 05.', slashes: '2027. 1. 2.', time: '오후 3:30' },
  'de-DE': { fresh: '24122026', over: '05012027', shown: '05.01.2027', slashes: '2.1.27', time: '15:30' },
};
for (const [locale, words] of Object.entries(WRITTEN))
  test(`${locale}: a date and a time are typed as people write them`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one']);
    await openAt(page, 'one', 'd');
    await active(page, '[name=due-date]');
    await page.keyboard.type(words.fresh);
    assert.equal(await date(page).inputValue(), words.fresh, 'nothing is written into it meanwhile');
    await page.keyboard.press('Enter');
    await waitServer(page, ([item]) => item.due?.date === '2026-12-24');
    await page.keyboard.press('Escape');
    await page.locator('.card').waitFor({ state: 'detached' });
    await openAt(page, 'one', 'd');
    await active(page, '[name=due-date]');
    await page.keyboard.type(words.over);
    await page.keyboard.press('Tab');
    assert.equal(await date(page).inputValue(), words.shown);
    await waitServer(page, ([item]) => item.due?.date === '2027-01-05');
    await date(page).click();
    await page.keyboard.type(words.slashes);
    await page.keyboard.press('Enter');
    await waitServer(page, ([item]) => item.due?.date === '2027-01-02');
    await page.locator('[name=add-time]').focus();
    await page.keyboard.press('Enter');
    await active(page, '[name=due-time]');
    await page.keyboard.type(words.time);
    await page.keyboard.press('Tab');
    await waitServer(page, ([item]) => item.due?.time === '15:30' && item.due.zone === 'Asia/Seoul');
    await time(page).focus();
    for (const other of ['1530', '3pm', '오후 3:30', '09:05']) {
      await page.keyboard.type(other);
      await page.keyboard.press('Enter');
    }
    await waitServer(page, ([item]) => item.due?.time === '09:05');
  });

// Chinese has words ahead of a time, Bulgarian letters behind a date, Arabic its own digits.
for (const [locale, { day, minutes }] of Object.entries({
  'bg-BG': { day: '25', minutes: '45' }, 'zh-TW': { day: '25', minutes: '45' }, 'ar-EG': { day: '٢٥', minutes: '٤٥' },
}))
  test(`${locale}: what stands in the fields of a date and a time can be changed in place`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, [{ title: 'one', due: { date: '2026-12-24', time: '15:30', zone: 'Asia/Seoul' } }]);
    await openAt(page, 'one', 'd');
    const change = async (field, from, to) => {
      await field.focus();
      await field.evaluate((e, from) => e.setSelectionRange(e.value.indexOf(from), e.value.indexOf(from) + 2), from);
      await page.keyboard.type(to);
      await page.keyboard.press('Enter');
    };
    await change(date(page), '24', day);
    await change(time(page), '30', minutes);
    await waitServer(page, ([{ due }]) => due.date === '2026-12-25' && due.time === '15:45');
  });

test('ko: one Enter saves a time whose last syllable is being composed', async (t) => {
  const page = await open(t, { locale: 'ko-KR' });
  await withItems(page, [{ title: 'one', due: { date: '2026-12-24', time: '09:00', zone: 'Asia/Seoul' } }]);
  await openAt(page, 'one', 'Enter');
  await time(page).focus();
  await page.keyboard.insertText('오후 3시 ');
  const method = await inputMethod(page);
  for (const text of ['ㅂ', '바', '반']) await method.compose(text);
  await method.enter();
  await method.commit('반');
  await page.waitForFunction(() => document.querySelector('[name=due-time]').value === '오후 3:30');
  await waitServer(page, ([item]) => item.due.time === '15:30');
});

test('a night passes while the machine sleeps: Today is the day that it is', async (t) => {
  const page = await open(t);
  await page.clock.install({ time: new Date('2026-12-24T23:50:00+09:00') });
  await withItems(page, ['one']);
  await openAt(page, 'one', 'Enter');
  await page.clock.setSystemTime(new Date('2026-12-25T08:00:00+09:00'));
  await page.getByRole('button', { name: 'Today', exact: true }).click();
  await waitServer(page, ([item]) => item.due?.date === '2026-12-25');
  // The page is looked at again.
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await page.locator('.page-head', { hasText: 'December 25' }).waitFor();
});

/** What a field is told when somebody goes to another window: it keeps the focus in its own. */
const leaveWindow = (page) =>
  page.evaluate(() => document.activeElement.dispatchEvent(new FocusEvent('focusout', { bubbles: true })));
const comeBack = (page) =>
  page.evaluate(() => document.activeElement.dispatchEvent(new FocusEvent('focusin', { bubbles: true })));
/** What the page is told when another tab is shown, and when it is shown again. */
const hide = (page, hidden) =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden ? 'hidden' : 'visible');

for (const [locale, words] of Object.entries(WRITTEN))
  test(`${locale}: who looks into another window while typing a date goes on where it was`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, [{ title: 'one', due: { date: '2026-12-12', time: '09:00', zone: 'Asia/Seoul' } }]);
    await openAt(page, 'one', 'd');
    await active(page, '[name=due-date]');
    await page.keyboard.press('Delete');
    await leaveWindow(page);
    await hide(page, true);
    await hide(page, false);
    await comeBack(page);
    await page.keyboard.type(words.over.slice(0, 4));
    await leaveWindow(page);
    await hide(page, true);
    await hide(page, false);
    await comeBack(page);
    await page.keyboard.type(words.over.slice(4));
    assert.equal(await date(page).inputValue(), words.over);
    await page.keyboard.press('Enter');
    await waitServer(page, ([item]) => item.due?.date === '2027-01-05' && item.due.time === '09:00');
    assert.equal(await date(page).inputValue(), words.shown);
    await page.keyboard.type(words.fresh);
    await hide(page, true);
    await hide(page, false);
    await waitServer(page, ([item]) => item.due?.date === '2026-12-24');
    await page.keyboard.press('Escape');
    await waitServer(page, ([item]) => item.due?.date === '2027-01-05');
    assert.equal(await date(page).inputValue(), words.shown);
  });

for (const [name, leave] of [['window', leaveWindow], ['tab', (page) => hide(page, true)]])
  test(`who looks into another ${name} while typing a title goes on where it was`, async (t) => {
    const page = await open(t);
    await withItems(page, ['one']);
    await openAt(page, 'one', 'Enter');
    const title = page.locator('.card-title');
    await page.keyboard.type(' and ');
    await leave(page);
    await waitServer(page, ([item]) => item.title === 'one and');
    await page.keyboard.type('two');
    assert.equal(await title.inputValue(), 'one and two');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await leave(page);
    await page.keyboard.type('three');
    assert.equal(await title.inputValue(), 'three');
    await page.keyboard.press('Enter');
    await waitServer(page, ([item]) => item.title === 'three');
  });

test('what is not a date changes nothing, stays there with a sentence, and Esc takes it back', async (t) => {
  const page = await open(t);
  await withItems(page, [{ title: 'one', due: { date: '2026-12-24' } }]);
  await openAt(page, 'one', 'd');
  await active(page, '[name=due-date]');
  await page.keyboard.type('02302026');
  await page.keyboard.press('Tab');
  await page.getByText('Enter a date such as 12/24/').waitFor();
  assert.equal(await date(page).inputValue(), '02302026');
  assert.equal(await date(page).getAttribute('aria-invalid'), 'true');
  await date(page).focus();
  await page.keyboard.press('Escape');
  assert.equal(await date(page).inputValue(), '12/24/2026');
  await page.locator('.card').waitFor();
  await page.keyboard.type('12/2');
  await page.keyboard.press('Escape');
  await page.keyboard.type('99');
  // Closing the card on it says what became of it.
  await page.locator('.page-head h1').click();
  await page.getByText('“99” is not a date').waitFor();
  await settled(page);
  await waitServer(page, ([item]) => item.due.date === '2026-12-24');
});

test('Backspace in the time field takes its text, never the item; emptied on purpose, Undo brings it back', async (t) => {
  const page = await open(t);
  const due = { date: '2026-12-24', time: '09:00', zone: 'Asia/Seoul' };
  await withItems(page, [{ title: 'one', due }, 'two']);
  await openAt(page, 'one', 'Enter');
  await time(page).focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
  await active(page, '[name=due-time]');
  assert.equal(await page.locator('[data-row]').count(), 2);
  assert.equal(await time(page).inputValue(), '');
  await page.keyboard.press('Enter');
  await active(page, '[name=add-time]');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Delete');
  await waitServer(page, (items) => items.length === 2 && items[0].due.time === undefined);
  await date(page).focus();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Tab');
  await waitServer(page, (items) => items.length === 2 && items[0].due === null);
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitServer(page, ([item]) => item.due?.date === '2026-12-24');
});

test('chips are saved at once and the focus goes on; the zone is saved where the keys stop', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  await openAt(page, 'one', 'Enter');
  await page.getByRole('button', { name: 'Tomorrow' }).focus();
  await page.keyboard.press('Enter');
  await active(page, '[name=add-time]');
  await waitServer(page, ([item]) => item.due !== null);
  await page.keyboard.press('Space');
  await active(page, '[name=due-time]');
  await page.locator('[name=due-zone]').focus();
  await page.keyboard.type('Asia/Tok');
  await page.keyboard.press('Tab');
  await waitServer(page, ([item]) => item.due.zone === 'Asia/Tokyo' && item.due.time === '09:00');
  await page.getByRole('button', { name: 'Remove due date' }).focus();
  await page.keyboard.press('Enter');
  await active(page, '.chip');
  await waitServer(page, ([item]) => item.due === null);
});

test('an alias of a zone stands in the list once, and stays', async (t) => {
  const page = await open(t);
  await withItems(page, [{ title: 'one', due: { date: '2026-12-24', time: '09:00', zone: 'Asia/Kolkata' } }]);
  await openAt(page, 'one', 'Enter');
  const names = await page.locator('[name=due-zone] option').allTextContents();
  assert.equal(names.filter((name) => /Kolkata|Calcutta/.test(name)).join(), 'Asia/Kolkata');
  assert.equal(new Set(names).size, names.length);
});

const paste = (page, text) =>
  page.evaluate((text) => document.execCommand('insertText', false, text), text);

test('nothing is cut: what is over 500 characters of a title goes into the note', async (t) => {
  const page = await open(t);
  await withItems(page, [{ title: 'one', note: 'before' }]);
  await openAt(page, 'one', 'e');
  await paste(page, '😀'.repeat(498));
  await page.keyboard.type('abcd');
  await page.getByText('A title can have up to 500 characters; this one has 502.').waitFor();
  await page.keyboard.press('Enter');
  await waitServer(page, ([item]) => item.title === `${'😀'.repeat(498)}ab` && item.note === 'cd\nbefore');
});

test('a note over 10,000 is not cut: it says so, is kept, and is saved once it fits', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  await openAt(page, 'one', 'Enter');
  await page.locator('[name=note]').focus();
  await paste(page, 'x'.repeat(10_004));
  await page.getByText('Make it 4 characters shorter').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('What you wrote is kept on this device.').waitFor();
  await waitServer(page, ([item]) => item.note === '');
  await page.reload();
  await row(page, 'one').waitFor();
  await openAt(page, 'one', 'Enter');
  assert.equal((await page.locator('[name=note]').inputValue()).length, 10_004);
  await page.locator('[name=note]').focus();
  await page.keyboard.press('Control+End');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
  await page.keyboard.press('Escape');
  await waitServer(page, ([item]) => item.note.length === 10_000);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft')).length), 0);
});

test('removing an item whose card has unsaved words: Undo brings the words back', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  await openAt(page, 'one', 'Enter');
  await page.keyboard.type(' more');
  await page.getByRole('button', { name: 'Delete' }).click();
  await waitTitles(page, ['two']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitTitles(page, ['one more', 'two']);
  await waitServer(page, (items) => items.length === 2 && items[0].title === 'one more');
});

test('deleted on another device while one writes: the words stay, and can be brought back', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  await openAt(page, 'one', 'Enter');
  await page.locator('[name=note]').focus();
  await page.keyboard.type('half a th');
  await page.evaluate(async () => {
    const { items } = await (await fetch('/api/v1/todos?filter=all')).json();
    await fetch(`/api/v1/todos/${items.find((i) => i.title === 'one').id}`, { method: 'DELETE' });
    dispatchEvent(new Event('focus'));
  });
  await page.getByRole('dialog').getByText('“one” was deleted on another device.').waitFor();
  await active(page, '.orphan-text');
  await page.keyboard.type('ought');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await waitTitles(page, ['one', 'two']);
  await waitServer(page, (items) => items.some((i) => i.title === 'one' && i.note === 'half a thought'));
});

test('deleted on another device while one writes: Esc or a reload keeps the words among what is not saved', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two', 'stays']);
  const panel = page.locator('.unsaved-line');
  for (const [n, leave] of [() => page.keyboard.press('Escape'), () => page.reload()].entries()) {
    const title = ['one', 'two'][n];
    await row(page, title).locator('.row-open').click();
    await page.locator('.card-note').click();
    await page.keyboard.type(`words for ${title}`);
    const [{ id }] = await api(page, 'list');
    await page.evaluate((id) => fetch(`/api/v1/todos/${id}`, { method: 'DELETE' }), id);
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await page.getByRole('button', { name: 'Bring back' }).waitFor();
    await page.keyboard.type(', more');
    await leave();
    await panel.getByText(`${n + 1} not saved`).waitFor();
  }
  await panel.getByRole('button').click();
  const dialog = page.getByRole('dialog', { name: 'Not saved' });
  await dialog.getByText('words for one, more').waitFor();
  await dialog.getByText('words for two').waitFor();
  assert.equal(await page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('allday.draft.'))), false);
});

/** In another window, or on another device. */
const deleteElsewhere = (page, title) =>
  page.evaluate(async (title) => {
    const { items } = await (await fetch('/api/v1/todos?filter=all')).json();
    await fetch(`/api/v1/todos/${items.find((i) => i.title === title).id}`, { method: 'DELETE' });
    dispatchEvent(new Event('focus'));
  }, title);
const TIMED = { date: '2026-12-12', time: '09:00', zone: 'Asia/Seoul' };

for (const { lang, locale, w } of LANGUAGES) {
  const { fresh, time: written } = WRITTEN[locale];

  test(`${lang}: a date or a time in the middle of being typed when the item is deleted elsewhere is offered back`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one', { title: 'two', due: TIMED }]);
    const orphan = page.getByRole('dialog', { name: w.draft.goneTitle });
    const bringBack = orphan.getByRole('button', { name: w.draft.bringBack });
    await openAt(page, 'one', 'd');
    await page.keyboard.type(fresh);
    await deleteElsewhere(page, 'one');
    await orphan.getByText(fresh).waitFor();
    await bringBack.press('Enter');
    await waitServer(page, (items) => items.find((i) => i.title === 'one')?.due?.date === '2026-12-24');
    await openAt(page, 'two', 'Enter');
    await time(page).focus();
    await page.keyboard.type(written);
    await deleteElsewhere(page, 'two');
    await orphan.getByText(written).waitFor();
    await bringBack.press('Enter');
    await waitServer(page, (items) => items.find((i) => i.title === 'two')?.due?.time === '15:30');
  });

  test(`${lang}: a date that cannot be read yet comes back into its field`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one', 'two']);
    await openAt(page, 'one', 'd');
    await page.keyboard.type('99');
    await deleteElsewhere(page, 'one');
    await page.getByRole('dialog').getByText('99').waitFor();
    await page.keyboard.press('Enter');
    await active(page, '[name=due-date]');
    assert.equal(await date(page).inputValue(), '99');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(fresh);
    await page.keyboard.press('Enter');
    await waitServer(page, (items) => items.find((i) => i.title === 'one')?.due?.date === '2026-12-24');
    // Not offered again.
    assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft')).length), 0);
  });

  test(`${lang}: left alone, such a date is among what is not saved`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one', 'two', 'stays']);
    const panel = page.locator('.unsaved-line');
    const cases = [[fresh, () => page.keyboard.press('Escape')], ['99', () => page.reload()]];
    for (const [n, [text, leave]] of cases.entries()) {
      const title = ['one', 'two'][n];
      await openAt(page, title, 'd');
      await page.keyboard.type(text);
      await deleteElsewhere(page, title);
      await page.getByRole('button', { name: w.draft.bringBack }).waitFor();
      await leave();
      await panel.getByText(w.unsaved.line(n + 1)).waitFor();
    }
    await panel.getByRole('button').click();
    const dialog = page.getByRole('dialog', { name: w.unsaved.title });
    await dialog.locator('.kept-list .meta').waitFor();
    await dialog.getByText('99').waitFor();
    const name = w.unsaved.ofWhat(w.unsaved.asNew, 'one');
    await dialog.getByRole('button', { name, exact: true }).click();
    await waitServer(page, (items) => items.find((i) => i.title === 'one')?.due?.date === '2026-12-24');
  });

  test(`${lang}: a crash in the middle of a date loses none of it`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one']);
    await openAt(page, 'one', 'd');
    await page.keyboard.type(fresh.slice(0, 3));
    await crash(page);
    await openAt(page, 'one', 'd');
    assert.equal(await date(page).inputValue(), fresh.slice(0, 3));
    await page.keyboard.press('End');
    await page.keyboard.type(fresh.slice(3));
    await page.keyboard.press('Enter');
    await waitServer(page, ([item]) => item.due?.date === '2026-12-24');
    assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft')).length), 0);
  });

  test(`${lang}: what is written over in the words that are offered back outlives a reload`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one', 'two']);
    await openAt(page, 'one', 'Enter');
    await page.locator('.card-note').click();
    await page.keyboard.type('words');
    await deleteElsewhere(page, 'one');
    await active(page, '.orphan-text');
    await page.keyboard.type(', more');
    await page.reload();
    await page.locator('.unsaved-line').getByRole('button').click();
    await page.getByRole('dialog', { name: w.unsaved.title }).getByText('words, more').waitFor();
  });
}

/** Loads the page anew; it is told nothing when it goes. */
async function crash(page) {
  await page.evaluate(() => {
    const stop = (event) => event.stopImmediatePropagation();
    // Ahead of the page's own.
    EventTarget.prototype.addEventListener.call(window, 'pagehide', stop, true);
    document.addEventListener('visibilitychange', stop, true);
  });
  await page.reload();
  await addField(page).and(page.locator(':enabled')).waitFor();
}

/** Another window of the same person. */
async function twin(page, title = 'one') {
  const other = await page.context().newPage();
  await other.goto(BASE);
  await row(other, title).waitFor();
  return other;
}

for (const crashed of [false, true])
  test(`two windows, one item: what is half typed in each outlives a ${crashed ? 'crash' : 'reload'} of both`, async (t) => {
    const one = await open(t);
    await withItems(one, ['one']);
    const two = await twin(one);
    const half = async (page, text) => {
      await page.bringToFront();
      await openAt(page, 'one', 'd');
      await page.keyboard.type(text);
    };
    // No dates: what can be read is saved when the window is left.
    await half(one, '88');
    await half(two, '99');
    // The one that was typed in last, first: what it leaves alone is the other's.
    for (const [page, text] of [[two, '99'], [one, '88']]) {
      await page.bringToFront();
      if (crashed) await crash(page);
      else await page.reload();
      await row(page, 'one').waitFor();
      await openAt(page, 'one', 'd');
      assert.equal(await date(page).inputValue(), text);
    }
  });

test('two windows, one item: the words of one are not in the way of the other, nor gone with it', async (t) => {
  const one = await open(t);
  await withItems(one, ['one']);
  const two = await twin(one);
  const note = (page) => page.locator('.card-note');
  // Longer than can be saved: what can be is saved when the window is left, and then is both's.
  const ofOne = `of one ${'x'.repeat(10_000)}`;
  await one.bringToFront();
  await openAt(one, 'one', 'Enter');
  await note(one).click();
  await paste(one, ofOne);
  await two.bringToFront();
  await openAt(two, 'one', 'Enter');
  await two.waitForFunction(() => document.querySelector('.card-note').value === '');
  await note(two).click();
  await two.keyboard.type('of two');
  await two.keyboard.press('ControlOrMeta+a');
  await two.keyboard.press('Delete');
  await two.keyboard.press('Escape');
  await two.locator('.card').waitFor({ state: 'detached' });
  await one.bringToFront();
  await crash(one);
  await openAt(one, 'one', 'Enter');
  assert.equal(await note(one).inputValue(), ofOne);
  // When it is gone for good, the next window has them.
  await crash(one);
  await one.close();
  await two.bringToFront();
  await openAt(two, 'one', 'Enter');
  await two.waitForFunction((text) => document.querySelector('.card-note').value === text, ofOne);
});

test('two windows: words for an item that is gone are offered once, where they are written', async (t) => {
  const one = await open(t);
  await withItems(one, ['one', 'stays']);
  const two = await twin(one);
  await one.bringToFront();
  await openAt(one, 'one', 'Enter');
  await one.locator('.card-note').click();
  await one.keyboard.type('of one');
  await deleteElsewhere(two, 'one');
  await waitTitles(two, ['stays']);
  await two.reload();
  await waitTitles(two, ['stays']);
  await one.evaluate(() => dispatchEvent(new Event('focus')));
  await active(one, '.orphan-text');
  await two.reload();
  await waitTitles(two, ['stays']);
  // By now it would have taken them.
  await two.waitForFunction(() => performance.now() > 3000);
  assert.equal(await two.locator('.unsaved-line').count(), 0);
  await one.bringToFront();
  await one.getByRole('button', { name: 'Bring back' }).press('Enter');
  await waitServer(one, (items) => items.find((i) => i.title === 'one')?.note === 'of one');
  assert.equal(await one.locator('.unsaved-line').count(), 0);
});

test('a window that is a copy of another keeps its own words', async (t) => {
  const one = await open(t);
  await withItems(one, ['one']);
  await addField(one).click();
  await one.keyboard.type('of one');
  // Duplicate tab takes along what the session stores.
  const [two] = await Promise.all([one.context().waitForEvent('page'), one.evaluate(() => void window.open('/'))]);
  await addField(two).and(two.locator(':enabled')).waitFor();
  await two.waitForFunction(() => document.querySelector('.add input').value === '');
  await two.bringToFront();
  await addField(two).click();
  await two.keyboard.type('of two');
  for (const [page, text] of [[two, 'of two'], [one, 'of one']]) {
    await page.reload();
    await page.waitForFunction((text) => document.querySelector('.add input:enabled')?.value === text, text);
  }
});

test('Esc saves, the toast takes it back, Ctrl+Z and Ctrl+Shift+Z go back and forth', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  await openAt(page, 'one', 'Enter');
  await page.keyboard.type(' and a half');
  await page.locator('[name=note]').focus();
  await page.keyboard.type('note');
  await page.keyboard.press('Escape');
  await waitTitles(page, ['one and a half']);
  await page.locator('.toast', { hasText: 'Saved.' }).getByRole('button').click();
  await waitTitles(page, ['one']);
  await waitServer(page, ([item]) => item.title === 'one' && item.note === '');
  await row(page, 'one').locator('.row-open').focus();
  await page.keyboard.press('Delete');
  await waitTitles(page, []);
  await page.keyboard.press('Control+z');
  await waitTitles(page, ['one']);
  await page.keyboard.press('Control+Shift+z');
  await waitTitles(page, []);
  await page.keyboard.press('Control+z');
  await waitTitles(page, ['one']);
  await page.keyboard.press('Control+y');
  await waitTitles(page, []);
});

test('a letter is on the device at once: a crash of the tab loses nothing', async (t) => {
  const page = await open(t);
  await withItems(page, ['one']);
  await openAt(page, 'one', 'Enter');
  await page.keyboard.type(' x');
  const kept = await page.evaluate(() => Object.entries(localStorage).find(([k]) => k.startsWith('allday.draft.'))?.[1]);
  assert.match(kept, /one x/);
  await crash(page);
  await openAt(page, 'one', 'Enter');
  assert.equal(await page.locator('textarea.card-title').inputValue(), 'one x');
});

test('a check mark is taken back after its item was deleted, and so is the deletion', async (t) => {
  const page = await open(t);
  await withItems(page, ['one', 'two']);
  await row(page, 'one').locator('input[type=checkbox]').check();
  await row(page, 'one').locator('.row-open').focus();
  await page.keyboard.press('Delete');
  await waitTitles(page, ['two']);
  await page.locator('.toast', { hasText: 'Completed' }).getByRole('button').click();
  await settled(page);
  await page.locator('.toast', { hasText: 'Deleted' }).getByRole('button').click();
  await waitServer(page, (items) => items.length === 2 && items.every((item) => !item.done));
});

test('no Undo is covered before its time: several stand there, many become one', async (t) => {
  const page = await open(t);
  await withItems(page, ['a', 'b', 'c', 'd', 'e']);
  await row(page, 'a').locator('.row-open').focus();
  for (let n = 1; n <= 2; n++) {
    await page.keyboard.press('Delete');
    await page.waitForFunction((left) => document.querySelectorAll('[data-row]').length === left, 5 - n);
    await active(page, '.row-open');
  }
  assert.equal(await page.locator('.toast').count(), 2);
  for (let n = 3; n <= 5; n++) {
    await page.keyboard.press('Delete');
    await page.waitForFunction((left) => document.querySelectorAll('[data-row]').length === left, 5 - n);
    if (n < 5) await active(page, '.row-open');
  }
  assert.ok((await page.locator('.toast').count()) <= 3);
  while (await page.locator('.toast button', { hasText: 'Undo' }).count())
    await page.locator('.toast button', { hasText: 'Undo' }).last().click();
  await waitTitles(page, ['a', 'b', 'c', 'd', 'e']);
});

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const many = (n) => Array.from({ length: n }, (_, i) => ({ title: `item ${i}`, position: `a${DIGITS[i]}` }));

const inView = (page, selector) =>
  page.locator(selector).evaluate((e) => {
    const box = e.getBoundingClientRect();
    const bar = document.querySelector('.add').getBoundingClientRect();
    const phone = bar.top > innerHeight / 2;
    return { top: box.top - (phone ? 0 : bar.bottom), under: (phone ? bar.top : innerHeight) - box.bottom };
  });
for (const [name, options] of Object.entries({ desktop: {}, phone: PHONE }))
  (options === PHONE ? chromiumTest : test)(`${name}: a card that is opened low is wholly in view, also above a keyboard`, async (t) => {
    const page = await open(t, options);
    await withItems(page, many(30));
    const last = await page.evaluate(() => {
      const low = innerHeight - (innerWidth < 560 ? 90 : 10);
      return [...document.querySelectorAll('[data-row]')].findLastIndex((e) => e.getBoundingClientRect().bottom < low);
    });
    await page.locator('.row-open').nth(last).click();
    await page.locator('.card-foot').waitFor();
    const whole = await inView(page, '.card');
    assert.ok(whole.top >= 0 && whole.under >= 0, JSON.stringify(whole));
    await page.locator('[name=note]').click();
    await page.keyboard.type('a\nb\nc\nd');
    await page.setViewportSize({ width: options.viewport?.width ?? 1280, height: 420 });
    await page.waitForFunction(() => {
      const box = document.activeElement.getBoundingClientRect();
      const bar = document.querySelector('.add').getBoundingClientRect();
      const end = bar.top > innerHeight / 2 ? bar.top : innerHeight;
      return document.activeElement.name === 'note' && box.bottom <= end && box.top >= 0;
    });
  });

chromiumTest('phone: Back closes the card first, then leaves; Forward is harmless', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, ['one', 'two']);
  await page.getByRole('link', { name: 'Active', exact: true }).tap();
  await page.locator('.row-open').first().tap();
  await page.locator('textarea.card-title').tap();
  await page.keyboard.type(' x');
  await page.goBack();
  await page.locator('.card').waitFor({ state: 'detached' });
  assert.match(page.url(), /filter=active/);
  await waitTitles(page, ['one x', 'two']);
  await page.goForward();
  await page.waitForFunction(() => !history.state?.layer);
  assert.equal(await page.locator('.card').count(), 0);
  assert.match(page.url(), /filter=active/);
  await page.goBack();
  await page.waitForFunction(() => !location.search);
  // Closed by other means, no entry stays behind.
  await page.locator('.row-open').first().tap();
  await page.locator('.card-foot').waitFor();
  await page.getByRole('button', { name: 'Collapse' }).tap();
  await page.waitForFunction(() => !history.state?.layer);
  await page.goForward().catch(() => {});
  await page.waitForFunction(() => !history.state?.layer);
});

chromiumTest('phone: a toast is not over the add bar, nor over the card that is open', async (t) => {
  const page = await open(t, PHONE);
  await withItems(page, [...many(14), { title: 'x'.repeat(500), position: 'aZ' }]);
  await page.locator('.row-open').nth(10).tap();
  await page.locator('.card-foot').waitFor();
  await page.locator('.card .check input').check();
  const clear = await page.locator('.toast').evaluate((e) => {
    const a = e.getBoundingClientRect();
    return ['.card', '.add'].every((s) => {
      const b = document.querySelector(s).getBoundingClientRect();
      return a.bottom <= b.top || a.top >= b.bottom;
    });
  });
  assert.ok(clear);
  await page.getByRole('button', { name: 'Collapse' }).tap();
  await row(page, 'xxx').locator('input').check();
  const height = await page.locator('.toast').last().evaluate((e) => e.offsetHeight);
  assert.ok(height < 100, `${height} px for a title of 500`);
});

for (const [name, options] of Object.entries({ desktop: {}, phone: PHONE }))
  (options === PHONE ? chromiumTest : test)(`${name}: while a card is open a click on a row below does what it does else`, async (t) => {
    const page = await open(t, options);
    await withItems(page, ['one', 'two', 'three']);
    // Where it is now: nothing waits for it to stay there.
    const press = async (locator) => {
      const { x, y, height } = await locator.boundingBox();
      if (options === PHONE) await page.touchscreen.tap(x + 10, y + height / 2);
      else await page.mouse.click(x + 10, y + height / 2, { delay: 50 });
    };
    const openFirst = async () => {
      await page.locator('.row-open').first().click();
      await page.locator('.card-foot').waitFor();
    };
    await openFirst();
    await press(row(page, 'two').locator('input[type=checkbox]'));
    await page.locator('.card').waitFor({ state: 'detached' });
    await waitServer(page, (items) => items.map((i) => i.done).join() === 'false,true,false');
    await openFirst();
    await press(row(page, 'three').locator('.row-open'));
    await page.waitForFunction(() => document.querySelector('textarea.card-title')?.value === 'three');
    await page.locator('textarea.card-title').click();
    await page.locator('.card-foot').waitFor();
    await page.locator('.page-head h1').click();
    await page.locator('.card').waitFor({ state: 'detached' });
  });
