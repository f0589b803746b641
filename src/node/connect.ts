import type { ClientHttp2Session } from "node:http2";
import type { Conn } from "../conn.ts";
import {
  type ConnectOptions,
  type PreparedRequest,
  prepareRequest,
} from "../connect_options.ts";
import { ArgumentError } from "../errors.ts";
import { StreamConn } from "../stream_conn.ts";
import { watchSignal } from "../watch_signal.ts";
import { fromNodeHeaders, toNodeHeaders } from "./node_headers.ts";
import { NODE_SUPPORT, NodeStreamTransport } from "./node_stream_transport.ts";
import { ResponseGate } from "./response_gate.ts";
import { type NodeError, SessionWatch } from "./session_watch.ts";
import { requestError } from "./stream_failure.ts";

/** Options of {@linkcode connect}. */
export type SessionConnectOptions = Pick<
  ConnectOptions,
  "method" | "headers" | "signal"
>;

/**
 * Opens a Conn over a session that you have, connected or not. It never waits,
 * and never closes the session. Go's `h2conn.Connect`.
 *
 * Throws {@linkcode ArgumentError} at a path, method or header that is not
 * allowed. Every later failure reaches `opened`, `closed`, `read` and `write`,
 * and so an 'error' event of the session without a listener no longer ends the
 * program. There is no timeout for the response: use a signal.
 *
 * @example
 * ```ts
 * import { connect } from "@h2conn/h2conn/node";
 * import http2 from "node:http2";
 *
 * export async function greet(url: string) {
 *   const session = http2.connect(url);
 *   const conn = connect(session, "/greetings");
 *   await conn.write(new TextEncoder().encode("hello"));
 *   await conn.close();
 *   session.close();
 * }
 * ```
 */
export function connect(
  session: ClientHttp2Session,
  path = "/",
  options: SessionConnectOptions = {},
): Conn {
  const { method, headers, signal } = options;
  const request = prepareRequest(pathUrl(path), { method, headers });
  const watch = SessionWatch.of(session);
  const conn = new StreamConn({ supports: NODE_SUPPORT });
  watchSignal(signal, conn);
  watch.whenReady(() => {
    if (conn.hasFailed) return;
    try {
      open(session, { request, conn });
    } catch (error) {
      conn.onFailure(requestError(error as NodeError, watch));
    }
  });
  return conn;
}

interface Exchange {
  readonly request: PreparedRequest;
  readonly conn: StreamConn;
}

function open(session: ClientHttp2Session, { request, conn }: Exchange): void {
  const { method, url, fields } = request;
  const stream = session.request({
    // The session knows its own scheme and authority.
    ":method": method,
    ":path": url.pathname + url.search,
    ...toNodeHeaders(fields.filter(([name]) => !name.startsWith(":"))),
  }, { endStream: false, waitForTrailers: true });
  const gate = new ResponseGate(conn);
  stream.on("response", (headers) => {
    gate.onResponse({
      url: sentUrl(stream.sentHeaders),
      method,
      status: Number(headers[":status"]),
      fields: fromNodeHeaders(headers),
    });
  });
  gate.attach(new NodeStreamTransport({ stream, session }, gate));
}

function sentUrl(headers: Record<string, unknown>): string {
  return `${headers[":scheme"]}://${headers[":authority"]}${headers[":path"]}`;
}

/** The origin is the session's; this one only makes a URL of it. */
function pathUrl(path: string): URL {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new ArgumentError(
      `Cannot connect: path "${path}" does not start with "/"`,
    );
  }
  return new URL(`http://localhost${path}`);
}
