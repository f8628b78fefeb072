import { type FormEvent, useState } from 'react';
import { Link } from '@/lib/router';
import { TextField } from '@/components/field';
import { Mark } from '@/components/mark';
import { ApiError } from '@/lib/api-client';
import { useT } from '@/lib/i18n';
import { explain } from '@/lib/problems';
import { PasswordField } from '@/components/password-field';
import { useSession, whoAmI } from '@/lib/session';
import { PASSWORD_MIN } from '@/lib/api-limits';
import { strength } from '@/lib/strength';
import { logIn, signUp } from './api';
import { useSignUpMode } from './sign-up-mode';

type Errors = {
  login?: string;
  password?: string;
  invitation?: string;
  form?: string;
  taken?: boolean;
};

export function AuthPage({ mode }: { mode: 'login' | 'signup' }) {
  const t = useT();
  const isNew = mode === 'signup';
  const who = useSignUpMode();
  const closed = who === 'closed';
  return (
    <main className="auth">
      <div className="auth-card">
        <Mark />
        <h1>{isNew ? t.app : t.auth.welcome}</h1>
        <Reason isNew={isNew} />
        {isNew && closed ? (
          <p role="status">{t.problem['sign-up-closed']}</p>
        ) : (
          <AuthForm key={mode} isNew={isNew} invited={isNew && who === 'invitation'} />
        )}
        {(isNew || !closed) && (
          <p className="auth-other">
            {isNew ? t.auth.haveAccount : t.auth.noAccount}{' '}
            <Link href={isNew ? '/login' : '/signup'}>{isNew ? t.auth.logIn : t.auth.signUp}</Link>
          </p>
        )}
      </div>
    </main>
  );
}

/** Why one is here; announced, as the page may have changed under somebody's hands. */
function Reason({ isNew }: { isNew: boolean }) {
  const t = useT();
  const { why, login, other } = useSession();
  if (isNew || !why || why === 'left') return <p className="auth-tagline">{t.tagline}</p>;
  const text = why === 'ended' ? t.auth.ended : t.out[why](login, other ?? '');
  return (
    <div className="auth-tagline" role="status">
      <p>{text}</p>
      {why === 'other' && other && (
        <button type="button" className="text-button" onClick={() => void whoAmI().catch(() => {})}>
          {t.out.goOn(other)}
        </button>
      )}
    </div>
  );
}

function AuthForm({ isNew, invited }: { isNew: boolean; invited: boolean }) {
  const t = useT();
  const [login, setLogin] = useState(() => useSession.getState().login);
  const [password, setPassword] = useState('');
  const [invitation, setInvitation] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  function check(): Errors {
    const found: Errors = {};
    if (!login.trim()) found.login = t.auth.needLogin;
    if (!password) found.password = t.auth.needPassword;
    else if (isNew && strength(password, login) === 'short') found.password = t.field.password;
    if (invited && !invitation.trim()) found.invitation = t.field.invitation;
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
        await (isNew ? signUp : logIn)({
          login: login.trim().normalize('NFC'),
          password,
          ...(invited && { invitation }),
        });
        return;
      } catch (error) {
        found = place(error, explain(error, t));
      } finally {
        setBusy(false);
      }
    }
    setErrors(found);
    const other = found.invitation && !found.password ? 'invitation' : 'password';
    const first = found.login ? 'login' : other;
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
        onChange={(text) => {
          setLogin(text);
          // Kept on the way from here to the other form.
          useSession.setState({ login: text });
        }}
        autoComplete="username"
        autoFocus={!login}
        error={errors.login}
      />
      {errors.taken && (
        <p className="field-text">
          <Link href="/login">{t.out.logInInstead}</Link>
        </p>
      )}
      <PasswordField
        label={t.auth.password}
        value={password}
        onChange={(text) => {
          setPassword(text);
          // It was of another one.
          if (errors.password === t.problem['common-password']) setErrors({});
        }}
        autoFocus={login !== '' && password === ''}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        error={
          password.length >= PASSWORD_MIN && errors.password === t.field.password
            ? undefined
            : errors.password
        }
        hint={hint}
      />
      {invited && (
        <TextField
          label={t.auth.invitation}
          name="invitation"
          value={invitation}
          onChange={setInvitation}
          autoComplete="off"
          error={errors.invitation}
          hint={t.auth.invitationHint}
        />
      )}
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
  if (error.slug === 'login-taken') return { login: text, taken: true };
  const { field } = error;
  if (field === 'login' || field === 'password' || field === 'invitation') return { [field]: text };
  return { form: text };
}
