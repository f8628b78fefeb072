// Two accounts and two tabs of one browser: nothing typed goes to the wrong person, or is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, api, BASE, LANGUAGES, newLogin, open, PASSWORD, row, settled, signUp, startBrowser, stopBrowser, waitServer,
  waitTitles, withItems,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const WORDS = {
  en: {
    locale: 'en-US', menu: 'Account menu', out: 'Log out', title: 'Allday',
    ended: 'Your session has ended.', elsewhere: 'You logged out in another tab.',
    other: (name) => `This browser is now logged in as “${name}”.`, goOn: (name) => `Continue as ${name}`,
  },
  ko: {
    locale: 'ko-KR', menu: '계정 메뉴', out: '로그아웃', title: '하루종일',
    ended: '로그인이 끝났어요.', elsewhere: '다른 탭에서 로그아웃했어요.',
    other: (name) => `이 브라우저에서 ‘${name}’ 계정으로 로그인했어요.`, goOn: (name) => `‘${name}’ 목록 열기`,
  },
};

async function typeLogin(page, login) {
  await page.locator('input[name=login]').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(login);
  await page.locator('input[name=password]').click();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await addField(page).and(page.locator(':enabled')).waitFor();
}

async function type(page, text) {
  await addField(page).click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

async function logOut(page, words) {
  await page.getByLabel(words.menu).click();
  await page.getByText(words.out, { exact: true }).click();
}

/** An account that exists already. */
async function account(t, titles) {
  const page = await open(t);
  const login = newLogin();
  await withItems(page, titles, login);
  return { page, login };
}

for (const [lang, words] of Object.entries(WORDS)) {
  test(`${lang}: another account in the second tab gets nothing of the first`, async (t) => {
    const b = await account(t, ['of b']);
    const one = await open(t, { locale: words.locale }, [/net::ERR/, /status of 409/]);
    const a = newLogin();
    await withItems(one, ['of a'], a);
    const two = await one.context().newPage();
    await two.goto(BASE);
    await waitTitles(two, ['of a']);

    // What A writes cannot be sent before the session ends.
    await one.route('**/api/**', (route) => route.abort());
    await two.route('**/api/v1/todos/*', (route) => route.abort());
    await type(one, 'unsent of a');
    await addField(one).click();
    await one.keyboard.type('draft of a');
    await one.context().clearCookies();
    await two.reload();
    await two.waitForURL(`${BASE}/login`);
    await two.unroute('**/api/v1/todos/*');
    await typeLogin(two, b.login);
    await waitTitles(two, ['of b']);

    await one.getByText(words.other(b.login)).waitFor();
    assert.ok(await one.getByText(words.other(b.login)).textContent().then((s) => s.includes(a)));
    await one.unroute('**/api/**');
    assert.deepEqual((await api(two, 'list')).map((i) => i.title), ['of b']);

    // The first tab goes on as B, if that is wanted: B's list, and nothing of A.
    await one.getByRole('button', { name: words.goOn(b.login) }).click();
    await waitTitles(one, ['of b']);
    assert.equal(await addField(one).inputValue(), '');

    // A logs in again: what she wrote goes out, her draft is in the field.
    await logOut(one, words);
    await one.waitForURL(`${BASE}/login`);
    await two.getByText(words.elsewhere).waitFor();
    await typeLogin(one, a);
    await waitTitles(one, ['of a', 'unsent of a']);
    assert.equal(await addField(one).inputValue(), 'draft of a');
    await waitServer(one, (items) => items.map((i) => i.title).join() === 'of a,unsent of a');
    // The second tab, which was B's, says whose list it is now.
    await two.getByText(words.other(a)).waitFor();
  });
}

test('a request of another account is refused by the server: the page stops and keeps everything', async (t) => {
  const page = await open(t, {}, [/status of 409/]);
  const login = newLogin();
  await withItems(page, ['mine'], login);
  const seen = [];
  await page.route('**/api/v1/todos/*', (route) => {
    seen.push(route.request().headers()['allday-account']);
    return route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'urn:allday:wrong-account', title: 'x', status: 409 }),
    });
  });
  await type(page, 'for me only');
  await page.waitForURL(`${BASE}/login`);
  await page.getByText('is kept here and will be sent').waitFor();
  assert.equal(await page.locator('input[name=login]').inputValue(), login, 'the name is kept');
  assert.equal(seen.length, 1);
  assert.match(seen[0], /^[0-9a-f-]{36}$/);
  await page.unroute('**/api/v1/todos/*');
  await typeLogin(page, login);
  await waitTitles(page, ['mine', 'for me only']);
  await waitServer(page, (items) => items.length === 2);
});

