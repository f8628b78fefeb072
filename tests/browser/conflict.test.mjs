// Two devices edit one item; clearing, the trash: nothing is overwritten, nothing unseen is deleted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  api, BASE, elsewhere, LANGUAGES, open, row, settled, startBrowser, stopBrowser, tryNow, waitServer, waitTitles,
  withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const NOISE = [/status of 4\d\d/];

const first = async (page) => (await api(page, 'list'))[0];
const card = (page) => page.locator('.card');

async function openNote(page, title) {
  await row(page, title).locator('.row-open').click();
  await card(page).getByLabel('Note').click();
  await page.keyboard.press('Control+End');
}

for (const [locale, said, note] of [['en-US', 'was changed elsewhere too', 'Note'], ['ko-KR', '다른 곳에서도 고쳤어요', '메모']])
  test(`${locale}: two notes of one item are both kept, and it is said`, async (t) => {
    const page = await open(t, { locale }, NOISE);
    await withItems(page, [{ title: 'shared', note: 'first' }]);
    const { id } = await first(page);
    await row(page, 'shared').locator('.row-open').click();
    await card(page).getByLabel(note).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' mine');
    await elsewhere(page, 'PATCH', id, { note: 'first theirs' });
    await page.keyboard.press('Escape');
    await page.getByText(said).waitFor();
    const item = (await waitServer(page, (items) => items.length === 1))[0];
    assert.match(item.note, /^first theirs\n\n―+\n\nfirst mine$/);
  });

test('two tabs: a note that began before the other was saved keeps both', async (t) => {
  const one = await open(t, {}, NOISE);
  await withItems(one, [{ title: 'shared', note: 'first' }]);
  const two = await one.context().newPage();
  await two.goto(BASE);
  await waitTitles(two, ['shared']);
  await openNote(two, 'shared');
  await openNote(one, 'shared');
  await one.keyboard.type(' of one');
  await two.bringToFront();
  await two.keyboard.type(' of two');
  await two.keyboard.press('Escape');
  await settled(two);
  await one.bringToFront();
  await card(one).getByLabel('Note').press('Escape');
  await one.getByText('was changed elsewhere too').waitFor();
  const [item] = await waitServer(one, (items) => items.length === 1);
  assert.match(item.note, /^first of two\n\n―+\n\nfirst of one$/);
});

test('two tabs: a conflict that the other one met in sending is said here too', async (t) => {
  const one = await open(t, {}, [...NOISE, /net::ERR/]);
  await withItems(one, [{ title: 'shared', note: 'first' }]);
  const two = await one.context().newPage();
  await two.goto(BASE);
  await waitTitles(two, ['shared']);
  // What waits is written by the first, and sent by the second.
  await one.route('**/api/v1/todos/**', (route) => route.abort());
  await elsewhere(two, 'PATCH', (await waitServer(two, (items) => items.length === 1))[0].id, { note: 'theirs' });
  await openNote(one, 'shared');
  await one.keyboard.type(' of one');
  await one.keyboard.press('Escape');
  await one.getByText('was changed elsewhere too').waitFor();
});

test('several edits of a note before the other one is known: the last of ours is kept once', async (t) => {
  const page = await open(t, {}, [...NOISE, /net::ERR/]);
  await withItems(page, [{ title: 'shared', note: 'first' }]);
  const { id } = await first(page);
  await elsewhere(page, 'PATCH', id, { note: 'theirs' });
  await page.route('**/api/v1/**', (route) => route.abort());
  for (const word of [' one', ' two', ' three']) {
    await openNote(page, 'shared');
    await page.keyboard.type(word);
    await page.keyboard.press('Escape');
  }
  await page.unroute('**/api/v1/**');
  await tryNow(page);
  const [item] = await waitServer(page, (items) => items.length === 1);
  assert.match(item.note, /^theirs\n\n―+\n\nfirst one two three$/);
});

test('two titles: theirs stays, ours goes to the top of the note', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, [{ title: 'shared', note: 'n' }]);
  const { id } = await first(page);
  await row(page, 'shared').locator('.row-open').click();
  await card(page).getByLabel('Title').press('Control+a');
  await page.keyboard.type('mine');
  await elsewhere(page, 'PATCH', id, { title: 'theirs' });
  await page.keyboard.press('Escape');
  await waitTitles(page, ['theirs']);
  await waitServer(page, ([item]) => item.title === 'theirs' && item.note === 'mine\n\nn');
});

for (const [locale, said] of [['en-US', 'has been changed again since'], ['ko-KR', '그 뒤에 또 고쳐서']])
  test(`${locale}: Undo and redo leave a text that somebody else has changed since`, async (t) => {
    const page = await open(t, { locale }, NOISE);
    await withItems(page, [{ title: 'shared', note: 'n' }]);
    const { id } = await first(page);
    await row(page, 'shared').locator('.row-open').press('e');
    await page.keyboard.type('mine');
    await page.keyboard.press('Escape');
    await settled(page);
    await elsewhere(page, 'PATCH', id, { title: 'theirs' });
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await waitTitles(page, ['theirs']);
    await page.keyboard.press('Control+z');
    await page.getByText(said).waitFor();
    await waitServer(page, ([item]) => item.title === 'theirs');
    // An edit that became a conflict is not taken back over what the other one wrote either.
    await row(page, 'theirs').locator('.row-open').press('e');
    await page.keyboard.type('mine again');
    await elsewhere(page, 'PATCH', id, { title: 'theirs again' });
    await page.keyboard.press('Escape');
    await waitTitles(page, ['theirs again']);
    await page.keyboard.press('Control+z');
    await page.getByText(new RegExp(`theirs again.*${said}`)).waitFor();
    await waitServer(page, ([item]) => item.title === 'theirs again' && item.note === 'mine again\n\nn');
  });

