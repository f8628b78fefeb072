import { type FormEvent, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { PasswordField } from '@/components/password-field';
import { useT } from '@/lib/i18n';
import { explain } from '@/lib/problems';
import { deleteAccount } from './api';

export default function RemoveDialog({ onClose, onGone }: { onClose(): void; onGone(): void }) {
  const t = useT();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!password) return setError(t.auth.needPassword);
    try {
      await deleteAccount(password);
      onGone();
    } catch (problem) {
      setError(explain(problem, t));
    }
  }

  return (
    <Dialog title={t.menu.remove} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p className="dialog-text">{t.account.removeText}</p>
        <PasswordField
          label={t.account.current}
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          error={error}
        />
        <button type="submit" className="button button-danger">
          {t.account.removeButton}
        </button>
      </form>
    </Dialog>
  );
}