test('a log-out is said as what it was in the other tab; the name stays in the form', async (t) => {
  const one = await open(t);
  const login = await signUp(one);
  const two = await one.context().newPage();
  await two.goto(BASE);
  await two.waitForSelector('[data-row]');
  await logOut(one, WORDS.en);
  await two.getByText(WORDS.en.elsewhere).waitFor();
  assert.equal(await two.getByText(WORDS.en.ended).count(), 0);
  assert.equal(await two.locator('input[name=login]').inputValue(), login);
  await typeLogin(two, login);
  await one.waitForURL(`${BASE}/`);
  await one.waitForSelector('[data-row]');
});

test('the name goes from signing up to logging in; a deleted account ends with a word', async (t) => {
  const page = await open(t, {}, [/status of 409/]);
  const login = await signUp(page);
  await page.context().clearCookies();
  await page.goto(`${BASE}/signup`);
  await page.locator('input[name=login]').click();
  await page.keyboard.type(login);
  await page.locator('input[name=password]').click();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Log in with this name' }).click();
  await page.waitForURL(`${BASE}/login`);
  assert.equal(await page.locator('input[name=login]').inputValue(), login);
  await typeLogin(page, login);
  await page.getByLabel('Account menu').click();
  await page.getByText('Delete account', { exact: true }).click();
  await page.locator('dialog input[name=password]').click();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('Your account and everything in it have been deleted.').waitFor();
});

test('two tabs: each operation is sent once, by one of them', async (t) => {
  const one = await open(t);
  await withItems(one, ['first']);
  const context = one.context();
  const two = await context.newPage();
  await two.goto(BASE);
  await waitTitles(two, ['first']);
  const keys = [];
  context.on('request', (request) => {
    if (['PUT', 'PATCH', 'DELETE'].includes(request.method())) keys.push(request.headers()['idempotency-key']);
  });
  for (const page of [one, two]) {
    for (const n of [1, 2, 3]) await type(page, `${page === one ? 'one' : 'two'} ${n}`);
  }
  await row(one, 'two 3').waitFor();
  await row(two, 'one 3').waitFor();
  await row(one, 'first').locator('input[type=checkbox]').check();
  await settled(one);
  await settled(two);
  assert.ok(keys.every((key) => /^[0-9a-f-]{36}$/.test(key)));
  assert.equal(new Set(keys).size, keys.length, 'no operation was sent twice');
  assert.equal(keys.length, 7);
});

test('a log-out with something unsaved asks', async (t) => {
  const page = await open(t);
  await signUp(page);
  await addField(page).click();
  await page.keyboard.type('half a thought');
  await logOut(page, WORDS.en);
  await page.getByText('1 thing you wrote is not saved').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await addField(page).inputValue(), 'half a thought');
  await logOut(page, WORDS.en);
  await page.getByRole('button', { name: 'Log out and erase' }).click();
  await page.waitForURL(`${BASE}/login`);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0);
});

test('a log-out asks for the words of a card that are too long to be saved, too', async (t) => {
  const page = await open(t);
  await withItems(page, ['shared']);
  await row(page, 'shared').locator('.row-open').click();
  await page.locator('.card').getByLabel('Note').click();
  await page.keyboard.insertText('x'.repeat(10_001));
  await page.keyboard.press('Escape');
  await logOut(page, WORDS.en);
  await page.getByText('1 thing you wrote is not saved').waitFor();
});

test('a log-out asks for what the device could not store, and does not offer to keep it', async (t) => {
  const page = await open(t);
  await withItems(page, []);
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await addField(page).click();
  await page.keyboard.type('nowhere else');
  await logOut(page, WORDS.en);
  await page.getByText('1 thing you wrote is not saved').waitFor();
  assert.equal(await page.getByRole('button', { name: 'keep it here' }).count(), 0);
  await page.getByRole('button', { name: 'Log out and erase' }).click();
  await page.waitForURL(`${BASE}/login`);
});

