// The only file that calls fetch. Everything that can come back becomes one of three things: a
// Reply (ours, as expected), an ApiError (ours, and it says no), or ServerUnavailable (nobody, or somebody else).

import type { components, paths } from './api-types';
import type { ProblemType } from './problem-types';

export type Schemas = components['schemas'];

// ---- what may be asked, and what is answered: both from docs/openapi.yaml

type Native = {
  [P in keyof paths as P extends `/api/v1${infer Rest}` ? Rest : never]: paths[P];
};
export type Path = keyof Native;
type Verb = 'get' | 'put' | 'post' | 'patch' | 'delete';
/** GET, PUT… as far as the path has them. */
export type Method<P extends Path> = {
  [V in Verb]: Native[P][V] extends { responses: object } ? Uppercase<V> : never;
}[Verb];
type Operation<P extends Path, M extends Method<P>> = Native[P][Lowercase<M> & Verb];
type Responses<P extends Path, M extends Method<P>> = Operation<P, M> extends { responses: infer R }
  ? R
  : never;
/** What it may answer with. */
export type Status<P extends Path, M extends Method<P>> = keyof Responses<P, M> & number;
type Json<T> = T extends { content: { 'application/json': infer J } } ? J : undefined;
type Body<P extends Path, M extends Method<P>> = Operation<P, M> extends { requestBody?: infer B }
  ? Json<NonNullable<B>>
  : never;
type Query<P extends Path, M extends Method<P>> = Operation<P, M> extends {
  parameters: { query?: infer Q extends object };
}
  ? Q
  : never;
type Ids<P extends Path> = P extends `${string}{${string}` ? { id: string } : { id?: never };

export type Reply<P extends Path, M extends Method<P>, S extends Status<P, M>> = {
  [N in S]: { status: N; data: Json<Responses<P, M>[N]>; etag: string | null };
}[S];

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
export class ServerUnavailable extends Error {
  constructor(
    readonly retryAfter: number | null = null,
    readonly foreign = false,
  ) {
    super('server unavailable');
  }
}

export const isProblem = (error: unknown, slug: ProblemType): error is ApiError =>
  error instanceof ApiError && error.slug === slug;

export type Guard<T> = (data: unknown) => data is T;
export type Options<P extends Path, M extends Method<P>, S extends Status<P, M>> = Ids<P> & {
  /** The statuses that mean success; 204 and 304 have no body. */
  expect: readonly S[];
  /** What a body must look like. */
  shape?: Guard<NonNullable<Reply<P, M, S>['data']>>;
  body?: Body<P, M>;
  query?: Query<P, M>;
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
export async function call<P extends Path, M extends Method<P>, const S extends Status<P, M>>(
  method: M,
  path: P,
  options: Options<P, M, S>,
): Promise<Reply<P, M, S>> {
  const { response, text } = await exchange(urlOf(path, options), {
    method,
    headers: headersOf(options),
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'manual',
  });
  const { status } = response;
  if (!isOneOf(options.expect, status)) throw refusal(response, text);
  const data =
    status === 204 || status === 304 ? noBody(response) : read(response, text, options.shape);
  // The guard has seen to it that the data are those of the status.
  return { status, data, etag: response.headers.get('ETag') } as Reply<P, M, S>;
}

const isOneOf = (expected: readonly number[], status: number) => expected.includes(status);

function noBody(response: Response): undefined {
  if (!response.headers.has(MARK)) throw new ServerUnavailable(null, true);
}

function read<T>(response: Response, text: string, shape?: Guard<T>): T {
  const data = mediaType(response) === 'application/json' ? parse(text) : undefined;
  if (data === undefined || !shape?.(data)) throw new ServerUnavailable(null, true);
  return data;
}

type Asked = {
  id?: string;
  query?: object;
  body?: unknown;
  account?: string | undefined;
  key?: string;
  ifMatch?: number | null;
  ifNoneMatch?: string | undefined;
};

function urlOf(path: string, { id = '', query = {} }: Asked): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(
    given.map(([name, value]) => [name, String(value)]),
  ).toString();
  return `/api/v1${path.replace('{id}', encodeURIComponent(id))}${search && `?${search}`}`;
}

function headersOf(options: Asked): Record<string, string> {
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
    throw new ServerUnavailable();
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
function refusal(response: Response, text: string): ApiError | ServerUnavailable {
  const asked = retryAfter(response);
  const { status } = response;
  const problem = mediaType(response) === 'application/problem+json' ? parse(text) : undefined;
  if (!isOurs(problem)) return new ServerUnavailable(asked, !GATEWAY.has(status));
  // The server is there, and says what it cannot do.
  if (GATEWAY.has(status) && problem.type !== READ_ONLY) return new ServerUnavailable(asked);
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

type Kind<T> = T extends string
  ? 'string'
  : T extends number
    ? 'number'
    : T extends boolean
      ? 'boolean'
      : T extends readonly unknown[]
        ? 'array'
        : 'object';
type Kinds<T> = null extends T ? `${Kind<NonNullable<T>>}|null` : Kind<T>;
/** What the fields of T are, those that may be absent apart. */
export type Shape<T> = {
  [F in keyof T as undefined extends T[F] ? never : F]: Kinds<T[F]>;
};

/** An object whose fields have these types; "null" beside a type allows null. */
export const shaped =
  <T>(fields: Shape<T>): Guard<T> =>
  (data): data is T =>
    isObject(data) &&
    Object.entries<string>(fields).every(([name, types]) =>
      types.split('|').includes(kind(data[name])),
    );

const kind = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
