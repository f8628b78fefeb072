import { forget, save } from '@/lib/storage';
import type { Todo } from '../types';
import type { Outcome } from './conflict';
import type { Acked } from './engine';

export type Out = 'left' | 'ended' | 'removed';
export type Message =
  | { type: 'acked'; account: string; news: Acked }
  /** The sender of this account is alive. */
  | { type: 'sending'; account: string }
  /** What the sender met, for the tab in which the edit was made. */
  | { type: 'conflict'; account: string; item: Todo; kept: Outcome }
  | { type: 'overtaken' | 'revived'; account: string; item: Todo }
  /** A tab took up the draft that is stored under this key; the one that wrote it is there. */
  | { type: 'took' | 'mine'; account: string; key: string }
  | { type: 'in'; account: string; login: string }
  | { type: 'out'; account: string; why: Out };

const NEWS = 'allday.news.';

/** News between the tabs of this browser; by storage events where there is no BroadcastChannel. */
export class Tabs {
  readonly #channel =
    typeof BroadcastChannel === 'function' ? new BroadcastChannel('allday') : null;
  readonly #abort = new AbortController();

  listen(on: (message: Message) => void): void {
    if (this.#channel) this.#channel.onmessage = (event) => on(event.data as Message);
    else
      addEventListener(
        'storage',
        (event) => {
          if (event.key?.startsWith(NEWS) && event.newValue) on(JSON.parse(event.newValue));
        },
        { signal: this.#abort.signal },
      );
  }

  tell(message: Message): void {
    if (this.#channel) this.#channel.postMessage(message);
    else {
      const key = NEWS + Math.random().toString(36).slice(2);
      save(key, message);
      forget(key);
    }
  }

  close(): void {
    this.#channel?.close();
    this.#abort.abort();
  }
}
