// What the blog's reader does in a browser: BASE_URL, and $HOME/.pki/nssdb for the CA that is
// trusted. A JSON line for each thing done, with what the answers to it said of themselves.
import { add, addField, BASE, logIn, newLogin, open, PASSWORD, row, settled, signUp, startBrowser, stopBrowser, titles }
  from '../browser/support.mjs';

const ITEM = 'buy milk';
const later = [];
const say = (what) => console.log(JSON.stringify(what));

/** Which machine answered, and the id under which all that saw the request logged it. */
async function about(response) {
  return {
    method: response.request().method(),
    path: new URL(response.url()).pathname,
    status: response.status(),
    server: await response.serverAddr(),
    request: await response.headerValue('x-request-id'),
  };
}

const answerTo = (page, method, path) =>
  page.waitForResponse((one) => one.request().method() === method && new URL(one.url()).pathname === path);

async function load(page) {
  const response = await page.goto(`${BASE}/`);
  await page.waitForSelector('#root > *');
  const tls = await response.securityDetails();
  const protocol = await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol);
  return { ...(await about(response)), tls, protocol, title: await page.title() };
}

async function show(page, login) {
  const list = answerTo(page, 'GET', '/api/v1/todos');
  await signUp(page, login);
  return { ...(await about(await list)), titles: await titles(page) };
}

async function enter(page, login) {
  await page.context().clearCookies();
  const session = answerTo(page, 'POST', '/api/v1/sessions');
  await logIn(page, login);
  const response = await session;
  await addField(page).and(page.locator(':enabled')).waitFor();
  return { ...(await about(response)), login, password: PASSWORD };
}

async function keep(page) {
  await add(page, ITEM);
  await settled(page);
  await page.reload();
  await row(page, ITEM).waitFor();
  return { titles: await titles(page) };
}

await startBrowser();
try {
  const page = await open({ after: (done) => later.push(done) });
  const login = newLogin();
  say({ did: 'load', ...(await load(page)) });
  say({ did: 'show', ...(await show(page, login)) });
  say({ did: 'enter', ...(await enter(page, login)) });
  say({ did: 'keep', ...(await keep(page)) });
  for (const done of later) await done();
} finally {
  await stopBrowser();
}
