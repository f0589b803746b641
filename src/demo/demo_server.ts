import type { Addr } from "../addr.ts";
import { serve, type Server } from "../server.ts";
import type { ServerTlsOptions } from "../tls_options.ts";
import { tileParts } from "./gopher_tiles.ts";
import { type Http1Listener, listenHttp1 } from "./http1_listener.ts";
import { drawAhead } from "./picture_png.ts";
import { pushedParts } from "./push_page.ts";
import { siteHandler, type SitePorts } from "./site.ts";

/** How long a connection without requests stays, in milliseconds: Go's. */
const TIMEOUTS = { idleTimeout: 5 * 60_000 };

/** Options of {@linkcode startDemo}. */
export interface DemoOptions {
  /** The port of the site; 0 takes any that is free. */
  port: number;
  /**
   * The port of the same site under HTTP/1.1 alone, for the comparison. Default
   * the one after `port`. Not used without `tls`.
   */
  httpPort?: number;
  /** The address to listen on. */
  hostname: string;
  /** TLS; without it no browser speaks HTTP/2. */
  tls: ServerTlsOptions | undefined;
  /** Whether to print a line for each request, to standard error. */
  verbose?: boolean;
}

/** The demo site, while it runs. */
export interface DemoServer extends Server {
  /** The site under HTTP/1.1 alone, as the start of a URL. */
  readonly http1Url: string | undefined;
}

/**
 * Starts the demo site. Resolves when it listens.
 *
 * Rejects like {@linkcode serve}: with {@linkcode ArgumentError} for an option
 * that cannot be, with {@linkcode ListenError} for a port in use.
 */
export async function startDemo(options: DemoOptions): Promise<DemoServer> {
  const { port, hostname, tls, verbose = false } = options;
  const closing = new AbortController();
  const ports: SitePorts = { http2: port };
  const handler = siteHandler({ ports, closing: closing.signal, verbose });
  const server = await serve(
    { port, hostname, tls, timeouts: TIMEOUTS },
    handler,
  );
  ports.http2 = server.addr.port;
  let http1: Http1Listener | undefined;
  try {
    if (tls !== undefined) {
      const httpPort = options.httpPort ?? (port === 0 ? 0 : port + 1);
      http1 = await listenHttp1(
        { port: httpPort, hostname, tls, timeouts: TIMEOUTS },
        handler,
      );
      ports.http1 = http1.port;
    }
  } catch (error) {
    await server.shutdown(0);
    throw error;
  }
  drawAhead([...tileParts(), ...pushedParts()], closing.signal);
  return new RunningDemo(server, http1, closing);
}

class RunningDemo implements DemoServer {
  readonly addr: Addr;
  readonly url: string;
  readonly http1Url: string | undefined;
  readonly finished: Promise<void>;
  readonly #server: Server;
  readonly #http1: Http1Listener | undefined;
  readonly #closing: AbortController;
  #onFinished!: () => void;

  constructor(
    server: Server,
    http1: Http1Listener | undefined,
    closing: AbortController,
  ) {
    this.#server = server;
    this.#http1 = http1;
    this.#closing = closing;
    this.addr = server.addr;
    this.url = server.url;
    this.http1Url = http1 && server.url.replace(/\d+$/, String(http1.port));
    this.finished = new Promise((resolve) => this.#onFinished = resolve);
  }

  shutdown(graceMs?: number): Promise<void> {
    const both = [
      this.#server.shutdown(graceMs),
      this.#http1?.shutdown(graceMs),
    ];
    // What streams for as long as its reader stays would take all the grace.
    this.#closing.abort();
    Promise.all(both).then(this.#onFinished);
    return this.finished;
  }

  ref(): void {
    this.#server.ref();
    this.#http1?.ref();
  }

  unref(): void {
    this.#server.unref();
    this.#http1?.unref();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
