import { runtimeAdapter } from "../adapters/runtime.ts";
import { connectionOptions, type Timeouts } from "../connection_options.ts";
import { Responder } from "../responder.ts";
import type { Handler } from "../server.ts";
import { ServerConnections } from "../server_connections.ts";
import type { ServerTlsOptions } from "../tls_options.ts";

/** Options of {@linkcode listenHttp1}. */
export interface Http1ListenOptions {
  readonly port: number;
  readonly hostname: string;
  readonly tls: ServerTlsOptions;
  readonly timeouts: Timeouts;
}

/** A listener for HTTP/1.1 alone. */
export interface Http1Listener {
  readonly port: number;
  shutdown(graceMs?: number): Promise<void>;
  ref(): void;
  unref(): void;
}

/**
 * Serves HTTP/1.1 over TLS, and offers no `h2` by ALPN, as `serve` always does:
 * a browser that could speak HTTP/2 is to show what it would be without.
 */
export async function listenHttp1(
  options: Http1ListenOptions,
  handler: Handler,
): Promise<Http1Listener> {
  const { port, hostname, tls, timeouts } = options;
  const connection = connectionOptions({ timeouts });
  const connections = new ServerConnections(
    connection,
    new Responder({ handler }),
    { allowHttp1: true },
  );
  const listener = await runtimeAdapter().listen({
    hostname,
    port,
    tls,
    alpnProtocols: ["http/1.1"],
    handshakeTimeout: connection.timeouts.connectTimeout,
    onSocket: (socket) => connections.add(socket),
  });
  return {
    port: listener.addr.port,
    async shutdown(graceMs = 5000) {
      await Promise.all([listener.close(), connections.close(graceMs)]);
    },
    ref: () => listener.ref(),
    unref: () => listener.unref(),
  };
}
