import {
  type HTMLInputAutoCompleteAttribute,
  type KeyboardEvent,
  type ReactNode,
  useId,
} from 'react';

type Props = {
  label: string;
  value: string;
  onChange(value: string): void;
  type?: string;
  name: string;
  autoComplete?: HTMLInputAutoCompleteAttribute;
  error?: string | undefined;
  hint?: string | undefined;
  after?: ReactNode;
  autoFocus?: boolean;
  onKey?(event: KeyboardEvent): void;
};

/** A labelled input; what is wrong with it, or a hint, stands below and is read out with it. */
export function TextField(props: Props) {
  const id = useId();
  const { error, hint } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <div className="field-box">
        <input
          id={id}
          name={props.name}
          type={props.type ?? 'text'}
          value={props.value}
          autoComplete={props.autoComplete}
          autoCapitalize="none"
          autoFocus={props.autoFocus}
          spellCheck={false}
          aria-invalid={error ? true : undefined}
          aria-describedby={`${id}-text`}
          onChange={(event) => props.onChange(event.target.value)}
          onKeyDown={props.onKey}
          onKeyUp={props.onKey}
        />
        {props.after}
      </div>
      <p
        id={`${id}-text`}
        className={error ? 'field-text field-error' : 'field-text'}
        aria-live="polite"
      >
        {error ?? hint ?? ''}
      </p>
    </div>
  );
}
