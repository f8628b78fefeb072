import { type Lang, useLang } from '@/lib/prefs';
import { en } from './en';
import { ko } from './ko';

export type Dict = typeof ko;

const dicts: Record<Lang, Dict> = { ko, en };

export const dictOf = (lang: Lang): Dict => dicts[lang];
export const useT = (): Dict => dicts[useLang()];