test('what is typed while a log-out is on its way is not erased', async (t) => {
  const page = await open(t, {}, [/status of 401/]);
  const login = newLogin();
  await withItems(page, ['here'], login);
  let answer = () => {};
  const asked = new Promise((resolve) => {
    void page.route('**/api/v1/session*/**', async (route) => {
      if (route.request().method() !== 'DELETE') return route.continue();
      resolve();
      await new Promise((go) => {
        answer = go;
      });
      return route.continue();
    });
  });
  await logOut(page, WORDS.en);
  await asked;
  await addField(page).click();
  await page.keyboard.type('on second thoughts');
  answer();
  await page.waitForURL(`${BASE}/login`);
  await typeLogin(page, login);
  assert.equal(await addField(page).inputValue(), 'on second thoughts');
});

test('a session that ends while the trash is open does not open it for whoever comes next', async (t) => {
  const { login } = await account(t, ['of b']);
  const page = await open(t, {}, [/status of 401/]);
  await withItems(page, ['of a']);
  await row(page, 'of a').locator('.row-open').press('Delete');
  await settled(page);
  await page.getByRole('button', { name: 'Trash' }).click();
  await page.getByRole('dialog', { name: 'Trash' }).getByText('Deleted').first().waitFor();
  await page.context().clearCookies();
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await page.waitForURL(`${BASE}/login`);
  await typeLogin(page, login);
  await waitTitles(page, ['of b']);
  await page.getByRole('button', { name: 'Trash' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('a clock that is set back between two page loads changes no order', async (t) => {
  const page = await open(t, {}, [/net::ERR/]);
  await withItems(page, ['before']);
  await page.route('**/api/v1/todos/*', (route) => route.abort());
  await type(page, 'new');
  await row(page, 'new').waitFor();
  await page.clock.setFixedTime(Date.now() - 3 * 3600_000);
  await page.reload();
  await row(page, 'new').locator('input[type=checkbox]').check();
  const kinds = await page.evaluate(() =>
    Object.keys(localStorage).filter((k) => k.startsWith('allday.op.')).sort().map((k) => JSON.parse(localStorage[k]).kind));
  assert.deepEqual(kinds, ['create', 'patch']);
});

for (const { lang, locale, w } of LANGUAGES) {
  test(`${lang}: nothing of an account is seen or can be done after it has logged out, in any window`, async (t) => {
    const { login } = await account(t, ['of b']);
    const page = await open(t, { locale });
    await withItems(page, ['secret one', 'secret two']);
    const two = await page.context().newPage();
    await two.goto(BASE);
    await waitTitles(two, ['secret one', 'secret two']);
    await row(two, 'secret two').locator('input[type=checkbox]').check();
    await row(two, 'secret two').locator('.row-open').press('Alt+ArrowUp');
    await two.locator('.toast').waitFor();
    await page.bringToFront();
    await row(page, 'secret one').locator('.row-open').focus();
    await page.keyboard.press('Delete');
    await page.locator('.toast').waitFor();
    await logOut(page, { menu: w.menu.label, out: w.menu.logOut });
    for (const one of [page, two]) {
      await one.waitForURL(`${BASE}/login`);
      assert.equal(await one.locator('.toast').count(), 0);
      assert.doesNotMatch(await one.locator('body').textContent(), /secret/);
    }
    await typeLogin(page, login);
    await waitTitles(page, ['of b']);
    assert.equal(await page.locator('.toast').count(), 0);
  });

  test(`${lang}: what is erased at a log-out is erased in the other windows, too`, async (t) => {
    const page = await open(t, { locale });
    await withItems(page, ['one']);
    const two = await page.context().newPage();
    await two.goto(BASE);
    await row(two, 'one').locator('.row-open').press('Enter');
    await two.locator('.card-note').click();
    await two.keyboard.type('private');
    await page.bringToFront();
    await logOut(page, { menu: w.menu.label, out: w.menu.logOut });
    await page.getByRole('button', { name: w.leave.erase }).click();
    for (const one of [page, two]) await one.waitForURL(`${BASE}/login`);
    await two.getByText(w.out.elsewhere()).waitFor();
    assert.deepEqual(await two.evaluate(() => Object.keys(localStorage)), []);
  });
}
