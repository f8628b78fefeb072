import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { TextField } from '@/components/field';
import { Mark } from '@/components/mark';
import { ApiError } from '@/lib/api-client';
import { useT } from '@/lib/i18n';
import { explain } from '@/lib/problems';
import { PasswordField } from '@/components/password-field';
import { logIn, signUp, useSession } from '@/lib/session';
import { PASSWORD_MIN, strength } from '@/lib/strength';

type Errors = { login?: string; password?: string; form?: string };

export function AuthPage({ mode }: { mode: 'login' | 'signup' }) {
  const t = useT();
  const isNew = mode === 'signup';
  const ended = useSession((s) => s.ended);
  return (
    <main className="auth">
      <div className="auth-card">
        <Mark />
        <h1>{isNew ? t.app : t.auth.welcome}</h1>
        <p className="auth-tagline">{ended && !isNew ? t.auth.ended : t.tagline}</p>
        <AuthForm key={mode} isNew={isNew} />
        <p className="auth-other">
          {isNew ? t.auth.haveAccount : t.auth.noAccount}{' '}
          <Link href={isNew ? '/login' : '/signup'}>{isNew ? t.auth.logIn : t.auth.signUp}</Link>
        </p>
      </div>
    </main>
  );
}

function AuthForm({ isNew }: { isNew: boolean }) {
  const t = useT();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  function check(): Errors {
    const found: Errors = {};
    if (!login.trim()) found.login = t.auth.needLogin;
    if (!password) found.password = t.auth.needPassword;
    else if (isNew && strength(password, login) === 'short') found.password = t.field.password;
    return found;
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    let found = check();
    if (Object.keys(found).length === 0) {
      setBusy(true);
      try {
        await (isNew ? signUp : logIn)({ login: login.trim().normalize('NFC'), password });
        return;
      } catch (error) {
        found = place(error, explain(error, t));
      } finally {
        setBusy(false);
      }
    }
    setErrors(found);
    const first = found.login ? 'login' : 'password';
    form.querySelector<HTMLInputElement>(`input[name=${first}]`)?.focus();
  }

  const hint =
    isNew && password
      ? t.auth.strength[strength(password, login)]
      : isNew
        ? t.auth.strength.short
        : undefined;
  return (
    <form onSubmit={submit} noValidate aria-busy={busy}>
      <TextField
        label={t.auth.login}
        name="login"
        value={login}
        onChange={setLogin}
        autoComplete="username"
        autoFocus
        error={errors.login}
      />
      <PasswordField
        label={t.auth.password}
        value={password}
        onChange={setPassword}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        error={
          password.length >= PASSWORD_MIN && errors.password === t.field.password
            ? undefined
            : errors.password
        }
        hint={hint}
      />
      {errors.form && (
        <p className="form-error" role="alert">
          {errors.form}
        </p>
      )}
      <button type="submit" className="button button-main" disabled={busy}>
        {isNew ? t.auth.start : t.auth.logIn}
      </button>
    </form>
  );
}

/** An error belongs beside the field it is about. */
function place(error: unknown, text: string): Errors {
  if (!(error instanceof ApiError)) return { form: text };
  if (error.slug === 'wrong-login') return { password: text };
  if (error.field === 'login' || error.field === 'password') return { [error.field]: text };
  return { form: text };
}
