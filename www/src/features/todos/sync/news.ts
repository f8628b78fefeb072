import type { Todo } from '../types';
import type { Outcome } from './conflict';
import type { Acked } from './engine';

/** What the tabs of an account tell each other of its list. */
export type News =
  | { type: 'acked'; account: string; news: Acked }
  /** The sender of this account is alive. */
  | { type: 'sending'; account: string }
  /** What the sender met, for the tab in which the edit was made. */
  | { type: 'conflict'; account: string; item: Todo; kept: Outcome }
  | { type: 'overtaken' | 'revived'; account: string; item: Todo }
  /** A tab took up the draft that is stored under this key; the one that wrote it is there. */
  | { type: 'took' | 'mine'; account: string; key: string };
