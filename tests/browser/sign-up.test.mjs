// Who may sign up, and with which password: said in both languages, beside the field.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addField, BASE, newLogin, open, PASSWORD, startBrowser, stopBrowser, typeInto,
} from './support.mjs';

before(startBrowser);
after(stopBrowser);

const WORDS = {
  en: {
    locale: 'en-US', code: 'Invitation code', needed: 'Enter the invitation code.',
    wrong: 'That invitation code is unknown, used or expired.', newHere: 'New here?',
    closed: 'This site does not accept new accounts.', common: 'Too common: it is one of the first that attackers try.',
    menu: 'Account menu', change: 'Change password',
  },
  ko: {
    locale: 'ko-KR', code: '초대 코드', needed: '초대 코드를 적어 주세요.',
    wrong: '초대 코드가 틀렸거나, 이미 쓰였거나, 기한이 지났어요.', newHere: '처음이신가요?',
    closed: '여기서는 새로 가입할 수 없어요.', common: '많이 쓰여서 쉽게 뚫리는 비밀번호예요.',
    menu: '계정 메뉴', change: '비밀번호 바꾸기',
  },
};

const mode = (page, said) =>
  page.route('**/api/v1/sign-up', (route) => route.fulfill({ json: { mode: said } }));

for (const [lang, words] of Object.entries(WORDS)) {
  const opened = (t, ...expected) => open(t, { locale: words.locale }, expected);

  test(`${lang}: who has no account here is shown no list before it is known`, async (t) => {
    const page = await opened(t);
    let answer;
    const asked = new Promise((resolve) => page.route('**/api/v1/account', (route) => {
      answer = () => route.continue();
      resolve();
    }));
    await page.goto(BASE);
    await asked;
    await page.locator('.auth-card').waitFor();
    assert.equal(await page.locator('.page, input').count(), 0);
    answer();
    await page.waitForURL(`${BASE}/login`);
  });

  test(`${lang}: closed, the page says so and offers no way there`, async (t) => {
    const page = await opened(t);
    await mode(page, 'closed');
    await page.goto(`${BASE}/signup`);
    await page.getByText(words.closed).waitFor();
    assert.equal(await page.locator('input').count(), 0);
    await page.goto(`${BASE}/login`);
    await page.getByText(words.newHere).waitFor({ state: 'detached' });
    await page.locator('input[name=login]').waitFor();
  });

  test(`${lang}: by invitation, the form asks for the code and says what is wrong with it`, async (t) => {
    const page = await opened(t, /status of 403/);
    await mode(page, 'invitation');
    await page.goto(`${BASE}/signup`);
    await page.getByLabel(words.code).waitFor();
    await typeInto(page.locator('input[name=login]'), newLogin());
    await typeInto(page.locator('input[name=password]'), PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText(words.needed).waitFor();
    const field = page.locator('input[name=invitation]');
    assert.ok(await field.evaluate((input) => input === document.activeElement));
    await page.route('**/api/v1/accounts', (route) => route.fulfill({
      status: 403, contentType: 'application/problem+json', body: JSON.stringify({
        type: 'urn:allday:wrong-invitation', title: 'x', status: 403, field: 'invitation',
      }),
    }), { times: 1 });
    await typeInto(field, 'wrong');
    await page.keyboard.press('Enter');
    await page.getByText(words.wrong).waitFor();
    await typeInto(field, 'good-one');
    const sent = page.waitForRequest('**/api/v1/accounts');
    await page.keyboard.press('Enter');
    assert.equal((await sent).postDataJSON().invitation, 'good-one');
    await addField(page).and(page.locator(':enabled')).waitFor();
  });

  test(`${lang}: a password that is tried first is refused beside its field, also when it is changed`, async (t) => {
    const page = await opened(t, /status of 422/);
    await page.goto(`${BASE}/signup`);
    await typeInto(page.locator('input[name=login]'), newLogin());
    const field = page.locator('input[name=password]');
    await typeInto(field, 'qlalfqjsgh1!');
    await page.keyboard.press('Enter');
    await page.getByText(words.common).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await typeInto(field, PASSWORD);
    assert.equal(await page.getByText(words.common).count(), 0);
    await page.keyboard.press('Enter');
    await addField(page).and(page.locator(':enabled')).waitFor();
    await page.getByLabel(words.menu).click();
    await page.getByText(words.change, { exact: true }).click();
    await typeInto(page.locator('dialog input[name=current]'), PASSWORD);
    await typeInto(page.locator('dialog input[name=next]'), 'password1234');
    await page.keyboard.press('Enter');
    await page.getByText(words.common).waitFor();
    assert.equal(await page.locator('dialog input[name=next]').getAttribute('aria-invalid'), 'true');
  });
}
