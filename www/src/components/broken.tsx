import { useT } from '@/lib/i18n';
import { Mark } from './mark';

/** Instead of a white page. */
export function Broken() {
  const t = useT();
  return (
    <main className="auth">
      <div className="auth-card" role="alert">
        <Mark />
        <h1>{t.broken.title}</h1>
        <p className="auth-tagline">{t.broken.text}</p>
        <button type="button" className="button button-main" onClick={() => location.reload()}>
          {t.broken.reload}
        </button>
      </div>
    </main>
  );
}
