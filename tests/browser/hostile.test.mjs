// Something else answers in the server's place, or the line is bad: what is typed is kept, and sent later.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import {
  add, addField, api, BASE, LANGUAGES, newLogin, open, PASSWORD, row, settled, signUp, startBrowser, stopBrowser,
  tryNow, waitServer, waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const NOISE = [/net::ERR/, /status of \d+/];

async function type(page, text) {
  await addField(page).click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

const html = (status, headers = {}) => (route) =>
  route.fulfill({ status, contentType: 'text/html', headers, body: '<!doctype html><title>x</title><p>Not the server.' });

const problem = (status, slug, more = {}) => (route) =>
  route.fulfill({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: `urn:allday:${slug}`, title: slug, status, ...more }),
  });

const ANSWERS = {
  '403 in HTML': html(403),
  '404 in HTML': html(404),
  '407 in HTML': html(407),
  '408 in HTML': html(408),
  '413 in HTML': html(413),
  '431 in HTML': html(431),
  '500 in HTML': html(500),
  '502 in HTML': html(502),
  '511 in HTML': html(511),
  '401 of a proxy': html(401, { 'WWW-Authenticate': 'Bearer realm="proxy"' }),
  '200 in HTML': html(200),
  'a redirect to a log-in page': (route) => route.fulfill({ status: 302, headers: { Location: `${BASE}/elsewhere` } }),
  'JSON of somebody else': (route) => route.fulfill({ status: 403, json: { error: 'denied' } }),
  'JSON of another shape': (route) => route.fulfill({ status: 200, json: { ok: true } }),
};

for (const [name, answer] of Object.entries(ANSWERS))
  test(`${name}: adding, deleting and checking are kept and sent later`, async (t) => {
    const page = await open(t, {}, NOISE);
    await withItems(page, ['gone', 'done']);
    await page.route('**/api/**', answer);
    await type(page, 'new');
    await row(page, 'gone').locator('.row-open').focus();
    await page.keyboard.press('Delete');
    await row(page, 'done').locator('input[type=checkbox]').check();
    await page.locator('.sync-problem-on').waitFor();
    await waitTitles(page, ['done', 'new']);
    await page.unroute('**/api/**');
    await page.locator('.retry').click();
    await waitServer(page, (items) => items.map((i) => `${i.title} ${i.done}`).join() === 'done true,new false');
    await waitTitles(page, ['done', 'new']);
    assert.equal(await page.locator('.unsaved-line').count(), 0);
  });

test('a deletion that is answered 200 in HTML is not taken for done', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['gone', 'stays']);
  await page.route('**/api/v1/todos/*', html(200));
  await row(page, 'gone').locator('.row-open').focus();
  await page.keyboard.press('Delete');
  await page.locator('.sync-problem-on').waitFor();
  await page.unroute('**/api/v1/todos/*');
  await tryNow(page);
  await waitServer(page, (items) => items.length === 1);
  await waitTitles(page, ['stays']);
});

test('a deletion that is answered 204 by somebody else is not taken for done', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['gone', 'stays']);
  await page.route('**/api/**', (route) => route.fulfill({ status: 204 }));
  await row(page, 'gone').locator('.row-open').focus();
  await page.keyboard.press('Delete');
  await page.locator('.sync-problem-on').waitFor();
  await page.unroute('**/api/**');
  await tryNow(page);
  await waitServer(page, (items) => items.length === 1);
  await waitTitles(page, ['stays']);
});

test('an answer that goes on being somebody else’s is named, with a way out', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  await page.route('**/api/**', ANSWERS['a redirect to a log-in page']);
  await type(page, 'kept');
  await page.getByText('Something other than the server is answering').waitFor();
  await page.unroute('**/api/**');
  await page.getByRole('button', { name: 'Reload' }).click();
  await waitTitles(page, ['kept']);
  await waitServer(page, (items) => items.length === 1);
});

test('a first load that gets HTML waits, says why, and goes on by itself', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['mine']);
  await page.route('**/api/**', html(200));
  await page.reload();
  await page.getByText('The server is taking a short break').waitFor();
  await page.getByText('Something other than the server').waitFor();
  await page.unroute('**/api/**');
  await waitTitles(page, ['mine']);
});

test('one that cannot go does not block the others', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['first']);
  await page.route('**/api/v1/todos/*', (route) =>
    route.request().postData()?.includes('poison') ? html(403)(route) : route.continue());
  await type(page, 'poison');
  await type(page, 'fine');
  await page.getByText('Some changes could not be sent yet.').waitFor();
  await page.waitForFunction(
    () => Object.keys(localStorage).filter((key) => key.startsWith('allday.op.')).length === 1,
  );
  assert.deepEqual((await api(page, 'list')).map((i) => i.title), ['first', 'fine']);
  await page.unroute('**/api/v1/todos/*');
  await waitServer(page, (items) => items.length === 3);
});

