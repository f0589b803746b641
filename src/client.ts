import { runtimeAdapter } from "./adapters/runtime.ts";
import { ClientExchange } from "./client_exchange.ts";
import type { Conn } from "./conn.ts";
import { type ConnectOptions, prepareRequest } from "./connect_options.ts";
import {
  checkGrace,
  type ConnectionOptions,
  connectionOptions,
  type Limits,
  type Timeouts,
  type Windows,
} from "./connection_options.ts";
import { ArgumentError, ClosedError } from "./errors.ts";
import type { OnPush } from "./push.ts";
import { SessionPool } from "./session_pool.ts";
import type { ClientTlsOptions } from "./tls_options.ts";

/** Options of a {@linkcode Client}. */
export interface ClientOptions {
  /** Whom to trust, and who to be. */
  tls?: ClientTlsOptions;
  /** What a server may do. */
  limits?: Limits;
  /** How far a server may send ahead of the readers. */
  windows?: Windows;
  /** How long to wait for what. */
  timeouts?: Timeouts;
  /** Takes pushes of Conns that have no `onPush` of their own. Default: none. */
  onPush?: OnPush;
}

/** Options of {@linkcode Client.close}. */
export interface ClientCloseOptions {
  /** How long open Conns may go on, in milliseconds. Default 5000. */
  graceMs?: number;
}

/**
 * Connects, and shares HTTP/2 sessions among the Conns to one origin. Go's
 * `h2conn.Client`. A session that has no Conn keeps no program alive; in tests
 * that check for leaks, close the Client.
 *
 * @example Trust a CA of one's own
 * ```ts
 * import { Client } from "@h2conn/h2conn";
 *
 * export async function greet(url: string, ca: string) {
 *   await using client = new Client({ tls: { ca } });
 *   await using conn = client.connect(url);
 *   await conn.write(new TextEncoder().encode("hello"));
 * }
 * ```
 */
export class Client implements AsyncDisposable {
  readonly #tls: ClientTlsOptions;
  readonly #connection: ConnectionOptions;
  readonly #onPush: OnPush | undefined;
  readonly #pools = new Map<string, SessionPool>();
  #isClosed = false;

  /** Throws {@linkcode ArgumentError} at an option that cannot be. */
  constructor(options: ClientOptions = {}) {
    this.#tls = { ...options.tls };
    this.#connection = connectionOptions(options);
    this.#onPush = options.onPush;
    if ((this.#tls.cert === undefined) !== (this.#tls.key === undefined)) {
      throw new ArgumentError("Options tls.cert and tls.key go together");
    }
    runtimeAdapter().checkClientTls(this.#tls);
  }

  /**
   * Opens a Conn. It never waits: what is written is sent once there is a
   * session. Throws {@linkcode ArgumentError} at a URL that is not http or
   * https, a method or a header that is not allowed. Every later failure
   * reaches `opened`, `closed`, `read` and `write`.
   */
  connect(url: string | URL, options: ConnectOptions = {}): Conn {
    const request = prepareRequest(url, options);
    const onPush = options.onPush ?? this.#onPush;
    const pool = () => this.#pool(request.url, onPush !== undefined);
    const exchange = new ClientExchange(request, {
      headersTimeout: this.#connection.timeouts.headersTimeout,
      onPush,
      hooks: {
        retry: (exchange) => pool().submit(exchange),
        cancel: (exchange) => pool().cancel(exchange),
      },
    });
    if (this.#isClosed) exchange.fail(new ClosedError("Client is closed"));
    else if (!exchange.isOver) pool().submit(exchange);
    return exchange.conn;
  }

  /** Takes no more Conns, lets those that are open end, then cuts the rest. */
  async close(options: ClientCloseOptions = {}): Promise<void> {
    const graceMs = checkGrace(options.graceMs ?? 5000);
    this.#isClosed = true;
    const pools = [...this.#pools.values()];
    await Promise.all(pools.map((pool) => pool.close(graceMs)));
  }

  /** {@linkcode close} with the default grace. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A session takes pushes or does not: its SETTINGS say so once. */
  #pool(url: URL, enablePush: boolean): SessionPool {
    const key = `${url.origin}${enablePush ? " with push" : ""}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const options = {
        adapter: runtimeAdapter(),
        connection: { ...this.#connection, features: { enablePush } },
        tls: this.#tls,
      };
      pool = new SessionPool(url, options, () => this.#pools.delete(key));
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

let defaultClient: Client | undefined;

/**
 * Opens a Conn with a Client that the whole program shares. Go's
 * `h2conn.Connect`; see {@linkcode Client.connect} for what it throws.
 *
 * @example
 * ```ts
 * import { connect } from "@h2conn/h2conn";
 *
 * export async function hello(url: string) {
 *   await using conn = connect(url, { method: "PUT" });
 *   await conn.write(new TextEncoder().encode("hello"));
 * }
 * ```
 */
export function connect(url: string | URL, options?: ConnectOptions): Conn {
  defaultClient ??= new Client();
  return defaultClient.connect(url, options);
}
