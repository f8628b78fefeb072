import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { toast } from '@/components/toasts';
import { type Dict, useT } from '@/lib/i18n';
import { NOTE_MAX } from '@/lib/api-limits';
import { cleanNote, codePoints, oneLine, toTitle } from '@/lib/text';
import { patch } from '../actions';
import { useTodos } from '../store';
import type { Todo } from '../types';
import { bringBack, setCard } from '../commands';
import { cardDraft, type Kept } from '../tab-draft';
import { type DueField, useUi, type When, type Words } from '../ui';
import { sayLeft } from '../use-visible';

export type Draft = {
  words: Words;
  /** Written before something else was saved elsewhere. */
  overtaken: boolean;
  edit(change: Words): void;
  /** What stands in a field of the due date, and how it reads; null: nothing that has to be kept. */
  type(field: DueField, text: string | null, due?: Todo['due']): void;
  /** stays: the person is not done, only looks into another window. */
  commit(stays?: boolean): void;
  discard(): void;
};

const textsOf = ({ title, note }: Todo): Words => ({ title, note });
const isNothing = (words: Words) => Object.keys(words).length === 0;
const hasText = (words: Words) => words.title !== undefined || words.note !== undefined;

/** Over the limit: how long it is; 0 when it fits. */
export function over(text: string | undefined, limit: number): number {
  if (text === undefined || text.length <= limit) return 0;
  const length = codePoints(text);
  return length > limit ? length : 0;
}

/** What of the words can be saved, and what has to wait until it is shorter. */
export function sorted(words: Words, item: Words): { change: Words; wait: Words } {
  const { title, rest } = toTitle(words.title ?? '');
  const own = words.note ?? item.note ?? '';
  const note = cleanNote(rest ? `${rest}\n${own}`.trimEnd() : own);
  const change: Words = {};
  const fits = !over(note, NOTE_MAX);
  if (title && title !== item.title && (fits || !rest)) change.title = title;
  if (fits && note !== item.note) change.note = note;
  if (fits) return { change, wait: {} };
  return { change, wait: rest ? words : { note: words.note ?? note } };
}

/**
 * Only the fields touched here; the others keep following what other devices do. Every letter is on
 * the device at once, so that nothing can take it away; what is saved is sent.
 */
export function useDraft(item: Todo): Draft {
  const t = useT();
  const stored = useMemo(() => cardDraft(item.id), [item.id]);
  const [kept, setKept] = useState(stored.first);
  const [asTyped, setAsTyped] = useState<string>();
  const session = useRef<(() => void)[]>([]);
  const latest = useRef({ kept, item, t });
  latest.current = { kept: latest.current.kept, item, t };

  const keep = (next: Kept | null) => {
    latest.current.kept = next;
    setKept(next);
    stored.keep(next);
  };
  const others = useRef({
    now: () => latest.current.kept,
    lost: () => keep(null),
    found: (left: Kept) => keep(left),
  }).current;
  useEffect(() => stored.follow(others), [stored, others]);
  const keepWords = (words: Words, base = latest.current.kept?.base) =>
    keep(isNothing(words) ? null : { words, base: base ?? textsOf(latest.current.item) });
  const edit = (change: Words) => {
    const { kept: now, item: of } = latest.current;
    const base = now && hasText(now.words) ? now.base : textsOf(of);
    keepWords({ ...now?.words, ...change }, base);
  };
  const type: Draft['type'] = (field, text, due) => {
    const { when: { [field]: _, ...others } = {}, ...texts } = latest.current.kept?.words ?? {};
    const when: When = text ? { ...others, [field]: { text, ...(due && { due }) } } : others;
    keepWords({ ...texts, ...(Object.keys(when).length > 0 && { when }) });
  };
  const discard = () => {
    const when = latest.current.kept?.words.when;
    keepWords(when ? { when } : {});
  };
  const commit = useRef((stays = false) => {
    const { kept: now, item: of } = latest.current;
    if (!stays) setAsTyped(undefined);
    if (!now || !hasText(now.words)) return;
    if (stays) setAsTyped(now.words.title);
    const { when, ...texts } = now.words;
    const { change, wait } = sorted(texts, of);
    keepWords({ ...wait, ...(when && { when }) }, { ...textsOf(of), ...change });
    if (!isNothing(change)) session.current.push(patch(of.id, change, now.base));
  }).current;

  const hide = useRef(() => commit(true)).current;

  useLeaving(hide, () => {
    const { ready, items } = useTodos.getState();
    const alive = items.get(item.id)?.deleted === null;
    if (alive) {
      commit();
      saved(session.current, latest.current.t);
      if (hasText(latest.current.kept?.words ?? {}))
        toast(latest.current.t.draft.kept, { bad: true });
      sayLeft(item.id, latest.current.t);
    } else if (ready && useUi.getState().open?.id === item.id) {
      useUi.setState({ open: null });
      goneElsewhere(latest.current.item, latest.current.kept?.words, latest.current.t);
    }
  });
  return {
    words: { ...(isSame(asTyped, item) && { title: asTyped }), ...kept?.words },
    overtaken: kept !== null && isOvertaken(kept, item),
    edit,
    type,
    commit,
    discard,
  };
}

/** A title in the middle of being typed, with its blank at the end, or empty for a new one. */
const isSame = (typed: string | undefined, { title }: Words): typed is string =>
  typed !== undefined && (typed === '' || oneLine(typed) === title);

const isOvertaken = ({ words, base }: Kept, item: Words) =>
  (words.title !== undefined && base.title !== item.title) ||
  (words.note !== undefined && base.note !== item.note);

/** Deleted on another device under the hand that writes: the words stay in sight. */
function goneElsewhere({ id, title }: Todo, words: Words | undefined, t: Dict): void {
  if (words && !isNothing(words)) {
    useUi.setState({ orphan: { id, title, words } });
    return;
  }
  const run = () => bringBack({ id, title, words: {} });
  toast(t.draft.gone(title), { action: { label: t.draft.bringBack, run } });
}

/** What was written while the card was open can be taken back at once. */
function saved(backs: (() => void)[], t: Dict): void {
  if (backs.length === 0) return;
  const run = () => {
    for (const back of [...backs].reverse()) back();
  };
  toast(t.draft.saved, { action: { label: t.undo, run } });
}

/** Closing the tab, or the phone's screen, must not lose a line; nor must closing the card. */
export function useLeaving(commit: () => void, close: () => void): void {
  const closing = useRef(close);
  closing.current = close;
  useEffect(() => {
    const hidden = () => document.visibilityState === 'hidden' && commit();
    addEventListener('pagehide', commit);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      removeEventListener('pagehide', commit);
      document.removeEventListener('visibilitychange', hidden);
    };
  }, [commit]);
  // Before the list itself is closed, which is when nothing can be saved any more.
  useLayoutEffect(() => () => closing.current(), []);
}

export function useCardSaver(commit: () => void): void {
  useEffect(() => setCard(commit), [commit]);
}
