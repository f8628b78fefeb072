import { pattern } from '@/lib/search';

const BEFORE = 24;
const HINT = 120;

function finder(search: string): RegExp | null {
  const words = search.split(' ').filter(Boolean);
  if (words.length === 0) return null;
  // The longest first: of "a" and "ab" the whole "ab" is marked.
  words.sort((a, b) => b.length - a.length);
  return new RegExp(`(${words.map(pattern).join('|')})`, 'giu');
}

/** A text with what was searched for marked in it. */
export function Marked({ text, search }: { text: string; search: string }) {
  const find = finder(search);
  if (!find) return text;
  // Split by a group: every second part is a match.
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts have nothing but their place
  return text.split(find).map((part, i) => (i % 2 === 1 ? <mark key={`${i}`}>{part}</mark> : part));
}

/** The place in a note that was found, if it was found there. */
export function NoteHint({ note, search }: { note: string; search: string }) {
  const at = finder(search)?.exec(note)?.index;
  if (at === undefined) return null;
  const near = Math.max(0, at - BEFORE);
  // From the beginning of a word, if there is one.
  const blank = near > 0 ? note.slice(near, at).search(/\s/) : -1;
  const from = near + blank + 1;
  const part = note.slice(from, from + HINT).replace(/\s+/g, ' ');
  return (
    <span className="row-hint">
      {from > 0 && '…'}
      <Marked text={part} search={search} />
    </span>
  );
}
