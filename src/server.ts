import { runtimeAdapter } from "./adapters/runtime.ts";
import type { Listener, Socket } from "./adapters/socket.ts";
import type { Addr } from "./addr.ts";
import {
  checkGrace,
  connectionOptions,
  type Limits,
  type Timeouts,
  type Windows,
} from "./connection_options.ts";
import { ArgumentError } from "./errors.ts";
import { Responder } from "./responder.ts";
import type { HttpProtocol, ServeInfo } from "./serve_info.ts";
import { ServerConnections } from "./server_connections.ts";
import { MAX_DELAY } from "./timer.ts";
import type { ServerTlsOptions } from "./tls_options.ts";

const DEFAULT_PORT = 8000;

/** In the order that ALPN prefers them. */
const ALL_PROTOCOLS: readonly HttpProtocol[] = ["h2", "http/1.1", "http/1.0"];

/** Answers a request, like the handler of `Deno.serve`. */
export type Handler = (
  request: Request,
  info: ServeInfo,
) => Response | Promise<Response>;

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** The port; 0 takes any that is free. Default 8000. */
  port?: number;
  /** The address to listen on. Default `"127.0.0.1"`: this machine only. */
  hostname?: string;
  /** TLS; ALPN says the HTTP version. Without it, the first bytes do (h2c). */
  tls?: ServerTlsOptions;
  /**
   * Whether requests of HTTP/1.1 and 1.0 reach the handler too, on the same
   * port. Default true; otherwise they are answered with 505.
   */
  allowHttp1?: boolean;
  /**
   * Takes extended CONNECT (RFC 8441): requests whose `info.connectProtocol` is
   * set, and whose method is `"CONNECT"`. Default `false`: they get 501.
   */
  enableConnectProtocol?: boolean;
  /** What a client may do. */
  limits?: Limits;
  /** How far a client may send ahead of the readers. */
  windows?: Windows;
  /** How long to wait for what. */
  timeouts?: Timeouts;
  /** Aborting it shuts the server down. */
  signal?: AbortSignal;
  /**
   * Is told of what a handler threw, and may give the response to send. The
   * default prints it to the console; the response is 500 without a word.
   */
  onError?(error: unknown): Response | void | Promise<Response | void>;
}

/** A server that listens. */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: Addr;
  /** Where it listens, as the start of a URL: `"https://localhost:8000"`. */
  readonly url: string;
  /** Resolves when the server has shut down. */
  readonly finished: Promise<void>;
  /**
   * Takes no more connections and streams (GOAWAY), lets those that are open
   * end for `graceMs` milliseconds (default 5000), then cuts the rest.
   * Idempotent.
   */
  shutdown(graceMs?: number): Promise<void>;
  /** Lets the server keep the program alive, as it does from the start. */
  ref(): void;
  /** Lets the program end while the server listens. */
  unref(): void;
}

/**
 * Serves HTTP/2: over TLS, or in cleartext with prior knowledge; and HTTP/1.1
 * on the same port. Resolves when it listens.
 *
 * Rejects with {@linkcode ArgumentError} for a port or option that cannot be,
 * or a certificate that does not match its key, with {@linkcode ListenError}
 * for a port in use.
 *
 * @example
 * ```ts
 * import { serve } from "@h2conn/h2conn";
 *
 * await using server = await serve({ port: 0 }, () => new Response("Hello"));
 * console.log(server.url);
 * ```
 */
export async function serve(
  options: ServeOptions,
  handler: Handler,
): Promise<Server> {
  checkOptions(options, handler);
  const connection = connectionOptions(options);
  const { allowHttp1 = true, onError } = options;
  const responder = new Responder({ handler, onError });
  const connections = new ServerConnections(connection, responder, {
    allowHttp1,
  });
  const listener = await runtimeAdapter().listen({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? DEFAULT_PORT,
    tls: options.tls,
    alpnProtocols: allowHttp1 ? ALL_PROTOCOLS : ["h2"],
    handshakeTimeout: connection.timeouts.connectTimeout || MAX_DELAY,
    onSocket: (socket: Socket) => connections.add(socket),
  });
  return new ListeningServer(options, listener, connections);
}

class ListeningServer implements Server {
  readonly addr: Addr;
  readonly url: string;
  readonly finished: Promise<void>;
  readonly #listener: Listener;
  readonly #connections: ServerConnections;
  readonly #forgetSignal: () => void;
  #onFinished!: () => void;
  #isShutDown = false;

  constructor(
    options: ServeOptions,
    listener: Listener,
    connections: ServerConnections,
  ) {
    this.#listener = listener;
    this.#connections = connections;
    this.addr = listener.addr;
    this.url = urlOf(options, listener.addr);
    this.finished = new Promise((resolve) => this.#onFinished = resolve);
    const { signal } = options;
    const onAbort = () => void this.shutdown();
    this.#forgetSignal = () => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  }

  shutdown(graceMs = 5000): Promise<void> {
    checkGrace(graceMs);
    if (!this.#isShutDown) {
      this.#isShutDown = true;
      this.#forgetSignal();
      Promise.all([
        this.#listener.close(),
        this.#connections.close(graceMs),
      ]).then(this.#onFinished);
    }
    return this.finished;
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}

function checkOptions(options: ServeOptions, handler: Handler): void {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(
      "Cannot serve: the first argument is not an object of options, such as " +
        "{ port: 8000 }",
    );
  }
  // Deno.serve takes them there. Who gives them does not mean cleartext.
  if ("cert" in options || "key" in options) {
    throw new ArgumentError("Cannot serve: cert and key belong within tls");
  }
  const { port = DEFAULT_PORT, tls } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ArgumentError(
      `Cannot listen: "${port}" is not a port from 0 to 65535`,
    );
  }
  if (typeof handler !== "function") {
    throw new ArgumentError("Cannot serve: the handler is not a function");
  }
  if (tls !== undefined && !(tls.cert && tls.key)) {
    throw new ArgumentError("Cannot serve: tls needs both cert and key");
  }
}

function urlOf(options: ServeOptions, addr: Addr): string {
  const scheme = options.tls ? "https" : "http";
  const asked = options.hostname ?? "127.0.0.1";
  const isAny = asked === "0.0.0.0" || asked === "::";
  const isLocal = options.tls && addr.hostname === "127.0.0.1";
  const host = isAny || isLocal ? "localhost" : asked;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${addr.port}`;
}
