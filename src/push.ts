/** A response that the server sends unasked (RFC 9113 section 8.4). */
export interface Push {
  /** The request that the server answers: a GET or HEAD of the same origin. */
  readonly request: Request;
  /**
   * Resolves when the response headers are here. Read its body to the end, or
   * cancel it: until then it holds a stream of the session. Rejects when the
   * push was cut, with {@linkcode ConnectError} if no headers came in time; it
   * never causes an unhandled rejection. Who has asked for it keeps the program
   * alive until it is over.
   */
  readonly response: Promise<Response>;
  /** Does without it: resets the stream with CANCEL. */
  cancel(): void;
}

/** Takes a {@linkcode Push}. */
export type OnPush = (push: Push) => void | Promise<void>;
