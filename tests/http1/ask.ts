/**
 * One request in either HTTP version, by the clients of the runtime.
 *
 * @module
 */

import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { serve, type ServeOptions, type Server } from "../../mod.ts";
import type { Handler } from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";

/** A way to ask a server. */
export interface Way {
  readonly name: string;
  readonly version: "h2" | "http/1.1";
  readonly secure: boolean;
}

export const WAYS: readonly Way[] = [
  { name: "HTTP/2, cleartext", version: "h2", secure: false },
  { name: "HTTP/2, TLS", version: "h2", secure: true },
  { name: "HTTP/1.1, cleartext", version: "http/1.1", secure: false },
  { name: "HTTP/1.1, TLS", version: "http/1.1", secure: true },
];

export interface Question {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Uint8Array;
  /** Whether the body came whole, as far as the client can tell. */
  isWhole: boolean;
}

/** Serves a handler for the time of `use`. */
export async function withServer(
  way: Way,
  handler: Handler,
  use: (server: Server) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const { cert, key } = await makeCertificates();
  const tls = way.secure ? { cert, key } : undefined;
  const server = await serve({ port: 0, tls, ...options }, handler);
  try {
    await use(server);
  } finally {
    await within(server.shutdown(0), "shutdown");
  }
}

/** Asks once, over a connection of its own. */
export async function ask(
  way: Way,
  server: Pick<Server, "addr">,
  question: Question = {},
): Promise<Answer> {
  const { ca } = await makeCertificates();
  const { port } = server.addr;
  const answer = way.version === "h2"
    ? askHttp2(way, port, ca, question)
    : askHttp1(way, port, ca, question);
  return await within(answer, "answer");
}

async function askHttp2(
  { secure }: Way,
  port: number,
  ca: string,
  { method = "GET", path = "/", headers, body }: Question,
): Promise<Answer> {
  const scheme = secure ? "https" : "http";
  const session = http2.connect(`${scheme}://localhost:${port}`, { ca });
  session.on("error", () => {});
  try {
    const stream = session.request(
      { ":method": method, ":path": path, ...headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    return await new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let head: http2.IncomingHttpHeaders = {};
      stream.on("response", (headers) => head = headers);
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("error", () => {});
      stream.on("close", () => {
        const status = Number(head[":status"]);
        if (!status) return reject(new Error("There was no response"));
        resolve({
          status,
          headers: head as http.IncomingHttpHeaders,
          body: new Uint8Array(Buffer.concat(chunks)),
          isWhole: stream.rstCode === 0,
        });
      });
    });
  } finally {
    const closed = new Promise((resolve) => session.on("close", resolve));
    session.destroy();
    await closed;
  }
}

function askHttp1(
  { secure }: Way,
  port: number,
  ca: string,
  { method = "GET", path = "/", headers, body }: Question,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request({
      port,
      host: "127.0.0.1",
      servername: "localhost",
      ca,
      method,
      path,
      headers,
      agent: false,
    });
    request.on("error", reject);
    request.on("response", (message) => {
      const chunks: Uint8Array[] = [];
      message.on("data", (chunk) => chunks.push(chunk));
      message.on("error", () => {});
      message.on("close", () =>
        resolve({
          status: message.statusCode!,
          headers: message.headers,
          body: new Uint8Array(Buffer.concat(chunks)),
          isWhole: message.complete,
        }));
    });
    request.end(body);
  });
}

/** Where a server of `node:net` listens. */
export function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
