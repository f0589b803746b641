import type { Addr } from "../addr.ts";
import { CONNECTION_FIELDS } from "../http2/field_validation.ts";
import type { FetchExchange, FetchHooks, FetchServer } from "./fetch_server.ts";

/** `Bun.serve` with `http2: true`. */
export const bunServe: FetchServer = {
  name: "Bun.serve",
  supports: Object.freeze({
    reset: true,
    resetCodes: false,
    trailers: false,
    push: false,
    addresses: false,
    // What the client still sends after the response has ended is reset.
    halfClose: false,
    truthfulEof: true,
    // The headers wait for the first byte (oven-sh/bun#33660).
    earlyHeaders: false,
    backpressure: true,
    independentStreams: true,
  }),
  isHttp1,
  remoteAddr,
  open,
  // Bun prints every other reason, and tells nobody of it.
  abortReason: () => undefined,
};

/** What is used of `Bun.Server`. */
interface BunServer {
  requestIP?(request: Request): { address: string; port: number } | null;
  timeout?(request: Request, seconds: number): void;
}

function open(
  request: Request,
  info: BunServer,
  hooks: FetchHooks,
): FetchExchange {
  // A Conn may be idle for longer than the default of 10 s.
  info.timeout?.(request, 0);
  const { signal } = request;
  if (signal.aborted) queueMicrotask(hooks.onCut);
  else signal.addEventListener("abort", hooks.onCut);
  return { delivered: undefined, confirmEnd: () => Promise.resolve() };
}

/**
 * Bun gives every request a Host. A POST that has neither `transfer-encoding`
 * nor content is one of either version.
 */
function isHttp1({ headers }: Request): boolean {
  return [...CONNECTION_FIELDS].some((name) => headers.has(name));
}

function remoteAddr(request: Request, info: BunServer): Addr | undefined {
  const peer = info.requestIP?.(request);
  if (!peer) return undefined;
  return { transport: "tcp", hostname: peer.address, port: peer.port };
}
