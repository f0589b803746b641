/**
 * The library as a server for the interop checks, on any runtime:
 *
 *     our_server.ts tls|h2c <folder with ca.pem, cert.pem and key.pem>
 *
 * It prints one line of JSON, `{ url, ca, runtime }`, and serves until it is
 * killed. What it serves, as every server here does as far as its stack can:
 *
 * - `GET /push`: `Hello`, and a push of `/2nd`, `Hello Again!`; `GET /hints`: 103
 *   with a `link`, then `Hello`.
 * - `GET /`: `Hello`; `/seen?id=`: how the stream with that `id` ended here.
 * - `PUT /ECHO`: what comes, with a to z in upper case.
 * - `POST /echo`: what comes; then the trailers `x-bytes`, and `x-client-echo`
 *   with the client's trailer `x-client`.
 * - `POST /first`: ends its side at once, then reads on.
 * - `POST /reset?code=`: resets the stream after the first bytes.
 * - `POST /sink`: reads all, then tells how many bytes it was.
 * - `POST /ping`, `POST /goaway` (node:http2): a PING of the server's; GOAWAY
 *   while the stream goes on as an echo.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import {
  accept,
  type Conn,
  type ErrorCode,
  ResetError,
  serve,
} from "../../mod.ts";
import {
  isResetOnRequest,
  RESET_ON_REQUEST,
  resetMidway,
} from "../../src/cli/reset_on_request.ts";
import { Crc32, upperCase } from "./bytes.ts";
import { runtime } from "./report.ts";

const [transport, certificates] = process.argv.slice(2);
const encoder = new TextEncoder();

/** How streams that carried an `id` ended, as this side saw it. */
const seen = new Map<string, string>();

async function echo(conn: Conn, change: (bytes: Uint8Array) => Uint8Array) {
  let bytes = 0;
  for await (const chunk of conn) {
    bytes += chunk.length;
    await conn.write(change(chunk));
  }
  const trailers = await conn.trailers;
  await conn.closeWrite({
    "x-bytes": String(bytes),
    "x-client-echo": trailers.get("x-client") ?? "",
  });
}

/** Ends this side before it reads. */
async function endFirst(conn: Conn): Promise<string> {
  await conn.write(encoder.encode("bye"));
  await conn.closeWrite();
  return await drain(conn);
}

async function drain(conn: Conn): Promise<string> {
  const crc = new Crc32();
  let bytes = 0;
  for await (const chunk of conn) {
    bytes += chunk.length;
    crc.add(chunk);
  }
  return `bytes=${bytes}, CRC32=${crc}`;
}

/** What becomes of an accepted stream; the result is noted under its id. */
async function run(conn: Conn, url: URL): Promise<string> {
  switch (url.pathname) {
    case "/ECHO":
      await echo(conn, upperCase);
      return "end";
    case "/first":
      return await endFirst(conn);
    case "/reset": {
      await conn.read(new Uint8Array(100));
      const code = url.searchParams.get("code") as ErrorCode;
      conn.abort({ code });
      return `aborted ${code}`;
    }
    case "/sink": {
      const text = await drain(conn);
      await conn.write(encoder.encode(text));
      await conn.closeWrite();
      return text;
    }
    default:
      await echo(conn, (bytes) => bytes);
      return "end";
  }
}

async function note(conn: Conn, url: URL): Promise<void> {
  const id = url.searchParams.get("id");
  let end;
  try {
    end = await run(conn, url);
  } catch (error) {
    end = error instanceof ResetError
      ? `reset ${error.h2Code.name}`
      : String(error);
  }
  if (id !== null) seen.set(id, end);
}

const paths = [
  "/",
  "/2nd",
  "/ECHO",
  "/echo",
  "/first",
  "/hints",
  "/push",
  "/reset",
  "/sink",
];
const server = await serve({
  port: 0,
  tls: transport === "tls"
    ? {
      cert: readFileSync(`${certificates}/cert.pem`, "utf8"),
      key: readFileSync(`${certificates}/key.pem`, "utf8"),
    }
    : undefined,
}, (request, info) => {
  const url = new URL(request.url);
  if (url.pathname === "/seen") {
    return new Response(seen.get(url.searchParams.get("id") ?? "") ?? "open");
  }
  if (!paths.includes(url.pathname)) {
    return new Response("Not Found\n", { status: 404 });
  }
  if (url.pathname === "/2nd") return new Response("Hello Again!\n");
  if (url.pathname === "/push") info.push("/2nd");
  if (url.pathname === "/hints") {
    info.sendInformational({ link: "</2nd>; rel=preload" });
  }
  if (request.method === "GET" || request.method === "HEAD") {
    return new Response("Hello\n");
  }
  if (url.pathname === "/ECHO" && request.method !== "PUT") {
    return new Response("PUT required.\n", { status: 400 });
  }
  if (isResetOnRequest(request.headers)) {
    const { conn, response } = accept(request, { headers: RESET_ON_REQUEST });
    resetMidway(conn).catch(() => {});
    return response;
  }
  const { conn, response } = accept(request);
  void note(conn, url);
  return response;
});

console.log(JSON.stringify({
  url: server.url,
  ca: `${certificates}/ca.pem`,
  runtime: runtime(),
}));