for (const { lang, locale, w } of LANGUAGES) {
  test(`${lang}: an emptied note and a written one: what was written stays, and it is said whose`, async (t) => {
    const page = await open(t, { locale }, NOISE);
    await withItems(page, [{ title: 'shared', note: 'first' }]);
    const { id } = await first(page);
    const edit = async (keys, note) => {
      await row(page, 'shared').locator('.row-open').click();
      await card(page).getByLabel(w.card.note).click();
      for (const key of keys) await page.keyboard.press(key);
      await elsewhere(page, 'PATCH', id, { note });
      await page.keyboard.press('Escape');
    };
    await edit(['Control+a', 'Delete'], 'theirs');
    await page.getByText(w.sync.theirs('shared')).waitFor();
    await waitServer(page, ([item]) => item.note === 'theirs');
    await edit(['Control+End', '!'], '');
    await page.getByText(w.sync.mine('shared')).waitFor();
    await waitServer(page, ([item]) => item.note === 'theirs!');
  });

  test(`${lang}: Undo leaves a due date and a place that somebody else has changed since`, async (t) => {
    const page = await open(t, { locale }, NOISE);
    await withItems(page, ['one', 'two', 'three']);
    const { id } = await first(page);
    await row(page, 'one').locator('.row-open').click();
    await card(page).getByRole('button', { name: w.card.tomorrow }).click();
    await page.keyboard.press('Escape');
    await card(page).waitFor({ state: 'detached' });
    await settled(page);
    // Not known here yet when it is taken back.
    await elsewhere(page, 'PATCH', id, { due: { date: '2030-01-01', time: '09:00', zone: 'Asia/Seoul' } });
    await page.keyboard.press('Control+z');
    await page.getByText(w.sync.overtaken('one')).waitFor();
    await waitServer(page, ([item]) => item.due.date === '2030-01-01');
    await page.keyboard.press('Alt+ArrowDown');
    await waitTitles(page, ['two', 'one', 'three']);
    await settled(page);
    await elsewhere(page, 'PATCH', id, { position: 'a9' });
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await waitTitles(page, ['two', 'three', 'one']);
    await page.keyboard.press('Control+z');
    await page.getByText(w.sync.overtaken('one')).nth(1).waitFor();
    await waitTitles(page, ['two', 'three', 'one']);
    // What nobody has changed is taken back.
    await row(page, 'two').locator('.row-open').press('Alt+ArrowDown');
    await waitTitles(page, ['three', 'two', 'one']);
    await page.keyboard.press('Control+z');
    await waitTitles(page, ['two', 'three', 'one']);
    await waitServer(page, (items) => items.map((item) => item.title).join() === 'two,three,one');
  });
}

test('an item checked elsewhere while its note is written: both happen, nothing is said', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, [{ title: 'shared', note: 'first' }]);
  const { id } = await first(page);
  await openNote(page, 'shared');
  await page.keyboard.type(' mine');
  await elsewhere(page, 'PATCH', id, { done: true });
  await page.keyboard.press('Escape');
  await waitServer(page, ([item]) => item.done && item.note === 'first mine');
  assert.equal(await page.getByText('was changed elsewhere too').count(), 0);
});

test('deleted elsewhere while a note is written: the edit brings it back', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['shared']);
  const { id } = await first(page);
  await openNote(page, 'shared');
  await page.keyboard.type('words');
  await elsewhere(page, 'DELETE', id);
  await page.keyboard.press('Escape');
  await page.getByText('your edit brought it back').waitFor();
  await waitServer(page, (items) => items.length === 1 && items[0].note === 'words');
  // When the deletion is seen before the edit is saved, the person is asked.
  await openNote(page, 'shared');
  await page.keyboard.type(', more');
  await elsewhere(page, 'DELETE', id);
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await page.getByRole('button', { name: 'Bring back' }).click();
  await waitServer(page, (items) => items.length === 1 && items[0].note === 'words, more');
});

test('clear completed sends what was seen, and Undo brings back just that', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, [{ title: 'seen', done: true }, 'other']);
  const items = await api(page, 'list');
  await elsewhere(page, 'PATCH', items[1].id, { done: true });
  await page.getByRole('button', { name: 'Clear completed' }).click();
  await page.getByText('Cleared 1 completed item.').waitFor();
  await waitServer(page, (all) => all.length === 1 && all[0].title === 'other');
  await page.getByRole('button', { name: 'Undo' }).click();
  await waitServer(page, (all) => all.length === 2 && all.every((item) => item.done));
});

test('the trash: seen, restored from, emptied after a question', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['keep', 'drop', 'gone', 'other']);
  for (const title of ['keep', 'drop', 'gone']) {
    await row(page, title).locator('.row-open').focus();
    await page.keyboard.press('Delete');
  }
  await settled(page);
  await page.getByRole('button', { name: 'Trash' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trash' });
  await dialog.getByRole('button', { name: 'Restore keep' }).click();
  await dialog.getByText('keep', { exact: true }).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Empty the trash' }).click();
  await dialog.getByText('Delete 2 items for good?').waitFor();
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await dialog.getByText('The trash is empty.').waitFor();
  await page.keyboard.press('Escape');
  await waitTitles(page, ['keep', 'other']);
  await waitServer(page, (items) => items.length === 2);
  await page.getByRole('button', { name: 'Trash' }).click();
  await dialog.getByText('The trash is empty.').waitFor();
});
