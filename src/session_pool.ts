import type { RuntimeAdapter, Socket } from "./adapters/socket.ts";
import type { ClientExchange } from "./client_exchange.ts";
import { closeAll, Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { ClosedError, ConnectError, H2ConnError } from "./errors.ts";
import { ERROR_CODE } from "./http2/error_code.ts";
import { lostUnheard, otherProtocol, type ServerName } from "./not_http2.ts";
import { MAX_DELAY } from "./timer.ts";
import type { ClientTlsOptions } from "./tls_options.ts";

/** After how much silence an idle session is tried with a PING before reuse. */
const VERIFY_AFTER_MS = 30_000;

/** What all sessions of a pool have in common. */
export interface PoolOptions {
  readonly adapter: RuntimeAdapter;
  readonly connection: ConnectionOptions;
  readonly tls: ClientTlsOptions;
}

/** The sessions to one origin, and the requests that wait for one. */
export class SessionPool {
  readonly #origin: URL;
  readonly #options: PoolOptions;
  readonly #onEmpty: () => void;
  readonly #connections = new Set<Connection>();
  readonly #verifying = new Set<Connection>();
  readonly #aborter = new AbortController();
  readonly #waiting = new Set<ClientExchange>();
  #dialing: Promise<void> | undefined;
  #pingFactor = 1;
  #closed: ClosedError | undefined;

  constructor(origin: URL, options: PoolOptions, onEmpty: () => void) {
    this.#origin = origin;
    this.#options = options;
    this.#onEmpty = onEmpty;
  }

  submit(exchange: ClientExchange): void {
    if (this.#closed !== undefined) return exchange.fail(this.#closed);
    this.#waiting.add(exchange);
    this.#serve();
  }

  cancel(exchange: ClientExchange): void {
    this.#waiting.delete(exchange);
    this.#tellIfEmpty();
  }

  /** Lets open streams end for a while, then ends the rest. */
  async close(graceMs: number): Promise<void> {
    this.#closed ??= new ClosedError("Client is closed");
    this.#aborter.abort(this.#closed);
    this.#failWaiting(this.#closed);
    await closeAll([...this.#connections], graceMs, this.#closed);
    await this.#dialing;
  }

  /** Gives requests that wait to sessions with room; dials for the rest. */
  #serve(): void {
    for (const connection of this.#connections) {
      if (this.#waiting.size === 0) return;
      if (connection.isClosed || this.#verifying.has(connection)) continue;
      const isIdle = connection.session.openStreams === 0;
      if (isIdle && connection.silence > VERIFY_AFTER_MS) {
        this.#verify(connection);
      } else {
        this.#fill(connection);
      }
    }
    if (this.#waiting.size > 0 && !this.#isSettling()) this.#dial();
  }

  #fill(connection: Connection): void {
    for (const exchange of this.#waiting) {
      if (connection.session.freeStreams === 0) return;
      if (!exchange.canStart(connection)) continue;
      this.#waiting.delete(exchange);
      exchange.start(connection);
    }
  }

  /** Whether a session may soon have room, so that another would be waste. */
  #isSettling(): boolean {
    if (this.#dialing || this.#verifying.size > 0) return true;
    for (const connection of this.#connections) {
      if (!connection.isClosed && !connection.session.hasPeerSettings) {
        return true;
      }
    }
    return false;
  }

  /** A session that has been silent may be dead without our knowing. */
  #verify(connection: Connection): void {
    this.#verifying.add(connection);
    const done = () => {
      this.#verifying.delete(connection);
      this.#serve();
    };
    connection.verify().then(done, done);
  }

  #dial(): void {
    const { adapter, connection, tls } = this.#options;
    const { hostname, port, protocol } = this.#origin;
    const isTls = protocol === "https:";
    this.#dialing = adapter.dial({
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (isTls ? 443 : 80),
      tls: isTls ? tls : undefined,
      timeout: connection.timeouts.connectTimeout || MAX_DELAY,
      signal: this.#aborter.signal,
    }).then(
      (socket) => this.#onSocket(socket),
      (error) => this.#onDialError(error),
    );
  }

  #onSocket(socket: Socket): void {
    this.#dialing = undefined;
    if (this.#closed !== undefined) return socket.destroy();
    const connection = new Connection("client", socket, this.#settings(), {
      sniff: (bytes) => this.#sniff(socket, bytes),
      explainLoss: (error) => lostUnheard(error, this.#server),
      onCapacity: () => this.#onCapacity(connection),
      onGoaway: (code, debug) => this.#onGoaway(code, debug),
      onClose: (error) => this.#onClose(connection, error),
    });
    this.#connections.add(connection);
    connection.start();
    this.#serve();
  }

  #sniff(socket: Socket, bytes: Uint8Array): H2ConnError | undefined {
    const error = otherProtocol(bytes, this.#server);
    if (error !== undefined) socket.destroy();
    return error;
  }

  #onDialError(error: unknown): void {
    this.#dialing = undefined;
    this.#failWaiting(
      error instanceof H2ConnError
        ? error
        : new ConnectError("tcp", `Cannot connect to ${this.#origin.host}`, {
          cause: error,
        }),
    );
  }

  #onCapacity(connection: Connection): void {
    if (this.#waiting.size === 0) return;
    const { session } = connection;
    if (
      session.hasPeerSettings && session.openStreams === 0 &&
      session.peerSettings.maxConcurrentStreams === 0
    ) {
      return this.#failWaiting(
        new ConnectError("http2", `${this.#origin.host} takes no streams`),
      );
    }
    this.#serve();
  }

  /** gRPC's servers say so to clients whose PINGs come too often. */
  #onGoaway(code: number, debug: string): void {
    if (code !== ERROR_CODE.ENHANCE_YOUR_CALM) return;
    if (debug === "too_many_pings") this.#pingFactor *= 2;
  }

  #onClose(connection: Connection, error: H2ConnError): void {
    const hadSettings = connection.session.hasPeerSettings;
    // Its sockets count until they are gone: close() waits for them.
    connection.gone.then(() => {
      this.#connections.delete(connection);
      this.#tellIfEmpty();
    });
    if (this.#closed !== undefined) return;
    if (hadSettings) this.#serve();
    else this.#failWaiting(error);
  }

  #failWaiting(error: H2ConnError): void {
    const failed = [...this.#waiting];
    this.#waiting.clear();
    for (const exchange of failed) exchange.fail(error);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    const isEmpty = this.#connections.size === 0 && this.#waiting.size === 0;
    if (isEmpty && this.#dialing === undefined) this.#onEmpty();
  }

  get #server(): ServerName {
    const { host, protocol } = this.#origin;
    return { host, isEncrypted: protocol === "https:" };
  }

  #settings(): ConnectionOptions {
    const { connection } = this.#options;
    const { timeouts } = connection;
    const pingInterval = timeouts.pingInterval * this.#pingFactor;
    return { ...connection, timeouts: { ...timeouts, pingInterval } };
  }
}
