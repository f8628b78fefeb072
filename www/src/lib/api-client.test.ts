import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, ServerUnavailable, call, type Guard, type Schemas, shaped } from './api-client';

const isShort = shaped<{ id: string; due: object | null }>({ id: 'string', due: 'object|null' });
const isItem = isShort as unknown as Guard<Schemas['Todo']>;
const json = 'application/json';
const problem = 'application/problem+json';
const answer = (status: number, type: string | null, body: string | null) =>
  new Response(body, { status, headers: type ? { 'Content-Type': type } : {} });
const empty = (status: number) =>
  new Response(null, { status, headers: { 'X-Request-ID': 'f4a1' } });

const fetched = vi.fn();
beforeEach(() => vi.stubGlobal('fetch', fetched));
afterEach(() => void vi.useRealTimers());
const get = () => call('GET', '/todos/{id}', { id: 'x', expect: [200], shape: isItem });
const remove = () => call('DELETE', '/todos/{id}', { id: 'x', expect: [204] });

describe('an answer', () => {
  it('is ours when status, media type and shape are', async () => {
    fetched.mockResolvedValueOnce(answer(200, `${json}; charset=utf-8`, '{"id":"1","due":null}'));
    expect((await get()).data).toEqual({ id: '1', due: null });
    fetched.mockResolvedValueOnce(empty(204));
    expect((await remove()).status).toBe(204);
  });

  it.each([
    ['HTML', 200, 'text/html', '<p>log in'],
    ['JSON of another shape', 200, json, '{"ok":true}'],
    ['a field of another type', 200, json, '{"id":1,"due":null}'],
    ['cut JSON', 200, json, '{"id":"1","du'],
    ['another success', 202, json, '{"id":"1","due":null}'],
    ['nothing', 204, null, null],
    ['403 in HTML', 403, 'text/html', 'Forbidden'],
    ['404 in HTML', 404, 'text/html', 'Not found'],
    ['401 of a proxy', 401, 'text/html', 'Who are you?'],
    ['413 in HTML', 413, 'text/html', 'Too large'],
    ['a problem of somebody else', 403, problem, '{"type":"about:blank","title":"no"}'],
    ['our type in the wrong media type', 403, json, '{"type":"urn:allday:list-full"}'],
    ['500 in HTML', 500, 'text/html', 'Oops'],
  ])('that is %s is not ours', async (_, status, type, body) => {
    fetched.mockResolvedValueOnce(answer(status, type, body));
    const error = await get().catch((e) => e);
    expect(error).toBeInstanceOf(ServerUnavailable);
    expect(error.foreign).toBe(true);
  });

  const unchanged = () =>
    call('GET', '/todos/{id}', { id: 'x', expect: [200, 304], shape: isItem });

  it.each([
    [204, remove],
    [304, unchanged],
  ])('of %i is ours when it has a request id', async (status, ask) => {
    fetched.mockResolvedValueOnce(answer(status, null, null));
    const error = await ask().catch((e) => e);
    expect(error).toBeInstanceOf(ServerUnavailable);
    expect(error.foreign).toBe(true);
    fetched.mockResolvedValueOnce(empty(status));
    expect((await ask()).status).toBe(status);
  });

  it('with a body is not what a deletion gets', async () => {
    fetched.mockResolvedValueOnce(answer(200, 'text/html', '<p>log in'));
    expect(await remove().catch((e) => e)).toBeInstanceOf(ServerUnavailable);
  });

  it('is final only as a problem of ours', async () => {
    const body = '{"type":"urn:allday:list-full","title":"x","status":403}';
    fetched.mockResolvedValueOnce(answer(403, problem, body));
    const error = await get().catch((e) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error.slug).toBe('list-full');
  });

  it('of a gateway is “unavailable”, with the pause it asks for', async () => {
    const body = '{"type":"urn:allday:unavailable","title":"x","status":503}';
    const headers = { 'Content-Type': problem, 'Retry-After': '2' };
    fetched.mockResolvedValueOnce(new Response(body, { status: 503, headers }));
    expect(await get().catch((e) => e)).toMatchObject({ retryAfter: 2, foreign: false });
  });

  it('of a server that can store nothing is an answer of ours', async () => {
    const body = '{"type":"urn:allday:read-only","title":"x","status":503}';
    const headers = { 'Content-Type': problem, 'Retry-After': '30' };
    fetched.mockResolvedValueOnce(new Response(body, { status: 503, headers }));
    const error = await get().catch((e) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ slug: 'read-only', retryAfter: 30 });
  });

  it('whose body is cut is no answer', async () => {
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"id":"1",'));
        controller.error(new TypeError('cut'));
      },
    });
    const headers = { 'Content-Type': json };
    fetched.mockResolvedValueOnce(new Response(cut, { status: 200, headers }));
    expect(await get().catch((e) => e)).toBeInstanceOf(ServerUnavailable);
  });
});

describe('a request', () => {
  it('says for whom, by which operation, and for which version', async () => {
    fetched.mockResolvedValueOnce(empty(204));
    const about = { id: 'a/b', account: 'a', key: 'k', ifMatch: 7 };
    await call('DELETE', '/todos/{id}', { ...about, expect: [204] });
    const [url, init] = fetched.mock.lastCall!;
    expect(url).toBe('/api/v1/todos/a%2Fb');
    expect(init.redirect).toBe('manual');
    expect(init.headers).toMatchObject({
      'Allday-Account': 'a',
      'Idempotency-Key': 'k',
      'If-Match': '"7"',
    });
  });

  it('has its query in the address', async () => {
    const page = '{"items":[],"next":null,"seq":1}';
    fetched.mockResolvedValueOnce(answer(200, json, page));
    const query = { filter: 'trash', limit: 2, cursor: 'a+b' } as const;
    const shape = shaped<Schemas['Page']>({ items: 'array', next: 'string|null', seq: 'number' });
    await call('GET', '/todos', { query, expect: [200], shape });
    expect(fetched.mock.lastCall![0]).toBe('/api/v1/todos?filter=trash&limit=2&cursor=a%2Bb');
  });

  it('has a second more for each kilobyte, up and down', async () => {
    vi.useFakeTimers();
    fetched.mockImplementation(
      (_, { signal }) =>
        new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
    );
    let failed = false;
    const body = { title: 'x', note: 'x'.repeat(22_000) };
    const sending = call('PUT', '/todos/{id}', { id: 'x', expect: [200], body });
    sending.catch(() => {
      failed = true;
    });
    await vi.advanceTimersByTimeAsync(41_000);
    expect(failed).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(failed).toBe(true);
  });
});
