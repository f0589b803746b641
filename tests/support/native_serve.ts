import type { CertificateSet } from "./certificates.ts";

/** What a server gives its handler, besides the request. */
export type NativeHandler = (
  request: Request,
  // deno-lint-ignore no-explicit-any
  info: any,
) => Response | Promise<Response>;

export interface NativeServeOptions {
  tls?: CertificateSet;
  /** Is told of what the server says went wrong; Deno only. */
  onError?(error: unknown): void;
  /** Seconds until Bun ends an idle connection. */
  idleTimeout?: number;
}

/** A server of the runtime itself. */
export interface NativeServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Cuts what is open. */
  stop(): Promise<void>;
}

/** What is used of Bun's server. */
interface BunRuntime {
  serve(options: Record<string, unknown>): {
    readonly port: number;
    stop(closeActive: boolean): Promise<void>;
  };
}

/** Whether there is one that speaks HTTP/2. */
export const hasNativeServer: boolean = "Deno" in globalThis ||
  "Bun" in globalThis;

/** `Deno.serve`, or `Bun.serve` with `http2: true`, on 127.0.0.1. */
export function nativeServe(
  handler: NativeHandler,
  options: NativeServeOptions = {},
): NativeServer {
  const serve = "Bun" in globalThis ? bunServe : denoServe;
  const { port, stop } = serve(handler, options);
  const url = `${options.tls ? "https" : "http"}://localhost:${port}`;
  return { port, url, stop, [Symbol.asyncDispose]: stop };
}

function denoServe(handler: NativeHandler, options: NativeServeOptions) {
  const { tls } = options;
  const cut = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: cut.signal,
    ...(tls && { cert: tls.cert, key: tls.key }),
    onListen() {},
    onError(error) {
      options.onError?.(error);
      return new Response(null, { status: 500 });
    },
  }, handler);
  async function stop(): Promise<void> {
    cut.abort();
    await server.finished;
  }
  return { port: server.addr.port, stop };
}

function bunServe(handler: NativeHandler, options: NativeServeOptions) {
  const { tls, idleTimeout } = options;
  const { Bun } = globalThis as unknown as { Bun: BunRuntime };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    http2: true,
    ...(tls && { tls: { cert: tls.cert, key: tls.key } }),
    ...(idleTimeout && { idleTimeout }),
    fetch: handler,
  });
  return { port: server.port, stop: () => server.stop(true) };
}
