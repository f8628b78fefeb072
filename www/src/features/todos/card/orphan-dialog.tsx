import { useMemo, useState } from 'react';
import { Dialog } from '@/components/dialog';
import { useT } from '@/lib/i18n';
import { keepWords } from '../unsaved/store';
import { cleanNote, toTitle } from '@/lib/text';
import { bringBack } from '../commands';
import { cardDraft } from '../tab-draft';
import type { Orphan } from '../ui';

type Props = { orphan: Orphan; onClose(): void };

/** The item was deleted on another device while somebody was writing in its card. */
export default function OrphanDialog({ orphan, onClose: close }: Props) {
  const t = useT();
  const draft = useMemo(() => cardDraft(orphan.id), [orphan.id]);
  const isNote = orphan.words.note !== undefined;
  const [text, setText] = useState(orphan.words.note ?? orphan.words.title ?? '');
  const drop = () => {
    draft.keep(null);
    close();
  };
  // Neither brought back nor discarded.
  const later = () => {
    keepWords(orphan.id, { ...orphan.words, [isNote ? 'note' : 'title']: text }, orphan.title);
    drop();
  };
  function restore(): void {
    draft.keep(null);
    const words = { ...orphan.words, [isNote ? 'note' : 'title']: text };
    const { title, rest } = toTitle(words.title ?? '');
    const note = cleanNote([rest, words.note].filter(Boolean).join('\n'));
    bringBack({ ...orphan, words: { ...(title && { title }), ...(note && { note }) } });
  }
  return (
    <Dialog title={t.draft.goneTitle} onClose={later}>
      <p className="dialog-text">
        {t.draft.gone(orphan.title)} {t.draft.goneText}
      </p>
      <textarea
        className="orphan-text"
        aria-label={isNote ? t.card.note : t.card.title}
        rows={5}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onFocus={({ currentTarget: field }) => field.setSelectionRange(text.length, text.length)}
      />
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
