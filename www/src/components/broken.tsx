import { useT } from '@/lib/i18n';
import { wordsOnlyHere } from '@/lib/storage';
import { Mark } from './mark';

/** Instead of a white page. */
export function Broken() {
  const t = useT();
  const words = wordsOnlyHere();
  return (
    <main className="auth">
      <div className="auth-card" role="alert">
        <Mark />
        <h1>{t.broken.title}</h1>
        <p className="auth-tagline">{words.length > 0 ? t.broken.onlyHere : t.broken.text}</p>
        {words.length > 0 && <pre className="broken-words">{words.join('\n')}</pre>}
        <button type="button" className="button button-main" onClick={() => location.reload()}>
          {t.broken.reload}
        </button>
      </div>
    </main>
  );
}
