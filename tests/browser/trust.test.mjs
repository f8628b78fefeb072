// What must not go wrong: lost words, two tabs, hostile text, wrong passwords.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  add, addField, api, BASE, chromiumTest, logIn, newLogin, open, PASSWORD, row, settled, signUp, startBrowser,
  stopBrowser, typeInto, waitServer, waitTitles, watch, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const FAILED = [/net::ERR_FAILED/, /status of 503/];
const down = (page) =>
  page.route('**/api/**', (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, body: '' }));
const up = (page) => page.unroute('**/api/**');

test('the server goes away: what is typed is kept, shown, and sent later', async (t) => {
  const page = await open(t, {}, FAILED);
  await withItems(page, ['before']);
  await down(page);
  await add(page, 'typed while away');
  await page.getByText('The server cannot be reached.').waitFor();
  await page.getByText(/Trying again in \d+ s/).waitFor();
  await row(page, 'before').locator('input[type=checkbox]').check();
  await typeInto(addField(page), 'only a draft');
  await page.reload();
  await page.getByText('The server is taking a short break').waitFor();
  await up(page);
  await waitTitles(page, ['before', 'typed while away']);
  assert.equal(await addField(page).inputValue(), 'only a draft');
  await waitServer(page, (items) => items.length === 2 && items[0].done && items[1].title === 'typed while away');
  assert.equal(await page.locator('.sync-problem-on').count(), 0);
});

test('the network goes away and comes back by itself', async (t) => {
  const page = await open(t, {}, [/net::ERR/]);
  await withItems(page, ['before']);
  await page.context().setOffline(true);
  await add(page, 'offline');
  await page.getByText('You are offline.').waitFor();
  await page.context().setOffline(false);
  await page.locator('.sync-problem-on').waitFor({ state: 'detached' });
  await waitServer(page, (items) => items.length === 2);
});

test('what the server refuses is taken back and explained', async (t) => {
  const page = await open(t, {}, [/status of 422/]);
  await withItems(page, ['good']);
  await page.route('**/api/v1/todos/*', (route) =>
    route.request().method() !== 'PATCH'
      ? route.continue()
      : route.fulfill({
          status: 422,
          contentType: 'application/problem+json',
          body: JSON.stringify({ type: 'urn:allday:invalid-field', title: 'x', status: 422, field: 'title' }),
        }),
  );
  await page.locator('.row-open').click();
  await typeInto(page.getByLabel('Title'), 'bad');
  await page.keyboard.press('Escape');
  await page.getByText('A title has 1 to 500 characters.').waitFor();
  await waitTitles(page, ['good']);
});

