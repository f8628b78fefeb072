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

type Props = { className: string; text: string; search: string };

/**
 * A text with what was searched for marked in it. Each part is the only text of its element: a
 * translated page has other nodes in the place of texts, which React would look for among others
 * (facebook/react#11538).
 */
export function Marked({ className, text, search }: Props) {
  const find = finder(search);
  if (!find) return <span className={className}>{text}</span>;
  // Split by a group: every second part is a match.
  const part = (words: string, i: number) => {
    const Part = i % 2 === 1 ? 'mark' : 'span';
    return <Part key={`${i}`}>{words}</Part>;
  };
  return <span className={className}>{text.split(find).map(part)}</span>;
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
  return <Marked className="row-hint" text={from > 0 ? `…${part}` : part} search={search} />;
}
