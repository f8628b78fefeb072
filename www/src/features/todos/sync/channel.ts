import type { Acked } from './engine';

export type Message =
  | { type: 'acked'; account: string; news: Acked }
  | { type: 'signed-out'; account: string };

/** News between the tabs of this browser. */
export class Tabs {
  readonly #channel =
    typeof BroadcastChannel === 'function' ? new BroadcastChannel('allday') : null;

  listen(on: (message: Message) => void): void {
    if (this.#channel) this.#channel.onmessage = (event) => on(event.data as Message);
  }

  tell(message: Message): void {
    this.#channel?.postMessage(message);
  }

  close(): void {
    this.#channel?.close();
  }
}
