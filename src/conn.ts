import type { Addr } from "./addr.ts";
import type { ErrorCode } from "./http2/error_code.ts";
import type { Settings } from "./http2/settings.ts";
import type { Supports } from "./transport.ts";

/** What is known of a Conn once it is open. */
export interface ConnInfo {
  /** Always `"h2"`. */
  readonly protocol: "h2";
  /** The request's URL. */
  readonly url: string;
  /** The request's method. */
  readonly method: string;
  /** The response's status, 200 to 299. */
  readonly status: number;
  /** What the peer sent: a client has the response's, a server the request's. */
  readonly headers: Headers;
  /**
   * What the peer has said of itself in SETTINGS (RFC 9113 section 6.5.2);
   * undefined where the server or session is not h2conn's own.
   */
  readonly settings?: Readonly<Settings>;
}

/** How {@linkcode Conn.abort} resets the stream. */
export interface AbortInit {
  /** The code that the peer gets. Default `"CANCEL"`. */
  code?: ErrorCode;
  /** Why, for this side: the `cause` of the errors that follow. */
  cause?: unknown;
}

/**
 * A full-duplex connection over one HTTP/2 stream: both sides read and write
 * at the same time, and each ends its direction when it likes. Go's
 * `h2conn.Conn`, with the methods of `Deno.Conn`, deadlines as of `net.Conn`
 * and reset codes.
 *
 * @example An echo, both ways at once
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     for await (const chunk of conn) await conn.write(chunk);
 *   }),
 * );
 * await using conn = connect(server.url);
 * await conn.write(new TextEncoder().encode("hello"));
 * await conn.closeWrite();
 * for await (const chunk of conn) console.log(chunk.length); // 5
 * ```
 */
export interface Conn extends AsyncDisposable, AsyncIterable<Uint8Array> {
  /**
   * The bytes that the peer sends, as a byte stream (BYOB readers work). Made
   * on first use. Cancelling it drops what the peer still sends, and leaves the
   * other direction open. A read deadline that passes while it reads errors it
   * for good.
   */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Takes bytes for the peer. Made on first use. Closing it is
   * {@linkcode closeWrite}; aborting it is {@linkcode abort}.
   */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Resolves when the response headers are here (client) or at once (server).
   * Rejects with {@linkcode StatusError} for a status that is not 2xx, with
   * {@linkcode ConnectError} and others if it never comes to a response. It
   * never causes an unhandled rejection.
   */
  readonly opened: Promise<ConnInfo>;
  /**
   * Resolves when both sides have ended their direction, rejects when the Conn
   * was cut. It never causes an unhandled rejection.
   */
  readonly closed: Promise<void>;
  /**
   * The peer's trailers, empty if it sent none. Rejects when the Conn was cut,
   * and with {@linkcode NotSupportedError} where trailers cannot be read
   * ({@linkcode Supports.trailers}).
   */
  readonly trailers: Promise<Headers>;
  /** This end of the TCP connection, once there is one. */
  readonly localAddr: Addr | undefined;
  /** The other end of the TCP connection, once there is one. */
  readonly remoteAddr: Addr | undefined;
  /** Which promises of a Conn this one can keep. */
  readonly supports: Supports;
  /**
   * Reads 1 to `p.length` bytes into `p`, or gives `null` at EOF: after the
   * peer's END_STREAM and after every byte that it sent. Whatever else ends the
   * stream is an error, never EOF. Several reads may wait; they are served in
   * order. A read that failed has taken no byte.
   *
   * Rejects with {@linkcode TimeoutError} once the read deadline has passed,
   * with {@linkcode ResetError}, {@linkcode GoawayError},
   * {@linkcode ConnectError} or {@linkcode ProtocolError} if the stream was cut,
   * with {@linkcode ClosedError} after {@linkcode close}.
   */
  read(p: Uint8Array): Promise<number | null>;
  /**
   * Writes all of `p`, which may be used again once the promise settles. It
   * resolves when HTTP/2 flow control has let every byte go to the socket. That
   * the peer has read them only the peer can say, by an answer of its own.
   * Several writes may wait; they are sent in order.
   *
   * Rejects like {@linkcode read}; `TimeoutError` and `ClosedError` say in
   * `bytesWritten` how much was sent.
   */
  write(p: Uint8Array): Promise<number>;
  /**
   * Ends this direction after all that was written (END_STREAM): the peer reads
   * EOF. The other direction goes on. Rejects with {@linkcode ArgumentError} for
   * trailers with pseudo-header or connection fields, with
   * {@linkcode NotSupportedError} for any where they cannot be sent.
   */
  closeWrite(trailers?: HeadersInit): Promise<void>;
  /**
   * Closes both directions gracefully: what was written is delivered, the peer
   * reads EOF; calls that wait here end with {@linkcode ClosedError}; what still
   * comes is dropped. A peer that does not end its side within 10 s is reset.
   * Resolves when all has left for the operating system. A program that then
   * ends by itself stays until the peer's system has it too; one that calls
   * `exit` does not. Idempotent; it never rejects: {@linkcode closed} tells of
   * a cut.
   */
  close(): Promise<void>;
  /**
   * Resets the stream at once (RST_STREAM). The peer gets a
   * {@linkcode ResetError} with the code; so do calls here, with the cause.
   */
  abort(reason?: AbortInit): void;
  /**
   * Sets both deadlines: a Date or milliseconds since the epoch, `null` for
   * none. Once it is past, pending and later calls fail with
   * {@linkcode TimeoutError} until it is moved. Go's `net.Conn.SetDeadline`.
   */
  setDeadline(at: Date | number | null): void;
  /** Sets the deadline of reads. */
  setReadDeadline(at: Date | number | null): void;
  /** Sets the deadline of writes, and of a {@linkcode closeWrite} that waits. */
  setWriteDeadline(at: Date | number | null): void;
  /** Lets the Conn keep the program alive, as it does from the start. */
  ref(): void;
  /** Lets the program end while the Conn is open. */
  unref(): void;
}
