// What tabs of one browser tell each other; the words are those of whoever speaks.
import { forget, save } from './storage';

const NEWS = 'allday.news.';

/**
 * News between the tabs of this browser; by storage events where there is no BroadcastChannel. All
 * hear all: whoever listens looks at the kind first.
 */
export class Tabs<Message> {
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
