import type { Socket, SocketHandler } from "./adapters/socket.ts";
import { lostError } from "./adapters/socket_errors.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import {
  ConnectError,
  GoawayError,
  type H2ConnError,
  ProtocolError,
} from "./errors.ts";
import { ERROR_CODE } from "./http2/error_code.ts";
import type { RequestHead } from "./http2/field_validation.ts";
import type { HeaderField } from "./http2/hpack/header_field.ts";
import { Session, type SessionHandler } from "./http2/session.ts";
import type { SessionError } from "./http2/session_error.ts";
import type { Stream, StreamHandler } from "./http2/stream.ts";
import type { Role } from "./http2/stream_table.ts";
import { SessionWriter } from "./session_writer.ts";
import { MAX_DELAY, Timer } from "./timer.ts";
import { Watchdog } from "./watchdog.ts";

/** What a connection tells its owner. */
export interface ConnectionHandler {
  /** Looks at the first bytes: an error, if they are not of HTTP/2. */
  sniff?(firstBytes: Uint8Array): H2ConnError | undefined;
  /** Makes an error of one that came before anything of HTTP/2 did. */
  explainLoss?(error: ConnectError): ConnectError;
  /** Server: a request came. */
  onRequest?(stream: Stream, head: RequestHead): StreamHandler;
  /** Streams of ours may have become possible, or impossible. */
  onCapacity?(): void;
  /** GOAWAY came, with the peer's reason. */
  onGoaway?(code: number, debug: string): void;
  /** It is over. */
  onClose(error: H2ConnError): void;
}

/** How long a peer may be silent after our FIN, in milliseconds. */
export const CLOSE_MS = 1000;

/** How long closing may take in all, in milliseconds. */
export const MAX_CLOSE_MS = 30_000;

/** A session and the socket that carries it, with its timers. */
export class Connection implements SessionHandler, SocketHandler {
  readonly socket: Socket;
  readonly session: Session;
  readonly options: ConnectionOptions;
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>;
  #onGone!: () => void;
  readonly #role: Role;
  readonly #handler: ConnectionHandler;
  readonly #watchdog: Watchdog;
  readonly #closeTimer = new Timer(() => this.socket.destroy());
  readonly #writer: SessionWriter;
  #hasBytes = false;
  #refs = 0;
  #hasSettings = false;
  /** Whether something was sent that the peer may not have. */
  #hasUnproved = false;
  #isDraining = false;
  #isClosing = false;
  #closingSince = 0;
  #hasSentFin = false;
  #isGone = false;
  #error: H2ConnError | undefined;
  #goaway: GoawayError | undefined;

