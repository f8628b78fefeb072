import { type KeyboardEvent, useState } from 'react';
import { TextField } from './field';
import { Icon } from './icon';
import { useT } from '@/lib/i18n';

type Props = {
  label: string;
  value: string;
  onChange(value: string): void;
  autoComplete: 'current-password' | 'new-password';
  error?: string | undefined;
  hint?: string | undefined;
  autoFocus?: boolean;
  name?: string;
};

export function PasswordField(props: Props) {
  const t = useT();
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'));
  return (
    <TextField
      {...props}
      name={props.name ?? 'password'}
      type={shown ? 'text' : 'password'}
      hint={caps ? t.auth.caps : props.hint}
      onKey={watchCaps}
      after={
        <button
          type="button"
          className="icon-button"
          aria-label={shown ? t.auth.hide : t.auth.show}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? 'eye-off' : 'eye'} />
        </button>
      }
    />
  );
}