test('a session that ends goes to log in and loses nothing', async (t) => {
  const page = await open(t);
  const login = newLogin();
  await withItems(page, ['before'], login);
  await page.context().clearCookies();
  await typeInto(addField(page), 'after the end');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${BASE}/login`);
  await page.getByText('Your session has ended.').waitFor();
  await logIn(page, login);
  await waitTitles(page, ['before', 'after the end']);
  await waitServer(page, (items) => items.length === 2);
});

test('two tabs agree', async (t) => {
  const one = await open(t);
  await withItems(one, ['shared']);
  const two = await one.context().newPage();
  await two.goto(BASE);
  await waitTitles(two, ['shared']);
  await add(one, 'from one');
  await waitTitles(two, ['shared', 'from one']);
  await row(two, 'shared').locator('input[type=checkbox]').check();
  await row(one, 'shared').locator('input:checked').waitFor();
  // Another device is seen when the tab is looked at again.
  await api(one, 'put', { title: 'elsewhere', position: 'a9' });
  await one.evaluate(() => dispatchEvent(new Event('focus')));
  await waitTitles(one, ['shared', 'from one', 'elsewhere']);
  await settled(one);
});

test('markup in a title or a note is text', async (t) => {
  const page = await open(t);
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  await withItems(page, [{ title: evil, note: `</textarea>${evil}` }]);
  await waitTitles(page, [evil]);
  await page.locator('.row-open').click();
  assert.equal(await page.getByLabel('Note').inputValue(), `</textarea>${evil}`);
  assert.equal(await page.locator('main img, main script').count(), 0);
});

test('wrong password, taken login, short password, too many attempts', async (t) => {
  const page = await open(t, {}, [/status of 4(09|29)/]);
  const login = await signUp(page);
  await page.context().clearCookies();
  await logIn(page, login, 'not the password');
  await page.getByText('That login and password do not match.').waitFor();
  const field = page.locator('input[name=password]');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.ok(await field.evaluate((e) => e === document.activeElement));
  await page.goto(`${BASE}/signup`);
  await typeInto(page.locator('input[name=login]'), login);
  await typeInto(page.locator('input[name=password]'), 'short');
  await page.keyboard.press('Enter');
  await page.getByText('Use 8 characters or more, but no more than 256 bytes.').waitFor();
  await typeInto(page.locator('input[name=password]'), PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('Already taken.').waitFor();
  await page.route('**/api/v1/sessions', (route) =>
    route.fulfill({
      status: 429,
      headers: { 'Retry-After': '600', 'Content-Type': 'application/problem+json' },
      body: JSON.stringify({ type: 'urn:allday:too-many', title: 'x', status: 429 }),
    }),
  );
  await logIn(page, login);
  await page.getByText('Try again in 10 minutes.').waitFor();
});

test('the account menu: password, sessions, deleting the account', async (t) => {
  const page = await open(t, {}, [/status of 403/]);
  const login = await signUp(page);
  const menu = async (entry) => {
    await page.getByLabel('Account menu').click();
    await page.getByText(entry, { exact: true }).click();
  };
  await menu('Change password');
  await typeInto(page.locator('input[name=current]'), 'wrong one');
  await typeInto(page.locator('input[name=next]'), 'another horse 43');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByText('The current password is wrong.').waitFor();
  await typeInto(page.locator('input[name=current]'), PASSWORD);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByText('Password changed.').waitFor();
  await menu('Where you are logged in');
  await page.getByText('This device').waitFor();
  await page.keyboard.press('Escape');
  await menu('Delete account');
  await typeInto(page.locator('dialog input[name=password]'), 'another horse 43');
  await page.getByRole('button', { name: 'Erase everything' }).click();
  await page.waitForURL(`${BASE}/login`);
  await logIn(page, login, 'another horse 43');
  await page.getByText('That login and password do not match.').waitFor();
});

test('a double click, and a key that is held, ask before all devices are logged out', async (t) => {
  const page = await open(t);
  await signUp(page);
  await page.getByLabel('Account menu').click();
  await page.getByText('Where you are logged in', { exact: true }).click();
  const button = page.getByRole('button', { name: 'Log out everywhere' });
  await button.dblclick();
  await page.getByText('This logs you out on every device').waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel('Account menu').click();
  await page.getByText('Where you are logged in', { exact: true }).click();
  await button.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await page.getByText('This logs you out on every device').waitFor();
  await api(page, 'list');
  await button.click();
  await page.waitForURL(`${BASE}/login`);
});

chromiumTest('no violation of the CSP, and a first load of at most 115 kB of JavaScript', async (t) => {
  const page = await open(t);
  const bad = watch(page);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const scripts = new Map();
  cdp.on('Network.responseReceived', (e) => e.type === 'Script' && scripts.set(e.requestId, 0));
  cdp.on('Network.loadingFinished', (e) => scripts.has(e.requestId) && scripts.set(e.requestId, e.encodedDataLength));
  const response = await page.goto(`${BASE}/login`);
  await page.waitForSelector('input[name=login]');
  await page.waitForLoadState('networkidle');
  assert.match(response.headers()['content-security-policy'], /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.equal(await page.locator('style, [style]').count(), 0);
  const bytes = [...scripts.values()].reduce((a, b) => a + b, 0);
  t.diagnostic(`${bytes} bytes of JavaScript`);
  // With the answers' headers.
  assert.ok(bytes > 50_000 && bytes <= 115_000, `${bytes} bytes`);
  assert.deepEqual(bad.filter((text) => /Content Security Policy/.test(text)), []);
});