  constructor(
    role: Role,
    socket: Socket,
    options: ConnectionOptions,
    handler: ConnectionHandler,
  ) {
    this.#role = role;
    this.socket = socket;
    this.options = options;
    this.#handler = handler;
    this.gone = new Promise((resolve) => this.#onGone = resolve);
    const { features, limits } = options;
    this.session = new Session(role, { ...limits, ...features }, this);
    this.#writer = new SessionWriter(this.session, socket, {
      onProgress: () => this.#onProgress(),
      onDrained: () => this.#onDrained(),
      // A client of HTTP/1.x is to be answered in HTTP/1.x: in cleartext only
      // its first bytes tell.
      isHeld: role === "server" && !socket.isEncrypted,
    });
    this.#watchdog = new Watchdog(options.timeouts, this.session, {
      hasOutput: () => this.#writer.hasOutput,
      onIdle: () => this.close(),
      onDead: (error) => this.#giveUp(error),
    });
    // Until the peer has shown that it speaks HTTP/2 somebody waits for it.
    this.ref();
  }

  /**
   * Starts to talk, with the bytes that came before; call it once whoever made
   * it can be told.
   */
  start(firstBytes?: Uint8Array): void {
    this.socket.start(this);
    this.#writer.schedule();
    if (firstBytes !== undefined) this.onData(firstBytes);
  }

  /** Whether it can be used no more. */
  get isClosed(): boolean {
    return this.#error !== undefined || this.#isClosing;
  }

  /** Milliseconds since the peer was last heard. */
  get silence(): number {
    return this.#watchdog.silence;
  }

  /** Resolves once the peer answers a PING; rejects when it is lost. */
  async verify(): Promise<void> {
    this.ref();
    try {
      await this.#watchdog.ping();
    } finally {
      this.unref();
    }
  }

  /** Client: opens a stream; call only while the session has one free. */
  request(
    fields: readonly HeaderField[],
    handler: StreamHandler,
  ): Stream {
    this.#watchdog.onStreamOpened();
    this.#hasUnproved = true;
    return this.session.request(fields, handler);
  }

  /** Counts those who want the program to stay while it is open. */
  ref(): void {
    if (this.#refs++ === 0) this.socket.ref();
  }

  unref(): void {
    if (--this.#refs > 0 || this.isClosed) return;
    if (this.#hasUnproved) {
      // A program that ends closes the socket, and if the peer then sends,
      // TCP drops what it has not read. The answer to a PING proves that it
      // has everything before it.
      this.#hasUnproved = false;
      this.verify().catch(() => {});
    } else if (!this.#writer.hasOutput) {
      this.socket.unref();
    }
  }

  /** Resolves when all that is to be sent now has left, or never can. */
  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  /** Says GOAWAY, and closes once no stream is open. */
  drain(): void {
    if (this.isClosed || this.#isDraining) return;
    this.#isDraining = true;
    if (this.#role === "client") return this.#finishDrain();
    // RFC 9113 section 6.8: streams on their way when the first GOAWAY is
    // sent are still taken; a round trip later there are no more of them.
    this.session.startDraining();
    const finish = () => this.#finishDrain();
    this.verify().then(finish, finish);
  }

  /** Says GOAWAY and closes; streams that are open fail with the error. */
  close(error?: H2ConnError): void {
    if (this.isClosed) return;
    this.session.goaway(ERROR_CODE.NO_ERROR);
    this.#finish(
      error ?? new ConnectError("http2", "Session was closed on this side"),
    );
  }

  onData(chunk: Uint8Array): void {
    this.#watchdog.onBytes();
    this.#writer.onHeard();
    if (!this.#hasBytes) {
      this.#hasBytes = true;
      const error = this.#handler.sniff?.(chunk);
      if (error !== undefined) return this.#end(error);
      this.#writer.release();
    }
    this.session.receive(chunk, this.#watchdog.now);
    if (this.#hasSentFin) this.#waitForFin();
  }

  onEnd(): void {
    this.#lose(this.#lossError("the peer closed it (FIN)"));
  }

  onClose(cause: Error | undefined): void {
    this.#closeTimer.clear();
    this.#isGone = true;
    this.#onGone();
    this.#lose(this.#lossError("the socket was closed", cause));
  }

  onOutput(): void {
    // The session speaks first while it is made; start() looks at that.
    this.#writer?.schedule();
  }

  onRequest(stream: Stream, head: RequestHead): StreamHandler {
    this.#watchdog.onStreamOpened();
    return this.#handler.onRequest!(stream, head);
  }

  onStreamClosed(): void {
    if (this.session.openStreams === 0) {
      this.#watchdog.onIdle();
      if (this.#watchdog.isDraining) queueMicrotask(() => this.close());
    }
    this.#handler.onCapacity?.();
  }

  onSettings(): void {
    if (!this.#hasSettings) {
      this.#hasSettings = true;
      queueMicrotask(() => this.unref());
    }
    this.#watchdog.onSettings();
    this.#handler.onCapacity?.();
  }

  onSettingsAck(): void {
    this.#watchdog.onSettingsAck();
  }

  onPingAck(id: number): void {
    this.#watchdog.onPingAck(id);
  }

  onGoaway(code: number, debug: string): void {
    this.#goaway = new GoawayError(code, { retryable: false, debug });
    this.#handler.onGoaway?.(code, debug);
    this.#handler.onCapacity?.();
    if (this.session.openStreams === 0) queueMicrotask(() => this.close());
    else this.#watchdog.isDraining = true;
  }

  onFault(fault: SessionError): void {
    this.#finish(
      new ProtocolError(fault.code, fault.message, { cause: fault.cause }),
    );
  }

  #lossError(how: string, cause?: Error): H2ConnError {
    if (this.#goaway !== undefined) return this.#goaway;
    const error = lostError(how, cause);
    if (this.#hasSettings) return error;
    return this.#handler.explainLoss?.(error) ?? error;
  }

  #onProgress(): void {
    this.#watchdog.onProgress();
    if (this.#isClosing && !this.#hasSentFin) this.#waitForSocket();
  }

  #onDrained(): void {
    if (this.#isClosing) this.#sendFin();
    else if (this.#refs === 0) this.socket.unref();
  }

  /** Sends what is left and then FIN, and waits for the peer to do the same. */
  #finish(error: H2ConnError): void {
    this.#isClosing = true;
    this.#closingSince = this.#watchdog.now;
    this.socket.ref();
    this.#end(error);
    this.#writer.release();
    this.#writer.flush();
    if (this.#writer.hasOutput) this.#waitForSocket();
    else this.#sendFin();
  }

  #finishDrain(): void {
    this.session.goaway();
    this.#watchdog.isDraining = true;
    if (this.session.openStreams === 0) this.close();
  }

  #sendFin(): void {
    if (this.#hasSentFin) return;
    this.#hasSentFin = true;
    this.#writer.stop();
    this.socket.end();
    this.#waitForFin();
  }

  /**
   * A socket that is closed while the peer still sends makes TCP drop what the
   * peer has not read yet: it is kept until the peer closes, or is silent.
   */
  #waitForFin(): void {
    if (this.#isGone) return;
    const left = this.#closingSince + MAX_CLOSE_MS - this.#watchdog.now;
    this.#closeTimer.set(Math.min(CLOSE_MS, left));
  }

  #waitForSocket(): void {
    this.#closeTimer.set(this.options.timeouts.writeTimeout || MAX_DELAY);
  }

  #giveUp(error: H2ConnError): void {
    if (!(error instanceof ProtocolError)) return this.#lose(error);
    this.session.goaway(error.h2Code.number, error.message);
    this.#finish(error);
  }

  #lose(error: H2ConnError): void {
    this.#end(error);
    this.#writer.stop();
    this.socket.destroy();
  }

  #end(error: H2ConnError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#watchdog.stop();
    this.session.end(error);
    this.#handler.onClose(error);
  }
}

/** A connection of any HTTP version, for {@linkcode closeAll}. */
export interface Closable {
  readonly socket: Socket;
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>;
  /** Closes once what goes on is done. */
  drain(): void;
  /** Cuts what goes on. */
  close(error: H2ConnError): void;
}

/** Drains connections, and ends those that are not done after a while. */
export async function closeAll(
  connections: readonly Closable[],
  graceMs: number,
  error: H2ConnError,
): Promise<void> {
  const gone = Promise.all(connections.map((connection) => connection.gone));
  for (const connection of connections) connection.drain();
  await raceTimer(gone, graceMs);
  for (const connection of connections) connection.close(error);
  // Who takes no byte of what is left is not waited for.
  await raceTimer(gone, CLOSE_MS);
  for (const connection of connections) connection.socket.destroy();
  await gone;
}

/** Resolves with the promise, or after `ms` milliseconds. */
async function raceTimer(promise: Promise<unknown>, ms: number) {
  let timer: Timer | undefined;
  const late = new Promise<void>((resolve) => {
    timer = new Timer(resolve);
    timer.set(ms);
  });
  await Promise.race([promise, late]);
  timer?.clear();
}
