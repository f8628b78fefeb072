import { type ClipboardEvent, type FormEvent, useEffect, useRef, useState } from 'react';
import { Icon } from '@/components/icon';
import { useT } from '@/lib/i18n';
import { useEnter } from '@/lib/ime';
import { forget, load, save } from '@/lib/storage';
import { add } from './actions';
import { focusRow, rowOf, useUi } from './ui';

const BULLET = /^\s*(?:[-*•·]\s+)?(?:\[[ xX]?\]\s+)?/;
const linesOf = (text: string) =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(BULLET, '').trim())
    .filter(Boolean);

/** On a phone the keyboard would cover half of the list before anybody asked for it. */
const wantsFocus = () => matchMedia('(hover: hover) and (pointer: fine)').matches;

export function AddField({ account }: { account: string | null }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [pasted, setPasted] = useState<string[]>([]);
  const draft = `allday.draft.${account}`;
  const keep = (text: string) => (text ? save(draft, text) : forget(draft));

  useEffect(() => {
    if (account && wantsFocus()) input.current?.focus();
  }, [account]);

  // The field is emptied at once, not at React's next drawing: a second Enter must find nothing.
  function addFrom(field: HTMLInputElement): void {
    const ids = add([field.value]);
    if (ids.length === 0) return;
    field.value = '';
    forget(draft);
    show(ids.at(-1)!);
  }

  function addPasted(together: boolean): void {
    show(add(together ? [pasted.join(' ')] : pasted).at(-1));
    setPasted([]);
    input.current?.focus();
  }

  function onPaste(event: ClipboardEvent): void {
    const lines = linesOf(event.clipboardData.getData('text/plain'));
    if (lines.length < 2) return;
    event.preventDefault();
    setPasted(lines);
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (input.current) addFrom(input.current);
    input.current?.focus();
  }

  const enter = useEnter((field) => addFrom(field as HTMLInputElement));
  return (
    <form className="add" onSubmit={onSubmit}>
      <Icon name="plus" />
      <input
        key={account}
        ref={input}
        type="text"
        name="title"
        aria-label={t.add.label}
        placeholder={t.add.placeholder}
        autoComplete="off"
        enterKeyHint="done"
        disabled={!account}
        defaultValue={account ? (load<string>(draft) ?? '') : ''}
        onInput={(event) => keep(event.currentTarget.value)}
        onPaste={onPaste}
        onCompositionEnd={enter.onCompositionEnd}
        onKeyDown={(event) => {
          enter.onKeyDown(event);
          leave(event.key, event.nativeEvent.isComposing);
        }}
      />
      <button type="submit" className="add-button">
        {t.add.button}
      </button>
      {pasted.length > 0 && (
        <Question lines={pasted} onAnswer={addPasted} onCancel={() => setPasted([])} />
      )}
    </form>
  );
}

function show(id: string | undefined): void {
  useUi.setState({ current: id ?? null });
  requestAnimationFrame(() => id && rowOf(id)?.scrollIntoView({ block: 'nearest' }));
}

/** Down or Esc leaves the field for the list. */
function leave(key: string, composing: boolean): void {
  if (composing || (key !== 'ArrowDown' && key !== 'Escape')) return;
  const first = document.querySelector('[data-row]')?.getAttribute('data-row');
  if (first) focusRow(key === 'Escape' ? (useUi.getState().current ?? first) : first);
  else (document.activeElement as HTMLElement | null)?.blur();
}

type QuestionProps = { lines: string[]; onAnswer(together: boolean): void; onCancel(): void };

function Question({ lines, onAnswer, onCancel }: QuestionProps) {
  const t = useT();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div
      className="question"
      role="alertdialog"
      aria-label={t.add.several(lines.length)}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <p>{t.add.several(lines.length)}</p>
      <div className="actions">
        <button
          ref={first}
          type="button"
          className="button button-main"
          onClick={() => onAnswer(false)}
        >
          {t.add.split(lines.length)}
        </button>
        <button type="button" className="button" onClick={() => onAnswer(true)}>
          {t.add.join}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t.cancel}
        </button>
      </div>
    </div>
  );
}
