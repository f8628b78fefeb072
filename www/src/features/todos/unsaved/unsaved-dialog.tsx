import { Dialog } from '@/components/dialog';
import { toast } from '@/components/toasts';
import { add } from '../actions';
import { toItem } from '../pasted';
import { act } from '../store';
import { openItem } from '../ui';
import { ApiError } from '@/lib/api-client';
import { dueText } from '@/lib/dates';
import { type Dict, useT } from '@/lib/i18n';
import { useNow } from '@/lib/now';
import { useLang } from '@/lib/prefs';
import { explain } from '@/lib/problems';
import { dropUnsaved, type Unsaved, useUnsaved } from './store';

type Action = [label: string, run: () => void];

/** Sent again as it is it would overwrite, or find nothing to change. */
const FINAL = new Set(['conflict', 'not-found', 'deleted']);

export default function UnsavedDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  const entries = useUnsaved((s) => s.entries);
  return (
    <Dialog title={t.unsaved.title} onClose={onClose}>
      <p className="dialog-text">{entries.length > 0 ? t.unsaved.text : t.unsaved.empty}</p>
      <ul className="kept-list">
        {entries.map((entry) => (
          <Entry key={entry.key} entry={entry} onClose={onClose} />
        ))}
      </ul>
    </Dialog>
  );
}

function Entry({ entry, onClose }: { entry: Unsaved; onClose(): void }) {
  const t = useT();
  const words = t.unsaved;
  const lang = useLang();
  const now = useNow();
  const title = entry.title || entry.note.slice(0, 40);
  const actions: Action[] = [
    [words.copy, () => void copy(entry, t)],
    ...(FINAL.has(entry.slug) ? [] : [[words.again, () => sendAgain(entry)] as Action]),
    [words.asNew, () => asNew(entry, onClose, t)],
    [words.discard, () => dropUnsaved(entry.key)],
  ];
  return (
    <li>
      <p className="kept-title">{entry.title}</p>
      {entry.note && <p className="kept-note">{entry.note}</p>}
      {entry.due && <p className="meta">{dueText(entry.due, now, lang)}</p>}
      <p className="field-error">{reason(entry, t)}</p>
      <div className="actions">
        {actions.map(([label, run]) => (
          <button
            key={label}
            type="button"
            className="text-button"
            aria-label={words.ofWhat(label, title)}
            onClick={run}
          >
            {label}
          </button>
        ))}
      </div>
    </li>
  );
}

function reason({ slug, field }: Unsaved, t: Dict): string {
  if (slug === 'conflict') return t.unsaved.conflict;
  if (slug === 'deleted') return t.unsaved.deleted;
  if (slug === 'not-found') return t.unsaved.gone;
  if (slug === 'list-full') return t.unsaved.listFull;
  const problem = { type: `urn:allday:${slug}`, title: slug, status: 400, ...(field && { field }) };
  return explain(new ApiError(400, problem, null), t);
}

async function copy({ title, note }: Unsaved, t: Dict): Promise<void> {
  try {
    await navigator.clipboard.writeText([title, note].filter(Boolean).join('\n'));
    toast(t.unsaved.copied);
  } catch {
    toast(t.unsaved.copyFailed, { bad: true });
  }
}

function sendAgain({ key, intent }: Unsaved): void {
  act([intent]);
  dropUnsaved(key);
}

/** What is too long for an item is cut nowhere: it stays here, to be copied. */
function asNew({ key, title, note, due }: Unsaved, onClose: () => void, t: Dict): void {
  const item = title ? toItem(title, note) : toItem(note);
  const [id] = item ? add([{ ...item, ...(due && { due }) }]) : [];
  if (!id) {
    toast(t.adding.tooLong, { bad: true });
    return;
  }
  dropUnsaved(key);
  onClose();
  openItem(id);
}
