import type { Post } from "./post.ts";

/** Where a person, or a script, hears the room and speaks to it. */
export interface ChatView {
  /** Finds out what to be called; undefined if there is no wish to come in. */
  askName(): Promise<string | undefined>;
  /** Shows a post; resolves when it can take another. */
  showPost(post: Post): Promise<void>;
  /** Shows what is no post: that the connection was lost, for example. */
  showNotice(text: string): void;
  /** What is to be said. It ends when there is no more, or by ctrl-C. */
  lines(name: string): AsyncIterable<string>;
  /** Gives the terminal back. */
  close(): void;
}
