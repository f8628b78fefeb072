// Tabs of one browser: left and come back to (the back/forward cache), and without BroadcastChannel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add, BASE, FIREFOX, open, row, settled, startBrowser, stopBrowser, waitServer, waitTitles, withItems,
} from './support.mjs';

// Playwright turns that cache off.
before(() => startBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] }));
after(stopBrowser);

const NOISE = [/net::ERR/];
async function tab(page, title) {
  const other = await page.context().newPage();
  await other.goto(BASE);
  await row(other, title).waitFor();
  return other;
}

const without = (context, ...names) =>
  context.addInitScript((names) => {
    if (names.includes('BroadcastChannel')) delete window.BroadcastChannel;
    if (names.includes('locks')) Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });
  }, names);

// Chromium drops a cached page that a BroadcastChannel brings a message, and one whose lock another
// tab asks for: it is loaded anew.
for (const cached of [true, false])
  test(`a tab that is left while it sends does not stop the others, and is ${cached ? 'found again as it was' : 'loaded anew'}`, async (t) => {
    const one = await open(t, {}, NOISE);
    if (cached) await without(one.context(), 'BroadcastChannel');
    await withItems(one, ['first']);
    await one.evaluate(() => addEventListener('pageshow', (event) => (window.cameBack = event.persisted)));
    let hang = true;
    await one.route('**/api/v1/todos/*', (route) => (hang ? null : route.continue()));
    const sending = one.waitForRequest('**/api/v1/todos/*');
    await add(one, 'on its way');
    await sending;
    // It has the lock now.
    assert.equal(await one.evaluate(async () => (await navigator.locks.query()).held.length), 1);
    const early = cached ? null : await tab(one, 'on its way');
    await one.bringToFront();
    await one.goto(`${BASE}/robots.txt`);
    const two = early ?? (await tab(one, 'on its way'));
    await two.bringToFront();
    await add(two, 'of two');
    await settled(two);
    hang = false;
    await one.bringToFront();
    await one.goBack({ waitUntil: 'commit' });
    await waitTitles(one, ['first', 'on its way', 'of two']);
    // Firefox keeps no page that has a lock.
    assert.equal(await one.evaluate(() => window.cameBack ?? false), cached && !FIREFOX);
    await add(one, 'of one');
    await settled(one);
    await waitServer(two, (items) => items.map((item) => item.title).join() === 'first,on its way,of two,of one');
    await row(two, 'of one').waitFor();
    assert.equal(await one.locator('.sync-problem-on').count(), 0);
  });

test('without BroadcastChannel and without locks tabs hear of each other by the storage, and send once', async (t) => {
  const one = await open(t);
  // As in an old browser that is not on https.
  await without(one.context(), 'BroadcastChannel', 'locks');
  await withItems(one, ['first']);
  const two = await tab(one, 'first');
  assert.equal(await two.evaluate(() => 'BroadcastChannel' in window || navigator.locks !== undefined), false);
  const senders = new Map(); // which tabs have sent it: the same one may have to try again
  one.context().on('request', (request) => {
    if (!['PUT', 'PATCH', 'DELETE'].includes(request.method())) return;
    const key = request.headers()['idempotency-key'];
    senders.set(key, (senders.get(key) ?? new Set()).add(request.frame().page()));
  });
  await add(one, 'of one');
  await row(two, 'of one').waitFor();
  await add(two, 'of two');
  await row(one, 'of two').waitFor();
  await row(one, 'first').locator('input').check();
  await row(two, 'first').locator('input:checked').waitFor();
  await settled(one);
  await settled(two);
  assert.deepEqual([...senders.values()].map((tabs) => tabs.size), [1, 1, 1], 'no operation was sent by two tabs');
  const left = () => Object.keys(localStorage).filter((key) => /^allday\.(news|lease)/.test(key));
  assert.deepEqual(await one.evaluate(left), [], 'no news is left in the storage');
  await one.getByLabel('Account menu').click();
  await one.getByText('Log out', { exact: true }).click();
  await one.waitForURL(`${BASE}/login`);
  await two.getByText('You logged out in another tab.').waitFor();
});
