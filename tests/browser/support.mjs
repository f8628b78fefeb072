// What every browser test needs: Chromium or (BROWSER=firefox) Debian's Firefox, a fresh account,
// and an eye on what goes wrong.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(new URL('../../www/package.json', import.meta.url));
const { chromium, firefox } = require('playwright-core');
const { transformSync } = require('esbuild');
export const axePath = require.resolve('axe-core/axe.min.js');

export const BASE = (process.env.BASE_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
export const PASSWORD = 'correct horse 42';
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export const FIREFOX = process.env.BROWSER === 'firefox';
/** Tests of what only Chromium can be given: fingers, what a reader prefers, its own protocol. */
export const chromiumTest = FIREFOX ? () => {} : test;

let browser;
export async function startBrowser(options = {}) {
  browser = await (FIREFOX ? startFirefox() : startChromium(options));
}

const startChromium = (options) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    ...options,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

// By WebDriver BiDi. System access is for the input method below.
const startFirefox = () =>
  firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    args: ['--remote-allow-system-access'],
    firefoxUserPrefs: {
      'dom.events.testing.asyncClipboard': true,
      // Nothing of its own beside the page: each test opens a window.
      'toolkit.cosmeticAnimations.enabled': false,
      'toolkit.telemetry.enabled': false,
      'datareporting.healthreport.uploadEnabled': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      // A mouse, which a machine without a screen has not: hover and fine.
      'ui.primaryPointerCapabilities': 6,
      'ui.allPointerCapabilities': 6,
    },
  });
export const stopBrowser = () => browser?.close();

// Playwright's session, as Firefox allows no second one; it has no way of its own to the browser's
// windows, where input methods are.
async function inFirefox(script) {
  const session = browser._connection.toImpl(browser)._browserSession;
  const { contexts } = await session.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const answer = await session.send('script.evaluate', {
    expression: `{
      const window = Services.wm.getMostRecentWindow('navigator:browser');
      const tip = window.tip ??= Cc['@mozilla.org/text-input-processor;1'].createInstance(Ci.nsITextInputProcessor);
      const key = (code) => new window.KeyboardEvent('', { key: 'Process', code, keyCode: 229 });
      tip.beginInputTransactionForTests(window);
      ${script}
    }`,
    target: { context: contexts.at(-1).context },
    awaitPromise: true,
  });
  assert.equal(answer.type, 'success', answer.exceptionDetails?.text);
}

const firefoxInput = {
  compose: (text) =>
    inFirefox(`
      tip.setPendingCompositionString('${text}');
      tip.appendClauseToPendingComposition(${text.length}, tip.ATTR_RAW_CLAUSE);
      tip.setCaretInPendingComposition(${text.length});
      tip.flushPendingComposition(key('KeyR'));`),
  enter: () => inFirefox(`tip.keydown(key('Enter'));`),
  commit: (text) => inFirefox(`tip.commitCompositionWith('${text}');`),
};

/**
 * An input method in the field that has the focus: compose the syllable that is open, press Enter in
 * it (the key is the method's then: 229), commit it.
 */
export async function inputMethod(page) {
  if (FIREFOX) {
    await page.bringToFront();
    return firefoxInput;
  }
  const cdp = await page.context().newCDPSession(page);
  const key229 = { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
  return {
    compose: (text) =>
      cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length }),
    enter: () => cdp.send('Input.dispatchKeyEvent', key229),
    commit: (text) => cdp.send('Input.insertText', { text }),
  };
}

