import http from "node:http";

/** What {@linkcode createHttp1Parser} needs to know. */
export interface Http1ParserOptions {
  /** Bytes of a request's line and headers. */
  readonly maxHeaderSize: number;
  /** What clients are told that an idle connection may last, in milliseconds. */
  readonly keepAliveTimeout: number;
}

/**
 * A server of `node:http` that does not listen: its 'connection' event takes
 * the connections. Timeouts are not its business.
 */
export function createHttp1Parser(options: Http1ParserOptions): http.Server {
  const server = http.createServer({
    ...options,
    headersTimeout: 0,
    requestTimeout: 0,
  });
  // Otherwise Deno 2.9 closes the connection after the first response.
  Object.defineProperty(server, "listening", { value: true });
  // It would drop the headers over the limit, and say nothing.
  server.maxHeadersCount = 0;
  return server;
}
