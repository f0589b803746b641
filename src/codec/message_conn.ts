import type { Conn } from "../conn.ts";

/**
 * Messages over a {@linkcode Conn}, both ways at the same time.
 *
 * While it is used, leave reading and writing to it: what the Conn has read is
 * partly in its buffer. Deadlines, `abort`, `closed`, addresses and all else
 * are still the Conn's.
 */
export interface MessageConn<Send, Receive = Send>
  extends AsyncDisposable, AsyncIterable<Receive> {
  /** What carries the messages. */
  readonly conn: Conn;
  /**
   * The messages that the peer sends. Made on first use; it takes none ahead
   * of its reader. Cancelling it drops what the peer still sends, and leaves
   * the other direction open. A read deadline that passes while it reads errors
   * it for good.
   */
  readonly readable: ReadableStream<Receive>;
  /**
   * Takes messages for the peer. Made on first use. Closing it is
   * {@linkcode end}; aborting it resets the stream.
   */
  readonly writable: WritableStream<Send>;
  /**
   * Sends a message. It resolves when HTTP/2 flow control has let all of it go
   * to the socket. Messages are sent in the order of the calls, each as it is
   * at the call.
   *
   * Rejects with {@linkcode ArgumentError} for what is not a message of this
   * codec or is larger than `maxMessageSize`: nothing was sent, and others can
   * be. Rejects like `Conn.write` if it cannot be written. When that left part
   * of a message sent, no other may follow: {@linkcode send} and
   * {@linkcode end} then reject with {@linkcode MessageError}.
   */
  send(message: Send): Promise<void>;
  /**
   * The next message, or `undefined` after the last one. Several calls may
   * wait; they are served in order.
   *
   * Rejects with {@linkcode MessageError} for a message that is malformed,
   * over a limit, or cut short by the end of the stream, then and ever after;
   * the Conn is left as it is. Rejects like `Conn.read` if the stream was cut.
   * After a `TimeoutError` nothing is lost, and it can be called again.
   */
  receive(): Promise<Receive | undefined>;
  /**
   * Ends this direction after the messages sent so far: the peer's
   * {@linkcode receive} gives `undefined`. The other direction goes on.
   * Rejects like `Conn.closeWrite`.
   */
  end(): Promise<void>;
  /**
   * Ends this direction as {@linkcode end} does, then closes the Conn; messages
   * still to come are dropped. Sends that wait have 10 s: a peer that does not
   * take them is reset, and never takes part of a message for the whole.
   * Idempotent; it never rejects: `conn.closed` tells of a cut.
   */
  close(): Promise<void>;
}
