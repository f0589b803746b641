import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Http2ServerRequest,
  Http2ServerResponse,
  Http2Stream,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { AcceptInit } from "../accept.ts";
import { acceptedHead } from "../accepted_head.ts";
import type { Conn } from "../conn.ts";
import { NotSupportedError, StatusError } from "../errors.ts";
import { headerFields } from "../header_fields.ts";
import { checkFunction, runHandler } from "../run_handler.ts";
import { accept } from "./accept.ts";
import { toNodeHeaders } from "./node_headers.ts";

/** Options of {@linkcode handle}. */
export interface NodeHandleOptions extends AcceptInit {
  /** Gets what the handler throws. Default: it is logged. */
  onError?(error: unknown): void;
}

/** A listener for 'stream' events, and for 'request' events. */
export interface NodeHandler {
  (stream: Http2Stream, headers: IncomingHttpHeaders): void;
  (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void;
}

/**
 * A listener that accepts each request and gives the Conn to `fn`. The Conn is
 * closed when `fn` returns, and reset with INTERNAL_ERROR when it throws.
 * Requests that cannot be accepted get a response that says why: 505 over
 * HTTP/1.1, 403 if a page of another site makes them.
 *
 * Throws {@linkcode ArgumentError} for a status or header that is not allowed.
 *
 * @example One path of a server, and the rest for whom it was before
 * ```ts
 * import { handle } from "@h2conn/h2conn/node";
 * import http2 from "node:http2";
 *
 * const echo = handle((conn) => conn.readable.pipeTo(conn.writable));
 * const server = http2.createServer((request, response) => {
 *   if (request.url === "/echo") echo(request, response);
 *   else response.end("hello");
 * });
 * ```
 */
export function handle(
  fn: (conn: Conn, headers: IncomingHttpHeaders) => void | Promise<void>,
  options: NodeHandleOptions = {},
): NodeHandler {
  const { onError = logError } = options;
  checkFunction(fn);
  acceptedHead(options);

  return function (
    source: Http2Stream | IncomingMessage | Http2ServerRequest,
    target: IncomingHttpHeaders | ServerResponse | Http2ServerResponse,
  ): void {
    let conn: Conn;
    try {
      conn = accept(
        source as Http2ServerRequest,
        target as Http2ServerResponse,
        options,
      );
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) onError(error);
      if ("writeHead" in target) answer(target as ServerResponse, refusal);
      else answerStream(source as ServerHttp2Stream, refusal);
      return;
    }
    const headers = "headers" in source ? source.headers : target;
    runHandler(conn, {
      handle: () => fn(conn, headers as IncomingHttpHeaders),
      report: onError,
    });
  };
}

function logError(error: unknown): void {
  console.error("Error in a handler of h2conn's handle():", error);
}

/** What to answer to those that cannot be accepted; undefined is our fault. */
function refusalOf(error: unknown): StatusError | undefined {
  if (error instanceof StatusError) return error;
  if (!(error instanceof NotSupportedError)) return undefined;
  return new StatusError(505, { body: "This needs HTTP/2\n" });
}

const FAULT = new StatusError(500, { body: "Internal Server Error\n" });

function answer(response: ServerResponse, refusal = FAULT): void {
  if (response.headersSent) return;
  const headers = toNodeHeaders(headerFields(refusal.headers));
  response.writeHead(refusal.status, headers as Record<string, string>);
  response.end(textOf(refusal));
}

function answerStream(stream: ServerHttp2Stream, refusal = FAULT): void {
  if (stream.headersSent || stream.closed || stream.destroyed) return;
  // That the client leaves is no error of the server's.
  stream.on("error", () => {});
  const headers = toNodeHeaders(headerFields(refusal.headers));
  stream.respond({ ...headers, ":status": refusal.status });
  stream.end(textOf(refusal));
}

function textOf({ body, message }: StatusError): string {
  return body || `${message}\n`;
}
