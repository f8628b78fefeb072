import { useEffect, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { dueText } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useLang } from '@/lib/prefs';
import { useTodos } from './store';
import { useVisible } from './use-visible';

/** On paper: the list as it is filtered, with the notes, without the controls. */
export function PrintSheet() {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const query = matchMedia('print');
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    const change = () => (query.matches ? begin() : end());
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    query.addEventListener('change', change);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
      query.removeEventListener('change', change);
    };
  }, []);
  return printing && createPortal(<Sheet />, document.body);
}

function Sheet() {
  const t = useT();
  const lang = useLang();
  const { ids } = useVisible();
  const items = useTodos((s) => s.items);
  const now = new Date();
  return (
    <div className="print">
      <h1>{t.app}</h1>
      <ul>
        {ids
          .map((id) => items.get(id)!)
          .map((item) => (
            <li key={item.id}>
              <p>
                {item.done ? '☑' : '☐'} {item.title}
                {item.due && <span className="print-due"> — {dueText(item.due, now, lang)}</span>}
              </p>
              {item.note && <p className="print-note">{item.note}</p>}
            </li>
          ))}
      </ul>
    </div>
  );
}
