import type { Post } from "./post.ts";

/** One stay of a user in the room. */
export interface Stay {
  /** The name as it is shown. */
  readonly name: string;
  /** Known to the client alone: who has it may take the name over. */
  readonly key: string;
  /** Different for each stay. */
  readonly id: string;
}

/** What a {@linkcode FanOut} tells its server. */
export interface FanOutListener {
  /** What was published, here or on another server. */
  onPost(post: Post): void;
  /** A stay of this server is over: its user came in elsewhere. */
  onResumedElsewhere(stay: Stay): void;
  /** The broker was lost, or is back. */
  onConnection(isConnected: boolean): void;
}

/**
 * Makes the rooms of several servers one room. There is one for the memory of
 * one server, and one for Redis; a broker of another kind needs these five.
 */
export interface FanOut {
  /**
   * Tells of the posts that are kept, then of each one published, in one order
   * for all servers. Resolves after those that are kept; rejects if the broker
   * is out of reach.
   */
  subscribe(listener: FanOutListener): Promise<void>;
  /** Gives a post to all servers, this one too. Rejects if that is unsure. */
  publish(post: Post): Promise<void>;
  /**
   * Takes a name, which no two users have on all servers together; false if
   * another user has it. If nobody had it, `loggedIn` is published with it.
   */
  claim(stay: Stay): Promise<boolean>;
  /**
   * Gives the name back, and publishes `loggedOut` with it, unless its user has
   * come in again. A name whose server is gone is given back the same way.
   */
  release(stay: Stay): Promise<void>;
  /**
   * Lets go of the broker. Names are not given back: their users may come in
   * at another server, and keep them.
   */
  close(): Promise<void>;
}
