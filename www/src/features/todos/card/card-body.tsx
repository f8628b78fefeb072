import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { Icon } from '@/components/icon';
import { hasFocus } from '@/lib/focus';
import { useT } from '@/lib/i18n';
import { useEnter } from '@/lib/ime';
import { useLayer } from '@/lib/layers';
import { NOTE_MAX, TITLE_MAX } from '@/lib/api-limits';
import { Check } from '../list/check';
import { useTodos } from '../store';
import type { Todo } from '../types';
import { toggle } from '../toggle';
import { closeItem, removeItem, setDue } from '../commands';
import { type OpenAt, useUi } from '../ui';
import { type Draft, over, useCardSaver, useDraft } from './draft';
import { DueEditor } from './due-editor';

export default function CardBody({ item, at }: { item: Todo; at: OpenAt }) {
  const t = useT();
  const card = useRef<HTMLDivElement>(null);
  const draft = useDraft(item);
  const close = () => {
    draft.commit();
    closeItem();
  };
  useCardSaver(draft.commit);
  useLayer(true, close);
  useOutside(card, item.id, draft.commit);
  useFocus(card, at);
  useInView(card);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: saves what its own fields have changed
    <div className="card" ref={card} onBlur={({ target }) => draft.commit(hasFocus(target))}>
      <div className="card-top">
        <Check
          done={item.done}
          label={t.list.done(item.title)}
          onToggle={() => toggle(item.id, t)}
        />
        <Title item={item} draft={draft} onEnter={close} />
      </div>
      <Note item={item} draft={draft} />
      {draft.overtaken && <Overtaken onDiscard={draft.discard} />}
      <div className="card-foot">
        <DueEditor
          due={item.due}
          typed={draft.words.when ?? {}}
          onType={draft.type}
          onEdit={(due) => setDue(item.id, due, t)}
          isGone={() => useTodos.getState().items.get(item.id)?.deleted !== null}
        />
        <div className="card-icons">
          <IconButton label={t.card.remove} onClick={() => removeItem(item.id, t)} icon="trash" />
          <IconButton label={t.card.close} onClick={close} icon="up" />
        </div>
      </div>
    </div>
  );
}

type ButtonProps = { label: string; icon: 'trash' | 'up'; onClick(): void };

function IconButton({ label, icon, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

type TextProps = { item: Todo; draft: Draft };

function Title({ item, draft, onEnter }: TextProps & { onEnter(): void }) {
  const t = useT();
  const id = useId();
  const enter = useEnter(onEnter);
  const text = draft.words.title ?? item.title;
  const length = over(text, TITLE_MAX);
  return (
    <div className="card-field">
      <textarea
        className="card-title"
        rows={1}
        name="title"
        aria-label={t.card.title}
        aria-describedby={id}
        value={text}
        onChange={(event) => draft.edit({ title: event.target.value.replace(/[\r\n]+/g, ' ') })}
        {...enter}
      />
      <Said id={id}>{length > 0 && t.draft.titleLong(length)}</Said>
    </div>
  );
}

function Note({ item, draft }: TextProps) {
  const t = useT();
  const id = useId();
  const text = draft.words.note ?? item.note;
  const length = over(text, NOTE_MAX);
  return (
    <div className="card-field card-field-note">
      <textarea
        className="card-note"
        rows={2}
        name="note"
        aria-label={t.card.note}
        aria-describedby={id}
        aria-invalid={length > 0 || undefined}
        placeholder={t.card.notePlaceholder}
        value={text}
        onChange={(event) => draft.edit({ note: event.target.value })}
      />
      <Said id={id} bad>
        {length > 0 && t.draft.noteLong(length - NOTE_MAX)}
      </Said>
    </div>
  );
}

function Said({ id, bad, children }: { id: string; bad?: boolean; children: ReactNode }) {
  return (
    <p id={id} className={bad ? 'card-said field-error' : 'card-said'} aria-live="polite">
      {children}
    </p>
  );
}

function Overtaken({ onDiscard }: { onDiscard(): void }) {
  const t = useT().draft;
  return (
    <p className="card-said card-overtaken" role="status">
      {t.overtaken}{' '}
      <button type="button" className="text-button" onClick={onDiscard}>
        {t.discard}
      </button>
    </p>
  );
}

function useFocus(card: { current: HTMLElement | null }, at: OpenAt): void {
  useLayoutEffect(() => {
    const wanted = at === 'due' ? '[name=due-date]' : '.card-title';
    const field = card.current?.querySelector<HTMLInputElement>(wanted);
    // A finger that opens a card wants to read it first; the keyboard would cover it.
    if (at === 'title' && matchMedia('(pointer: coarse)').matches) return;
    field?.focus({ preventScroll: true });
    if (at !== 'title') field?.select();
    else field?.setSelectionRange(field.value.length, field.value.length);
  }, [card, at]);
}

/** Wholly in view when it opens; when a keyboard comes up, what is being written is. */
function useInView(card: { current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    card.current?.scrollIntoView({ block: 'nearest' });
    const stay = () => {
      const focused = document.activeElement;
      card.current?.scrollIntoView({ block: 'nearest' });
      if (card.current?.contains(focused)) focused?.scrollIntoView({ block: 'nearest' });
    };
    // Its own growth too: a date that is set brings a row of controls.
    const watch = new ResizeObserver(stay);
    if (card.current) watch.observe(card.current);
    addEventListener('resize', stay);
    window.visualViewport?.addEventListener('resize', stay);
    return () => {
      watch.disconnect();
      removeEventListener('resize', stay);
      window.visualViewport?.removeEventListener('resize', stay);
    };
  }, [card]);
}

/** A click elsewhere closes the card; on a row only then, or the rows would move from under it. */
function useOutside(card: { current: HTMLElement | null }, id: string, commit: () => void): void {
  useEffect(() => {
    let clicked = new AbortController();
    const close = () => useUi.getState().open?.id === id && closeItem(false);
    function onPointer(event: PointerEvent) {
      const target = event.target as Element;
      clicked.abort();
      if (card.current?.contains(target) || target.closest('.toasts, dialog')) return;
      commit();
      if (!target.closest('[data-row]')) return closeItem(false);
      clicked = new AbortController();
      addEventListener('click', close, { signal: clicked.signal });
    }
    document.addEventListener('pointerdown', onPointer);
    return () => {
      clicked.abort();
      document.removeEventListener('pointerdown', onPointer);
    };
  }, [card, id, commit]);
}
