import { type KeyboardEvent as Key, useEffect, useRef, useState } from 'react';
import { Icon } from '@/components/icon';
import { part } from '@/components/part';
import { useT } from '@/lib/i18n';
import { useLayer } from '@/lib/layers';
import type { LangChoice, ThemeChoice } from '@/lib/prefs';
import { setPrefs, usePrefs } from '@/lib/prefs';

// Rarely needed, and of no use without the server: not part of the first load.
const PasswordDialog = part(
  (t) => t.menu.password,
  () => import('./password-dialog'),
);
const RemoveDialog = part(
  (t) => t.menu.remove,
  () => import('./remove-dialog'),
);
const SessionsDialog = part(
  (t) => t.menu.sessions,
  () => import('./sessions-dialog'),
);

type Props = { login: string; onLogOut(): void; onGone(): void; onKeys(): void };
type Which = 'password' | 'sessions' | 'remove' | null;

export function AccountMenu({ login, onLogOut, onGone, onKeys }: Props) {
  const t = useT();
  const [shown, setShown] = useState(false);
  const [dialog, setDialog] = useState<Which>(null);
  const box = useDismiss(shown, () => setShown(false));
  useLayer(shown, () => setShown(false));
  const go = (then: () => void) => () => {
    setShown(false);
    // The dialog gives the focus back to where it was: to the button, not to an entry gone by then.
    box.current?.querySelector<HTMLElement>('.menu-button')?.focus();
    then();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows are a shortcut for Tab
    <div className="menu" ref={box} onKeyDown={(event) => shown && walk(event)}>
      <button
        type="button"
        className="icon-button menu-button"
        aria-label={t.menu.label}
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
      >
        <Icon name="person" />
      </button>
      {shown && (
        <div className="menu-panel">
          <p className="menu-login">{login}</p>
          <Choices />
          <hr />
          {hasKeys() && <Entry label={t.menu.keys} onClick={go(onKeys)} />}
          <Entry label={t.menu.password} onClick={go(() => setDialog('password'))} />
          <Entry label={t.menu.sessions} onClick={go(() => setDialog('sessions'))} />
          <Entry label={t.menu.logOut} onClick={go(onLogOut)} />
          <hr />
          <Entry label={t.menu.remove} danger onClick={go(() => setDialog('remove'))} />
        </div>
      )}
      {dialog === 'password' && <PasswordDialog login={login} onClose={() => setDialog(null)} />}
      {dialog === 'sessions' && <SessionsDialog onClose={() => setDialog(null)} onGone={onGone} />}
      {dialog === 'remove' && <RemoveDialog onClose={() => setDialog(null)} onGone={onGone} />}
    </div>
  );
}

/** Up and down go from entry to entry; left and right are the choices' own. */
function walk(event: Key<HTMLElement>): void {
  const stops = [
    ...event.currentTarget.querySelectorAll<HTMLElement>('.menu-panel :is(button, input:checked)'),
  ];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = {
    ArrowDown: (at + 1) % stops.length,
    ArrowUp: (at < 1 ? stops.length : at) - 1,
    Home: 0,
    End: stops.length - 1,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  stops[next]?.focus();
}

const hasKeys = () => !matchMedia('(hover: none) and (pointer: coarse)').matches;

function Entry({ label, danger, onClick }: { label: string; danger?: boolean; onClick(): void }) {
  return (
    <button type="button" className={danger ? 'menu-entry danger' : 'menu-entry'} onClick={onClick}>
      {label}
    </button>
  );
}

function Choices() {
  const t = useT().menu;
  const { lang, theme } = usePrefs();
  return (
    <>
      <Choice<LangChoice>
        label={t.language}
        value={lang}
        options={[
          ['auto', t.auto],
          ['ko', '한국어'],
          ['en', 'English'],
        ]}
        onChange={(value) => setPrefs({ lang: value })}
      />
      <Choice<ThemeChoice>
        label={t.theme}
        value={theme}
        options={[
          ['auto', t.auto],
          ['light', t.light],
          ['dark', t.dark],
        ]}
        onChange={(value) => setPrefs({ theme: value })}
      />
    </>
  );
}

type ChoiceProps<T> = { label: string; value: T; options: [T, string][]; onChange(value: T): void };

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <div className="choice" role="radiogroup" aria-label={label}>
      <p>{label}</p>
      {options.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={label} checked={key === value} onChange={() => onChange(key)} />
          <span>{text}</span>
        </label>
      ))}
    </div>
  );
}

/** Esc, a click elsewhere or the focus going elsewhere closes the panel. */
function useDismiss(shown: boolean, close: () => void) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!shown) return;
    const outside = (event: Event) => box.current?.contains(event.target as Node) || close();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close();
      box.current?.querySelector<HTMLElement>('.menu-button')?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', onKey, true);
    };
  });
  return box;
}