test('a server error of ours is tried again for as long as it takes', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  let times = 0;
  await page.route('**/api/v1/todos/*', (route) => (++times > 5 ? route.continue() : problem(500, 'server-error')(route)));
  await type(page, 'patient');
  await row(page, 'patient').waitFor();
  // It tries by itself, too: then there is nothing to press.
  for (let i = 0; i < 30 && times <= 5; i++) await page.locator('.retry').click({ timeout: 1000 }).catch(() => {});
  await waitServer(page, (items) => items.length === 1 && items[0].title === 'patient');
});

test('what is refused for good is found again: copied, sent again, made anew, thrown away', async (t) => {
  const page = await open(t, { permissions: ['clipboard-read', 'clipboard-write'] }, NOISE);
  await withItems(page, ['there']);
  await page.route('**/api/v1/todos/*', (route) =>
    route.request().method() === 'PUT' ? problem(403, 'list-full')(route)
      : route.request().method() === 'PATCH' ? problem(422, 'invalid-field', { field: 'note' })(route) : route.continue());
  await type(page, 'no room');
  await page.getByText('1 not saved').waitFor();
  await row(page, 'there').locator('.row-open').click();
  await page.locator('.card').getByLabel('Note').click();
  await page.keyboard.type('a note of mine');
  await page.keyboard.press('Escape');
  await page.getByText('2 not saved').waitFor();
  await page.reload();
  await page.getByText('2 not saved').waitFor();
  await page.getByRole('button', { name: 'Show' }).click();
  const dialog = page.getByRole('dialog', { name: 'Not saved' });
  await dialog.getByText('The list is full (10,000 items). Delete what you no longer need').waitFor();
  await dialog.getByText('a note of mine').waitFor();
  await dialog.getByRole('button', { name: 'Copy: no room' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'no room');
  await page.unroute('**/api/v1/todos/*');
  await dialog.getByRole('button', { name: 'Send again: no room' }).click();
  await dialog.getByRole('button', { name: 'Edit as a new item: there' }).click();
  await page.locator('.card').waitFor();
  await page.keyboard.press('Escape');
  const items = await waitServer(page, (all) => all.length === 3);
  assert.deepEqual(items.map((i) => [i.title, i.note]), [['there', ''], ['no room', ''], ['there', 'a note of mine']]);
  assert.equal(await page.locator('.unsaved-line').count(), 0);
});

test('two items with one title that are refused are both kept', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  await page.route('**/api/v1/todos/*', problem(403, 'list-full'));
  await type(page, 'milk');
  await page.getByText('1 not saved').waitFor();
  await type(page, 'milk');
  await page.getByText('2 not saved').waitFor();
  await page.unroute('**/api/v1/todos/*');
  await page.getByRole('button', { name: 'Show' }).click();
  const again = page.getByRole('dialog', { name: 'Not saved' }).getByRole('button', { name: 'Send again: milk' });
  await again.first().click();
  await again.nth(1).waitFor({ state: 'detached' });
  await again.click();
  await waitServer(page, (items) => items.map((item) => item.title).join() === 'milk,milk');
});

test('a storage that is full is said; the words stay in the page and are sent', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  await page.evaluate(() => {
    window.store = Storage.prototype.setItem;
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.route('**/api/**', (route) => route.abort());
  await type(page, 'only here');
  await page.getByText('This device cannot store anything').waitFor();
  await page.evaluate(() => {
    Storage.prototype.setItem = window.store;
  });
  await page.unroute('**/api/**');
  await page.locator('.sync-problem-on').waitFor({ state: 'detached' });
  await waitServer(page, (items) => items.length === 1);
});

test('what could not be stored outlives a session that ends: whoever logs in again in the page has it', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.route('**/api/**', (route) => route.abort());
  await add(page, 'only here');
  await addField(page).click();
  await page.keyboard.type('half a line');
  await page.context().clearCookies();
  await page.unroute('**/api/**');
  await tryNow(page);
  await page.locator('input[name=password]').click();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await waitTitles(page, ['only here']);
  assert.equal(await addField(page).inputValue(), 'half a line');
  await page.waitForFunction(async () => (await (await fetch('/api/v1/todos')).json()).items.length === 1);
});

test('a storage that the browser clears is written again', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, []);
  await page.route('**/api/**', (route) => route.abort());
  await type(page, 'evicted');
  await page.locator('.sync-problem-on').waitFor();
  await page.evaluate(() => localStorage.clear());
  await tryNow(page);
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('allday.op.')));
  await page.reload();
  await page.unroute('**/api/**');
  await waitTitles(page, ['evicted']);
  await waitServer(page, (items) => items.length === 1);
});

