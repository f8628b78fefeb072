import { type FormEvent, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { PasswordField } from '@/components/password-field';
import { toast } from '@/components/toasts';
import { ApiError } from '@/lib/api-client';
import { useT } from '@/lib/i18n';
import { explain } from '@/lib/problems';
import { strength } from '@/lib/strength';
import { changePassword } from './api';

export default function PasswordDialog({ login, onClose }: { login: string; onClose(): void }) {
  const t = useT();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [errors, setErrors] = useState<{ current?: string; next?: string | undefined }>({});
  const level = strength(next, login);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!current) return setErrors({ current: t.auth.needPassword });
    if (level === 'short') return setErrors({ next: t.field.password });
    try {
      await changePassword(current, next);
      toast(t.account.changed);
      onClose();
    } catch (error) {
      const onNext = error instanceof ApiError && error.field === 'new_password';
      setErrors({ [onNext ? 'next' : 'current']: explain(error, t) });
    }
  }

  return (
    <Dialog title={t.menu.password} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        {/* Tells a password manager whose password this is. */}
        <input type="text" name="login" autoComplete="username" value={login} readOnly hidden />
        <PasswordField
          label={t.account.current}
          name="current"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
          error={errors.current}
        />
        <PasswordField
          label={t.account.next}
          name="next"
          value={next}
          onChange={(text) => {
            setNext(text);
            setErrors({ ...errors, next: undefined });
          }}
          autoComplete="new-password"
          error={errors.next}
          hint={t.auth.strength[level]}
        />
        <button type="submit" className="button button-main">
          {t.account.change}
        </button>
      </form>
    </Dialog>
  );
}
