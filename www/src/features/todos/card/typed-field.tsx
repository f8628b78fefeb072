import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Icon } from '@/components/icon';
import { toast } from '@/components/toasts';
import { hasFocus } from '@/lib/focus';
import { useT } from '@/lib/i18n';
import { useEnter } from '@/lib/ime';
import { useSession } from '@/lib/session';
import { useLeaving } from './draft';

type Props = {
  name: string;
  type: 'date' | 'time';
  label: string;
  pick: string;
  /** In the form of a native field, '' for none. */
  value: string;
  shown: string;
  example: string;
  /** The value of what was typed; null: it is none. */
  parse(text: string): string | null;
  /** What stood in it when the card was left in the middle of it. */
  typed?: string | undefined;
  /** Each letter, and the value that it makes now; null: nothing that is not saved. */
  onType(text: string | null, value: string | null): void;
  onChange(value: string): void;
  isGone(): boolean;
};

/**
 * A text field for a date or a time, with the browser's own picker beside it. What is typed stays as
 * it is until Enter or until the field is left; nothing is written into it meanwhile, nor when
 * somebody looks into another window. What cannot be read changes nothing and stays there with a
 * sentence, Esc takes it back.
 */
export function TypedField(props: Props) {
  const t = useT().due;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const { text, wrong, type, commit, keep, undo, leave } = useTyped(props);
  useLeaving(keep, leave);

  function end(how: () => void): void {
    flushSync(how);
    // What is typed next takes its place.
    if (document.activeElement === field.current) field.current?.select();
  }
  const enter = useEnter(() => end(commit));
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    enter.onKeyDown(event);
    if (event.nativeEvent.isComposing || event.key !== 'Escape' || text === null) return;
    event.preventDefault();
    end(undo);
  }
  // The first click takes all of it: what one types then takes its place.
  function onMouseDown(event: MouseEvent<HTMLInputElement>): void {
    if (event.button !== 0 || document.activeElement === event.currentTarget) return;
    event.preventDefault();
    event.currentTarget.focus();
  }

  return (
    <div className="typed">
      <span className="typed-box">
        <input
          ref={field}
          type="text"
          name={props.name}
          className={`typed-${props.type}`}
          inputMode={props.type === 'date' ? 'numeric' : 'text'}
          autoComplete="off"
          spellCheck={false}
          aria-label={props.label}
          aria-invalid={wrong || undefined}
          aria-describedby={id}
          placeholder={props.label}
          value={text ?? props.shown}
          onChange={(event) => type(event.target.value)}
          onFocus={(event) => (text === null || wrong) && event.currentTarget.select()}
          onBlur={(event) => hasFocus(event.currentTarget) || commit()}
          onKeyDown={onKeyDown}
          onCompositionEnd={enter.onCompositionEnd}
          onMouseDown={onMouseDown}
        />
        <Picker {...props} />
      </span>
      <p id={id} className="field-error typed-said" aria-live="polite">
        {wrong && t.wrong[props.type](props.example)}
      </p>
    </div>
  );
}

function useTyped({ value, typed, parse, onType, onChange, type: kind, isGone }: Props) {
  const t = useT().due;
  const [text, setText] = useState<string | null>(typed ?? null);
  const [wrong, setWrong] = useState(false);
  const latest = useRef(text);
  const before = useRef<string | null>(null);
  const show = (next: string | null, isWrong = false) => {
    latest.current = next;
    setText(next);
    setWrong(isWrong);
    onType(next, next && parse(next));
  };
  useEffect(() => {
    // Given back to another window, or left by one that is gone; not what is typed here.
    if (before.current !== null || (typed === undefined) === !latest.current) return;
    latest.current = typed ?? null;
    setText(latest.current);
  }, [typed]);
  const commit = () => {
    const typed = latest.current;
    if (typed === null) return;
    const next = typed.trim() === '' ? '' : parse(typed);
    if (next === null) return show(typed, true);
    before.current = null;
    show(null);
    if (next !== value) onChange(next);
  };
  /** The page may be gone soon: saved as far as it can be read, and not as emptied. */
  const keep = () => {
    const next = parse(latest.current ?? '');
    if (!next || next === value) return;
    before.current ??= value;
    onChange(next);
    onType(null, null);
  };
  const undo = () => {
    const was = before.current ?? value;
    before.current = null;
    show(null);
    if (was !== value) onChange(was);
  };
  const leave = () => {
    if (isGone()) return;
    const left = latest.current;
    commit();
    if (latest.current === null) return;
    toast(t.left[kind](left ?? ''), { bad: true });
    // Who was logged out finds it here again.
    if (useSession.getState().status === 'in') onType(null, null);
  };
  return { text, wrong, type: (next: string) => show(next), commit, keep, undo, leave };
}

function Picker({ type, pick, value, onChange }: Props) {
  const native = useRef<HTMLInputElement>(null);
  function open(): void {
    if (!native.current) return;
    native.current.value = value;
    native.current.showPicker();
  }
  return (
    <>
      <input
        ref={native}
        type={type}
        className="typed-native"
        tabIndex={-1}
        aria-hidden="true"
        min={type === 'date' ? '1970-01-01' : undefined}
        max={type === 'date' ? '9999-12-31' : undefined}
        onChange={({ target }) => target.validity.valid && onChange(target.value.slice(0, 10))}
      />
      <button type="button" className="icon-button" aria-label={pick} title={pick} onClick={open}>
        <Icon name={type === 'date' ? 'calendar' : 'clock'} />
      </button>
    </>
  );
}
