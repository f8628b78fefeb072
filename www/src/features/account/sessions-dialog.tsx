import { useCallback, useEffect, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { dateTime } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useLang } from '@/lib/prefs';
import { explain } from '@/lib/problems';
import { listSessions, revokeAll, revokeSession, type SessionInfo } from './api';
import { deviceName } from './device-name';

export default function SessionsDialog({ onClose, onGone }: { onClose(): void; onGone(): void }) {
  const t = useT();
  const [sessions, setSessions] = useState<SessionInfo[] | null>(null);
  const [error, setError] = useState<string>();
  const [asked, setAsked] = useState(false);

  const run = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work();
        setSessions(await listSessions());
        setError(undefined);
      } catch (problem) {
        setError(explain(problem, t));
      }
    },
    [t],
  );
  useEffect(() => void run(async () => {}), [run]);

  async function everywhere() {
    try {
      await revokeAll();
      onGone();
    } catch (problem) {
      setError(explain(problem, t));
    }
  }

  return (
    <Dialog title={t.menu.sessions} onClose={onClose}>
      <ul className="sessions" aria-busy={sessions === null}>
        {sessions?.map((s) => (
          <Session key={s.id} session={s} onRevoke={() => run(() => revokeSession(s.id))} />
        ))}
      </ul>
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      {asked && (
        <p className="dialog-text" role="alert">
          {t.out.everywhere}
        </p>
      )}
      <button
        type="button"
        className={asked ? 'button button-danger' : 'button'}
        // The second of two clicks, and a key that is held, are no answer.
        onClick={({ detail }) => (asked ? detail < 2 && void everywhere() : setAsked(true))}
        onKeyDown={(event) => event.repeat && event.preventDefault()}
      >
        {t.account.revokeAll}
      </button>
    </Dialog>
  );
}

function Session({ session, onRevoke }: { session: SessionInfo; onRevoke(): void }) {
  const t = useT().account;
  const lang = useLang();
  const name = deviceName(session.user_agent) || t.unknownDevice;
  return (
    <li>
      <div>
        <p>{name}</p>
        <p className="meta">
          {t.lastUsed(dateTime(session.last_used, lang))} · {session.address}
        </p>
      </div>
      {session.current ? (
        <span className="meta">{t.thisDevice}</span>
      ) : (
        <button
          type="button"
          className="text-button"
          aria-label={t.revokeOf(name)}
          onClick={onRevoke}
        >
          {t.revoke}
        </button>
      )}
    </li>
  );
}
