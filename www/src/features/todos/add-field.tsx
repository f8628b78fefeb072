import {
  type ClipboardEvent,
  type FormEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Icon } from '@/components/icon';
import { toast } from '@/components/toasts';
import { type Dict, useT } from '@/lib/i18n';
import { useEnter } from '@/lib/ime';
import { followKeyboard, reveal } from '@/lib/reveal';
import { toTitle } from '@/lib/text';
import { add, type NewItem } from './actions';
import { asMany, asOne, linesOf, toItem } from './pasted';
import { focusRow, rowOf } from './rows';
import { TabDraft } from './tab-draft';
import { openItem, useUi } from './ui';
import { sayHidden, shownIds } from './use-visible';

/** On a phone the keyboard would cover half of the list before anybody asked for it. */
const wantsFocus = () => matchMedia('(hover: hover) and (pointer: fine)').matches;

/** Several lines are one item or many: that is asked. */
const isAsked = (text: string | null): boolean => text !== null && linesOf(text).length > 1;

const asLine = (text: string) => text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ');

export function AddField({ account }: { account: string | null }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [pasted, setPasted] = useState<string | null>(null);
  const draft = useMemo(() => (account ? new TabDraft<string>(account) : null), [account]);
  const asked = useRef(pasted);
  const ask = useCallback((text: string | null) => {
    asked.current = text;
    setPasted(text);
  }, []);

  useEffect(() => {
    if (account && wantsFocus()) input.current?.focus();
  }, [account]);
  useEffect(followKeyboard, []);
  useEffect(() => {
    const field = input.current;
    if (!draft || !field) return;
    ask(isAsked(draft.first) ? draft.first : null);
    const now = () => asked.current ?? (field.value || null);
    const show = (text: string | null) => {
      ask(isAsked(text) ? text : null);
      field.value = asLine(text ?? '');
    };
    const lost = () => {
      show(null);
      draft.keep(null);
    };
    const stop = draft.follow({ now, lost, found: show });
    // Another tab may have taken it for lost.
    const hidden = () => draft.keep(now());
    addEventListener('pagehide', hidden);
    return () => {
      stop();
      removeEventListener('pagehide', hidden);
    };
  }, [draft, ask]);

  // The field is changed at once, not at React's next drawing: a second Enter must find nothing.
  function write(text: string): void {
    if (input.current) input.current.value = asLine(text);
    draft?.keep(text);
  }

  function addFrom(field: HTMLInputElement): void {
    if (pasted !== null) return;
    const item = toItem(field.value);
    if (!item) {
      if (toTitle(field.value).title) toast(t.adding.tooLong, { bad: true });
      return;
    }
    write('');
    addItems([item], t);
  }

  function addPasted(items: NewItem[] | null): void {
    if (!items) {
      toast(t.adding.tooLong, { bad: true });
      return;
    }
    ask(null);
    write('');
    addItems(items, t);
    input.current?.focus();
  }

  function cancelPaste(): void {
    ask(null);
    write(input.current?.value ?? '');
    input.current?.focus();
  }

  function takeLines(event: Event | ClipboardEvent, clip: string): void {
    const field = input.current;
    if (!field || asked.current !== null || !isAsked(clip)) return;
    event.preventDefault();
    const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
    const text = field.value.slice(0, from) + clip + field.value.slice(to);
    ask(text);
    // As one line it is in the field until that is answered; a page that is closed before asks again.
    write(text);
  }
  const lines = useRef(takeLines);
  lines.current = takeLines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another account has another field
  useEffect(() => {
    // Phones' keyboards paste without a paste event, and text can be dropped; React has no such event.
    const before = (event: InputEvent) =>
      lines.current(event, event.data ?? event.dataTransfer?.getData('text/plain') ?? '');
    const field = input.current;
    field?.addEventListener('beforeinput', before);
    return () => field?.removeEventListener('beforeinput', before);
  }, [account]);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (input.current) addFrom(input.current);
    input.current?.focus();
  }

  const enter = useEnter((field) => addFrom(field as HTMLInputElement));
  return (
    <div className="add-bar" data-bar>
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
          readOnly={pasted !== null}
          defaultValue={asLine(draft?.first ?? '')}
          onInput={(event) => draft?.keep(event.currentTarget.value)}
          onPaste={(event) => takeLines(event, event.clipboardData.getData('text/plain'))}
          onCompositionEnd={enter.onCompositionEnd}
          onKeyDown={(event) => {
            enter.onKeyDown(event);
            leave(event.key, event.nativeEvent.isComposing);
          }}
        />
        <button type="submit" className="add-button">
          {t.add.button}
        </button>
        {pasted !== null && (
          <Question
            count={linesOf(pasted).length}
            onMany={() => addPasted(asMany(linesOf(pasted)))}
            onOne={() => addPasted(one(asOne(pasted)))}
            onCancel={cancelPaste}
          />
        )}
      </form>
    </div>
  );
}

const one = (item: NewItem | null): NewItem[] | null => item && [item];

/** Adds, and lets see what became of it: the last row, or a word when it is not among the rows. */
function addItems(items: readonly NewItem[], t: Dict): void {
  const ids = add(items);
  const [last, item] = [ids.at(-1), items.at(-1)];
  if (!last || !item) return;
  useUi.setState({ current: last });
  const text = `${t.toast.added(items.length)} ${t.adding.notHere(items.length)}`;
  if (sayHidden(last, { note: '', done: false, ...item }, text, t)) return;
  const long = items.findIndex((one, i) => one.note && ids[i]);
  if (long >= 0) {
    const action = { label: t.adding.open, run: () => openItem(ids[long]!) };
    toast(t.adding.rest, { action });
  }
  requestAnimationFrame(() => {
    const row = rowOf(last);
    if (row) reveal(row);
  });
}

/** Down or Esc leaves the field for the list. */
function leave(key: string, composing: boolean): void {
  if (composing || (key !== 'ArrowDown' && key !== 'Escape')) return;
  const [first] = shownIds();
  if (first) focusRow(key === 'Escape' ? (useUi.getState().current ?? first) : first);
  else (document.activeElement as HTMLElement | null)?.blur();
}

type QuestionProps = { count: number; onMany(): void; onOne(): void; onCancel(): void };

function Question({ count, onMany, onOne, onCancel }: QuestionProps) {
  const t = useT();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div
      className="question"
      role="alertdialog"
      aria-label={t.add.several(count)}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <p>{t.add.several(count)}</p>
      <div className="actions">
        <button ref={first} type="button" className="button button-main" onClick={onMany}>
          {t.add.split(count)}
        </button>
        <button type="button" className="button" onClick={onOne}>
          {t.add.join}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t.cancel}
        </button>
      </div>
    </div>
  );
}
