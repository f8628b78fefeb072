import { useEffect, useMemo, useRef, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { useT } from '@/lib/i18n';
import { keepWords } from '../unsaved/store';
import { cleanNote, toTitle } from '@/lib/text';
import { bringBack } from '../commands';
import { cardDraft } from '../tab-draft';
import { type Orphan, readWhen, type Words } from '../ui';

type Props = { orphan: Orphan; onClose(): void };

/** The item was deleted on another device while somebody was writing in its card. */
export default function OrphanDialog({ orphan, onClose: close }: Props) {
  const t = useT();
  const draft = useMemo(() => cardDraft(orphan.id), [orphan.id]);
  const [words, setWords] = useState(orphan.words);
  const { when = {}, title, note } = words;
  const field = note !== undefined ? 'note' : title !== undefined ? 'title' : null;
  const latest = useRef({ words, base: { title: orphan.title } });
  // No other window takes them for lost.
  useEffect(() => draft.follow({ now: () => latest.current, lost() {} }), [draft]);
  const keep = (next: Words) => {
    latest.current = { ...latest.current, words: next };
    draft.keep(latest.current);
  };
  const edit = (change: Words) => {
    setWords({ ...words, ...change });
    keep({ ...words, ...change });
  };
  const drop = () => {
    draft.keep(null);
    close();
  };
  // Neither brought back nor discarded.
  const later = () => {
    keepWords(orphan.id, words, orphan.title);
    drop();
  };
  function restore(): void {
    // What cannot be read goes back into its field.
    if (readWhen(when).unread.length > 0) keep({ when });
    else draft.keep(null);
    const { title, rest } = toTitle(words.title ?? '');
    const note = cleanNote([rest, words.note].filter(Boolean).join('\n'));
    bringBack({ ...orphan, words: { ...(title && { title }), ...(note && { note }), when } });
  }
  return (
    <Dialog title={t.draft.goneTitle} onClose={later}>
      <p className="dialog-text">
        {t.draft.gone(orphan.title)} {t.draft.goneText}
      </p>
      {field && (
        <textarea
          className="orphan-text"
          aria-label={t.card[field]}
          rows={5}
          value={words[field]}
          onChange={(event) => edit({ [field]: event.target.value })}
          onFocus={({ currentTarget: at }) =>
            at.setSelectionRange(at.value.length, at.value.length)
          }
        />
      )}
      {(['date', 'time'] as const).map(
        (name) =>
          when[name] && (
            <p key={name} className="dialog-text">
              {t.card[name]}: {when[name].text}
            </p>
          ),
      )}
      <div className="actions">
        <button type="button" className="button button-main" onClick={restore}>
          {t.draft.bringBack}
        </button>
        <button type="button" className="button" onClick={drop}>
          {t.draft.drop}
        </button>
      </div>
    </Dialog>
  );
}
