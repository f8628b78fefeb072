import { useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { load, save } from './storage';

export type Lang = 'ko' | 'en';
export type LangChoice = Lang | 'auto';
export type ThemeChoice = 'light' | 'dark' | 'auto';
type Prefs = { lang: LangChoice; theme: ThemeChoice };

const KEY = 'allday.prefs';
const stored = load<Partial<Prefs>>(KEY) ?? {};

export const usePrefs = create<Prefs>(() => ({
  lang: stored.lang === 'ko' || stored.lang === 'en' ? stored.lang : 'auto',
  theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : 'auto',
}));

export function setPrefs(change: Partial<Prefs>): void {
  usePrefs.setState(change);
  save(KEY, usePrefs.getState());
}

export function resolveLang(choice: LangChoice, languages: readonly string[]): Lang {
  if (choice !== 'auto') return choice;
  const first = languages.find((l) => /^(ko|en)\b/i.test(l));
  return first && /^ko/i.test(first) ? 'ko' : 'en';
}

const darkQuery = () => matchMedia('(prefers-color-scheme: dark)');

function watchDark(onChange: () => void) {
  const query = darkQuery();
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

export function useLang(): Lang {
  return resolveLang(
    usePrefs((p) => p.lang),
    navigator.languages,
  );
}

export function useTheme(): 'light' | 'dark' {
  const choice = usePrefs((p) => p.theme);
  const systemDark = useSyncExternalStore(watchDark, () => darkQuery().matches);
  if (choice !== 'auto') return choice;
  return systemDark ? 'dark' : 'light';
}
