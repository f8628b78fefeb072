import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '@/components/icon';
import type { Due } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useEnter } from '@/lib/ime';
import { cleanNote, cleanTitle, NOTE_MAX, patch, TITLE_MAX } from '../actions';
import { Check } from '../list/check';
import type { Texts, Todo } from '../types';
import { closeItem, type OpenAt, removeItem, toggle } from '../ui';
import { DueEditor } from './due-editor';

type Draft = { title?: string; note?: string; due?: Due | null };

export function Card({ item, at }: { item: Todo; at: OpenAt }) {
  const t = useT();
  const card = useRef<HTMLDivElement>(null);
  const [draft, edit, commit] = useDraft(item);
  useOutside(card, commit);
  useFocus(card, at);
  const enter = useEnter(() => {
    commit();
    closeItem();
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: saves what its own fields have changed
    <div className="card" ref={card} onBlur={commit}>
      <div className="card-top">
        <Check
          done={item.done}
          label={t.list.done(item.title)}
          onToggle={() => toggle(item.id, t)}
        />
        <textarea
          className="card-title"
          rows={1}
          name="title"
          aria-label={t.card.title}
          maxLength={TITLE_MAX}
          value={draft.title ?? item.title}
          onChange={(event) => edit({ title: event.target.value.replace(/[\r\n]+/g, ' ') })}
          {...enter}
        />
      </div>
      <textarea
        className="card-note"
        rows={2}
        name="note"
        aria-label={t.card.note}
        placeholder={t.card.notePlaceholder}
        maxLength={NOTE_MAX}
        value={draft.note ?? item.note}
        onChange={(event) => edit({ note: event.target.value })}
      />
      <div className="card-foot">
        <DueEditor
          due={draft.due === undefined ? item.due : draft.due}
          onEdit={(due) => edit({ due })}
        />
        <div className="card-icons">
          <button
            type="button"
            className="icon-button"
            aria-label={t.card.remove}
            title={t.card.remove}
            onClick={() => removeItem(item.id, t)}
          >
            <Icon name="trash" />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label={t.card.close}
            title={t.card.close}
            onClick={() => {
              commit();
              closeItem();
            }}
          >
            <Icon name="up" />
          </button>
        </div>
      </div>
    </div>
  );
}

/** Only the fields touched here; the others keep following what other devices do. */
function useDraft(item: Todo): [Draft, (change: Draft) => void, () => void] {
  const [draft, setDraft] = useState<Draft>({});
  const latest = useRef<{ draft: Draft; item: Todo; began: Texts }>({ draft, item, began: {} });
  latest.current = { ...latest.current, item };
  const edit = (change: Draft) => {
    // As they were when the edit began: what others write meanwhile must not be overwritten.
    const { began, item: now } = latest.current;
    if (change.title !== undefined) began.title ??= now.title;
    if (change.note !== undefined) began.note ??= now.note;
    latest.current.draft = { ...latest.current.draft, ...change };
    setDraft(latest.current.draft);
  };
  const commit = useRef(() => {
    const { draft: now, item: of, began } = latest.current;
    latest.current.draft = {};
    latest.current.began = {};
    setDraft({});
    const change = changes(now, of);
    if (Object.keys(change).length > 0) patch(of.id, change, began);
  }).current;
  useEffect(() => {
    // Closing the tab, or the phone's screen, must not lose a line.
    const hidden = () => document.visibilityState === 'hidden' && commit();
    addEventListener('pagehide', commit);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      removeEventListener('pagehide', commit);
      document.removeEventListener('visibilitychange', hidden);
      commit();
    };
  }, [commit]);
  return [draft, edit, commit];
}

function changes(draft: Draft, item: Todo): Draft {
  const change: Draft = {};
  const title = cleanTitle(draft.title ?? item.title);
  const note = cleanNote(draft.note ?? item.note);
  if (draft.title !== undefined && title && title !== item.title) change.title = title;
  if (draft.note !== undefined && note !== item.note) change.note = note;
  if (draft.due !== undefined && JSON.stringify(draft.due) !== JSON.stringify(item.due))
    change.due = draft.due;
  return change;
}

function useFocus(card: { current: HTMLElement | null }, at: OpenAt): void {
  useLayoutEffect(() => {
    const wanted = at === 'due' ? 'input[type=date]' : '.card-title';
    const field = card.current?.querySelector<HTMLInputElement>(wanted);
    // A finger that opens a card wants to read it first; the keyboard would cover it.
    if (at === 'title' && matchMedia('(pointer: coarse)').matches) return;
    field?.focus();
    if (at === 'all') field?.select();
    if (at === 'title') field?.setSelectionRange(field.value.length, field.value.length);
  }, [card, at]);
}

function useOutside(card: { current: HTMLElement | null }, commit: () => void): void {
  useEffect(() => {
    function onPointer(event: PointerEvent) {
      const target = event.target as Element;
      if (card.current?.contains(target) || target.closest('.toasts, dialog')) return;
      commit();
      closeItem(false);
    }
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [card, commit]);
}
