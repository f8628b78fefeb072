import { PASSWORD_MIN } from './api-limits';
import type { Dict } from './i18n';

type Strength = keyof Dict['auth']['strength'];

// Korean words, also as they come out when they are typed on the Latin layout.
const COMMON =
  /^(password|passw0rd|qwerty|asdf|iloveyou|letmein|welcome|admin|abc123|12345|0000|1111|1q2w3e|q1w2e3|1234qwer|qwer1234|123qwe|a12345|zxcv|비밀번호|암호|사랑해|안녕|대한민국|가나다라|qlalfqjsgh|dkagh|tkfkd|dkssud|eogksalsrnr|rkskek)/i;
const HANGUL = /[\uac00-\ud7a3]/;

/** Length counts most; variety a little; what everybody tries first, nothing. */
export function strength(password: string, login: string): Strength {
  const letters = [...password.normalize('NFC')];
  if (letters.length < PASSWORD_MIN) return 'short';
  const name = login.split('@')[0]?.toLowerCase() ?? '';
  const guessable =
    COMMON.test(password.normalize('NFC')) ||
    (name.length > 2 && password.toLowerCase().includes(name));
  if (guessable || new Set(letters).size < 5) return 'weak';
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((re) => re.test(password)).length;
  // A syllable takes two or three keys.
  const syllables = letters.filter((letter) => HANGUL.test(letter)).length;
  const points = letters.length + syllables + 2 * kinds;
  if (points < 14) return 'weak';
  return points < 20 ? 'fair' : 'good';
}
