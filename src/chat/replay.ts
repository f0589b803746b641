import type { Post } from "./post.ts";

/** How many posts are remembered: more than a server has for newcomers. */
const REMEMBERED = 1000;

/**
 * Tells posts that a client has had from those that it missed, when it comes
 * back and is given the history again.
 */
export class Replay {
  readonly #had = new Set<string>();
  #isReplaying = false;

  /** The history follows. */
  start(): void {
    this.#isReplaying = true;
  }

  /** Whether the post is one that was had; it is from now on. */
  hasHad(post: Post): boolean {
    const key = JSON.stringify([post.User, post.Message, post.Time]);
    if (this.#isReplaying && this.#had.has(key)) return true;
    this.#isReplaying = false;
    this.#had.add(key);
    if (this.#had.size > REMEMBERED) {
      const [oldest] = this.#had;
      this.#had.delete(oldest);
    }
    return false;
  }
}
