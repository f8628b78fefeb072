// The only file that calls fetch. Everything that can come back becomes one of three things: a
// Reply (ours, as expected), an ApiError (ours, and it says no), or Away (nobody, or somebody else).

import type { ProblemType } from './problem-types';

type Reply<T> = { status: number; data: T; etag: string | null };

type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  field?: string;
};

export class ApiError extends Error {
  readonly slug: string;
  readonly field: string | undefined;
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfter: number | null,
  ) {
    super(problem.title);
    this.slug = problem.type.slice(OURS.length);
    this.field = problem.field;
  }
}

/** No answer of ours; `foreign` when somebody else gave one, such as a proxy's log-in page. */
export class Away extends Error {
  constructor(
    readonly retryAfter: number | null = null,
    readonly foreign = false,
  ) {
    super('server away');
  }
}

export const isProblem = (error: unknown, slug: ProblemType): error is ApiError =>
  error instanceof ApiError && error.slug === slug;

export type Guard<T> = (data: unknown) => data is T;
export type Options<T> = {
  /** The statuses that mean success; 204 and 304 have no body. */
  expect: readonly number[];
  /** What a body must look like. */
  shape?: Guard<T>;
  body?: unknown;
  /** For whom the request is meant: the server refuses it when another account is logged in. */
  account?: string | undefined;
  /** The operation's id: the same one is never done twice. */
  key?: string;
  ifMatch?: number | null;
  ifNoneMatch?: string | undefined;
};

const OURS = 'urn:allday:';
/** Each answer of ours has it; of one without a body it is all that tells it from a stranger's. */
const MARK = 'X-Request-ID';
const READ_ONLY = `${OURS}read-only`;
const TIMEOUT_MS = 20_000;
/** The slowest line that is waited for: one kilobyte in a second. */
const MS_PER_BYTE = 1;
const GATEWAY = new Set([502, 503, 504]);

/** Asks the server. Redirects are not followed: we never send any. */
export async function call<T = undefined>(
  method: string,
  path: string,
  options: Options<T>,
): Promise<Reply<T>> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const { response, text } = await exchange(`/api/v1${path}`, {
    method,
    headers: headersOf(options),
    body,
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'manual',
  });
  const { status } = response;
  if (!options.expect.includes(status)) throw refusal(response, text);
  const etag = response.headers.get('ETag');
  if (status === 204 || status === 304) {
    if (!response.headers.has(MARK)) throw new Away(null, true);
    return { status, data: undefined as T, etag };
  }
  const data = mediaType(response) === 'application/json' ? parse(text) : undefined;
  if (data === undefined || !options.shape?.(data)) throw new Away(null, true);
  return { status, data, etag };
}

function headersOf<T>(options: Options<T>): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.account) headers['Allday-Account'] = options.account;
  if (options.key) headers['Idempotency-Key'] = options.key;
  if (options.ifNoneMatch) headers['If-None-Match'] = options.ifNoneMatch;
  if (options.ifMatch != null) headers['If-Match'] = `"${options.ifMatch}"`;
  return headers;
}

/** The answer with all of its body; given up when it is slower than the slowest line. */
async function exchange(
  url: string,
  init: RequestInit,
): Promise<{ response: Response; text: string }> {
  const abort = new AbortController();
  const patience = new Patience(abort, new Blob([(init.body as string) ?? '']).size);
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    return { response, text: await readBody(response, patience) };
  } catch {
    throw new Away();
  } finally {
    patience.end();
  }
}

class Patience {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #left = TIMEOUT_MS;
  #since = performance.now();
  constructor(
    readonly abort: AbortController,
    bytes: number,
  ) {
    this.moved(bytes);
  }

  /** So many bytes more are on their way, or have come. */
  moved(bytes: number): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#left += bytes * MS_PER_BYTE - (now - this.#since);
    this.#since = now;
    this.#timer = setTimeout(() => this.abort.abort(), this.#left);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function readBody(response: Response, patience: Patience): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    patience.moved(part.value.byteLength);
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

const mediaType = (response: Response): string =>
  (response.headers.get('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only a problem document with a type of ours is a no of ours. */
function refusal(response: Response, text: string): ApiError | Away {
  const asked = retryAfter(response);
  const { status } = response;
  const problem = mediaType(response) === 'application/problem+json' ? parse(text) : undefined;
  if (!isOurs(problem)) return new Away(asked, !GATEWAY.has(status));
  // The server is there, and says what it cannot do.
  if (GATEWAY.has(status) && problem.type !== READ_ONLY) return new Away(asked);
  return new ApiError(status, problem, asked);
}

const isOurs = (data: unknown): data is Problem =>
  isObject(data) && typeof data.type === 'string' && data.type.startsWith(OURS);

// Seconds; the HTTP date form is allowed by the standard too.
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}

// ---- shapes

export const isObject = (data: unknown): data is Record<string, unknown> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

/** An object whose fields have these types; "null" beside a type allows null. */
export const shaped =
  <T>(fields: Record<keyof T & string, string>): Guard<T> =>
  (data): data is T =>
    isObject(data) &&
    Object.entries<string>(fields).every(([name, types]) =>
      types.split('|').includes(kind(data[name])),
    );

const kind = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
