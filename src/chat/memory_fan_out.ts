import type { FanOut, FanOutListener, Stay } from "./fan_out.ts";
import { loggedIn, loggedOut, type Post } from "./post.ts";
import { nameKey } from "./user_name.ts";

/** The fan-out of a server that is alone. */
export class MemoryFanOut implements FanOut {
  readonly #stays = new Map<string, Stay>();
  #listener: FanOutListener | undefined;

  subscribe(listener: FanOutListener): Promise<void> {
    this.#listener = listener;
    return Promise.resolve();
  }

  publish(post: Post): Promise<void> {
    this.#listener?.onPost(post);
    return Promise.resolve();
  }

  claim(stay: Stay): Promise<boolean> {
    const held = this.#stays.get(nameKey(stay.name));
    if (held !== undefined && held.key !== stay.key) {
      return Promise.resolve(false);
    }
    this.#stays.set(nameKey(stay.name), stay);
    if (held === undefined) this.#listener?.onPost(loggedIn(stay.name));
    return Promise.resolve(true);
  }

  release(stay: Stay): Promise<void> {
    const name = nameKey(stay.name);
    if (this.#stays.get(name)?.id === stay.id) {
      this.#stays.delete(name);
      this.#listener?.onPost(loggedOut(stay.name));
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#listener = undefined;
    this.#stays.clear();
    return Promise.resolve();
  }
}
