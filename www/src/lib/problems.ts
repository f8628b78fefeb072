import { ApiError } from './api-client';
import type { Dict } from './i18n';

const FIELD_SLUGS = new Set(['invalid-field', 'missing-field', 'too-large']);

/** What went wrong, in the reader's language. */
export function explain(error: unknown, t: Dict): string {
  if (!(error instanceof ApiError)) return t.problem.unavailable;
  if (error.slug === 'too-many')
    return `${t.problem['too-many']} ${wait(error.retryAfter, t)}`.trim();
  const field = error.field?.split('.')[0]?.replace(/^(new|current)_/, '');
  if (FIELD_SLUGS.has(error.slug) && field && field in t.field)
    return t.field[field as keyof Dict['field']];
  const known = t.problem[error.slug as keyof Dict['problem']];
  return typeof known === 'string' ? known : t.problem.other;
}

function wait(seconds: number | null, t: Dict): string {
  if (seconds === null) return '';
  return seconds >= 90
    ? t.problem.waitMinutes(Math.ceil(seconds / 60))
    : t.problem.waitSeconds(Math.ceil(seconds));
}