/** The app's own words, so that a test says the same in both languages. */
async function wordsOf(lang) {
  const source = readFileSync(new URL(`../../www/src/lib/i18n/${lang}.ts`, import.meta.url), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`))[lang];
}
export const LANGUAGES = await Promise.all(
  [['en', 'en-US'], ['ko', 'ko-KR']].map(async ([lang, locale]) => ({ lang, locale, w: await wordsOf(lang) })),
);

/** Typed as a person does: what stands there is selected first, then every key is pressed. */
export async function typeInto(field, text) {
  await field.click();
  await field.page().keyboard.press('ControlOrMeta+a');
  await field.page().keyboard.press('Delete');
  await field.pressSequentially(text);
}

export const newLogin = () => `test-${randomUUID().slice(0, 13)}@example.com`;

/** A page of a browser of its own; t closes it, and fails on anything the console complains of. */
export async function open(t, options = {}, expected = []) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    timezoneId: 'Asia/Seoul',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const bad = watch(page);
  t.after(async () => {
    await context.close();
    // Without a session "who am I" is answered 401, and Chromium writes that down.
    const known = [/status of 401/, ...expected];
    assert.deepEqual(bad.filter((text) => !known.some((re) => re.test(text))), []);
  });
  return page;
}

export function watch(page) {
  const bad = [];
  page.on('pageerror', (error) => bad.push(`pageerror: ${error.message}`));
  page.on('console', (message) => {
    // (A page without the app names no icon, and Chromium looks for one once: withItems.)
    const icon = message.location().url.endsWith('/favicon.ico');
    if (['error', 'warning'].includes(message.type()) && !icon) bad.push(message.text());
  });
  page.on('dialog', (dialog) => {
    bad.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return bad;
}

/** origin: where the page is, when something stands in front of BASE. */
export async function signUp(page, login = newLogin(), origin = BASE) {
  await page.goto(`${origin}/signup`);
  await typeInto(page.locator('input[name=login]'), login);
  await typeInto(page.locator('input[name=password]'), PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-row]');
  await settled(page);
  return login;
}

export async function logIn(page, login, password = PASSWORD) {
  await page.goto(`${BASE}/login`);
  await typeInto(page.locator('input[name=login]'), login);
  await typeInto(page.locator('input[name=password]'), password);
  await page.keyboard.press('Enter');
}

/** An account with these items and no others. It is made from a page without the app, which takes
 * half the time; how people make theirs is in sign-up.test.mjs. */
export async function withItems(page, titles, login = newLogin()) {
  await page.goto(`${BASE}/favicon.svg`);
  await api(page, 'sign up', { login, password: PASSWORD, cookie: true });
  for (const [i, item] of titles.entries()) {
    const body = typeof item === 'string' ? { title: item } : item;
    await api(page, 'put', { position: `a${i}`, ...body });
  }
  await page.goto(BASE);
  // No rows are also seen before the page knows its account, and then it takes nothing yet.
  await addField(page).and(page.locator(':enabled')).waitFor();
  await page.waitForFunction((n) => document.querySelectorAll('[data-row]').length === n, titles.length);
}

/** The API as the page's own origin may use it. */
export const api = (page, what, body) =>
  page.evaluate(
    async ([what, body, id]) => {
      const ask = async (method, path, data) => {
        // Two accounts may have the same ETag; a cache must not mix them.
        const init = { method, cache: 'no-store', headers: { 'content-type': 'application/json' } };
        if (data) init.body = JSON.stringify(data);
        const response = await fetch(`/api/v1${path}`, init);
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
        return response.status === 204 ? null : response.json();
      };
      if (what === 'sign up') return ask('POST', '/accounts', body);
      if (what === 'put') return ask('PUT', `/todos/${id}`, body);
      return (await ask('GET', '/todos?filter=all&limit=500')).items;
    },
    [what, body, randomUUID()],
  );

/** Another device: it writes as the API lets anybody write. */
export const elsewhere = (page, method, id, body) =>
  page.evaluate(
    async ([method, url, body]) => {
      const init = { method, headers: { 'content-type': 'application/json' } };
      const response = await fetch(url, body ? { ...init, body: JSON.stringify(body) } : init);
      if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
    },
    [method, `/api/v1/todos/${id}`, body],
  );

export const titles = (page) => page.locator('.row-title').allTextContents();

export async function waitTitles(page, wanted) {
  await page
    .waitForFunction(
      (wanted) =>
        JSON.stringify([...document.querySelectorAll('.row-title')].map((e) => e.textContent)) === wanted,
      JSON.stringify(wanted),
    )
    .catch(async () => assert.deepEqual(await titles(page), wanted));
}

/** Everything typed has reached the server. If not: what it answered, at last. */
export const settled = (page) =>
  page
    .waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('allday.op.')))
    .catch(async (cause) => {
      const answers = await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .slice(-5)
          .map((e) => `${e.name} ${e.responseStatus} in ${Math.round(e.duration)} ms`),
      );
      throw new Error(`not all was sent; the last answers: ${answers.join(', ')}`, { cause });
    });

/** What the server has, in order; waits until it is so. */
export async function waitServer(page, check) {
  await settled(page);
  const items = await api(page, 'list');
  assert.ok(check(items), `the server has ${JSON.stringify(items)}`);
  return items;
}

/** "Try now", unless the app has tried by itself meanwhile. */
export const tryNow = (page) => page.evaluate(() => document.querySelector('.retry')?.click());

export const addField = (page) => page.locator('.add input');
export const row = (page, title) => page.locator('[data-row]', { hasText: title });

export async function add(page, title) {
  await typeInto(addField(page), title);
  await page.keyboard.press('Enter');
  await row(page, title).waitFor();
}

export const focusedTitle = (page) =>
  page.evaluate(() => document.activeElement?.closest('[data-row]')?.querySelector('.row-title')?.textContent);

export const colour = (page, selector, property) =>
  page.locator(selector).first().evaluate((e, p) => getComputedStyle(e)[p], property);

/** Into the add field, by the clipboard and Ctrl+V, as a person does. */
export async function paste(page, text) {
  if (!FIREFOX) await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await addField(page).focus();
  await page.keyboard.press('Control+v');
}
