import type { Dict } from './i18n';

export type Strength = keyof Dict['auth']['strength'];

export const PASSWORD_MIN = 8;
const COMMON =
  /^(password|passw0rd|qwerty|asdf|iloveyou|letmein|welcome|admin|abc123|12345|0000|1111)/i;

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Length counts most; variety a little; what everybody tries first, nothing. */
export function strength(password: string, login: string): Strength {
  if (bytes(password) < PASSWORD_MIN) return 'short';
  const name = login.split('@')[0]?.toLowerCase() ?? '';
  const guessable =
    COMMON.test(password) || (name.length > 2 && password.toLowerCase().includes(name));
  const distinct = new Set(password).size;
  if (guessable || distinct < 5) return 'weak';
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((re) => re.test(password)).length;
  const points = bytes(password) + 2 * kinds;
  if (points < 14) return 'weak';
  return points < 20 ? 'fair' : 'good';
}