/** Passes everything on to BASE, but for what a test does with an answer or a body. */
async function proxy(t, behave) {
  const target = new URL(BASE);
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, host: target.host };
    if (headers.origin) headers.origin = BASE;
    const options = { host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers };
    const onward = request(options, (answer) => behave.answer(incoming, answer, outgoing));
    onward.on('error', () => outgoing.destroy());
    behave.body(incoming, onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
const whole = {
  answer(_, answer, outgoing) {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  },
  body: (incoming, onward) => incoming.pipe(onward),
};

test('answers that are cut: nothing is lost, nothing is done twice', async (t) => {
  let cut = 0;
  const origin = await proxy(t, {
    ...whole,
    answer(incoming, answer, outgoing) {
      if (incoming.method !== 'PUT' || !incoming.url.includes('/todos/') || ++cut > 2) return whole.answer(incoming, answer, outgoing);
      // The head and half a body: the write is done, the answer is not whole.
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.once('data', (part) => outgoing.write(part.subarray(0, 20), () => outgoing.destroy()));
    },
  });
  const page = await open(t, {}, NOISE);
  await signUp(page, newLogin(), origin);
  await type(page, 'cut');
  await settled(page);
  assert.ok(cut > 2);
  const items = await api(page, 'list');
  assert.equal(items.filter((i) => i.title === 'cut').length, 1);
  assert.equal(items.length, 4);
});

test('a note that needs 22 s on its line arrives, and nothing waits for it', async (t) => {
  let finished = false;
  const origin = await proxy(t, {
    ...whole,
    body(incoming, onward) {
      if (Number(incoming.headers['content-length'] ?? 0) < 10_000) return whole.body(incoming, onward);
      const parts = [];
      incoming.on('data', (part) => parts.push(part));
      // 22 kB at 1 kB/s.
      incoming.on('end', () => drip(Buffer.concat(parts), 1000));
      const drip = (left, size) => {
        onward.write(left.subarray(0, size));
        if (left.length > size) setTimeout(drip, 1000, left.subarray(size), size);
        else (finished = true), onward.end();
      };
    },
  });
  const page = await open(t, {}, NOISE);
  await signUp(page, newLogin(), origin);
  await page.locator('.row-open').first().click();
  await page.locator('.card').getByLabel('Note').click();
  await page.keyboard.insertText('가'.repeat(6000) + 'long '.repeat(800));
  await page.keyboard.press('Escape');
  await type(page, 'later');
  await page.waitForFunction(async () =>
    (await (await fetch('/api/v1/todos', { cache: 'no-store' })).json()).items.some((i) => i.title === 'later'));
  assert.equal(finished, false, 'the note is still on its way');
  await page.waitForFunction(() => !Object.keys(localStorage).some((k) => k.startsWith('allday.op.')), null, { timeout: 60_000 });
  assert.equal((await api(page, 'list'))[0].note.length, 10_000);
});

test('300 pasted lines are sent in seconds, several at a time', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await addField(page).evaluate((e) => {
    const data = new DataTransfer();
    data.setData('text/plain', Array.from({ length: 300 }, (_, i) => `line ${i}`).join('\n'));
    e.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  const started = Date.now();
  await page.getByRole('button', { name: 'Add 300 items' }).click();
  await page.waitForFunction(() => !Object.keys(localStorage).some((k) => k.startsWith('allday.op.')), null, { timeout: 60_000 });
  t.diagnostic(`${Date.now() - started} ms`);
  const items = await waitServer(page, (all) => all.length === 300);
  assert.deepEqual(items.map((i) => i.title), Array.from({ length: 300 }, (_, i) => `line ${i}`));
});

test('a server that can store nothing says so, keeps what is typed, and takes it later', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['there']);
  await page.route('**/api/v1/todos/*', problem(503, 'read-only'));
  await type(page, 'later');
  await page.getByText('The server is out of space right now.').waitFor();
  await row(page, 'later').waitFor();
  assert.equal(await page.locator('.unsaved-line').count(), 0);
  await page.unroute('**/api/v1/todos/*');
  await tryNow(page);
  await waitServer(page, (items) => items.some((item) => item.title === 'later'));
});

for (const { lang, locale, w } of LANGUAGES)
  test(`an account that is nearly full says so, and no other (${lang})`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['there']);
    assert.equal(await page.locator('.room-line').count(), 0);
    let used = 58_900_000;
    await page.route('**/api/v1/account', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), room: { used, limit: 64_000_000 } } });
    });
    await page.reload();
    await page.getByText(w.room(58, 64)).waitFor();
    used = 1000;
    await page.reload();
    await row(page, 'there').waitFor();
    assert.equal(await page.locator('.room-line').count(), 0);
  });

test('what an account has no room for is kept, and the reason is said', async (t) => {
  const page = await open(t, {}, NOISE);
  await withItems(page, ['there']);
  await page.route('**/api/v1/todos/*', problem(403, 'account-full'));
  await type(page, 'too much');
  await page.getByText('1 not saved').waitFor();
  await page.getByRole('button', { name: 'Show' }).click();
  const dialog = page.getByRole('dialog', { name: 'Not saved' });
  await dialog.getByText('This account is full. Empty the trash, or shorten long notes.').waitFor();
});
