// The only file that calls fetch. Everything the server can answer becomes one of three
// things: a Reply, an ApiError (the server said no, and why), or Away (nobody could answer).

export type Reply<T> = { status: number; data: T; etag: string | null };

export type Problem = {
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
    this.slug = problem.type.replace(/^urn:allday:/, '');
    this.field = problem.field;
  }
}

export class Away extends Error {
  constructor(readonly retryAfter: number | null = null) {
    super('server away');
  }
}

type Options = { body?: unknown; ifNoneMatch?: string | null; keepalive?: boolean };

const TIMEOUT_MS = 20_000;
const AWAY = new Set([502, 503, 504]);

export async function call<T>(
  method: string,
  path: string,
  options: Options = {},
): Promise<Reply<T>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifNoneMatch) headers['If-None-Match'] = options.ifNoneMatch;
  const response = await send(`/api/v1${path}`, {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    cache: 'no-store',
    credentials: 'same-origin',
    keepalive: options.keepalive ?? false,
  });
  if (AWAY.has(response.status)) throw new Away(retryAfter(response));
  const data = await readBody(response);
  if (response.ok || response.status === 304)
    return { status: response.status, data: data as T, etag: response.headers.get('ETag') };
  throw new ApiError(response.status, asProblem(data, response.status), retryAfter(response));
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Away();
  }
}

async function readBody(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    throw new Away();
  }
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function asProblem(data: unknown, status: number): Problem {
  const known = data as Problem | undefined;
  if (known && typeof known === 'object' && typeof known.type === 'string') return known;
  return { type: status >= 500 ? 'server-error' : 'bad-request', title: `HTTP ${status}`, status };
}

// Seconds; the HTTP date form is allowed by the standard too.
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}
