/**
 * The contract suite over `node:http2`, with the entry point `./node` of the
 * installed package on either side and on both. scripts/check_npm.ts compiles
 * it with tsc and runs it on every runtime.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import {
  accept as acceptRequest,
  Client,
  type Conn,
  serve,
} from "@h2conn/h2conn";
import { accept, connect } from "@h2conn/h2conn/node";
import { type ConnPair, testConn } from "@h2conn/h2conn/testing";

const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((file) =>
  readFileSync(file, "utf8")
);

/** Whose client and server, h2conn's own or that of node:http2; TLS or not. */
const pairs = [
  ["own", "stream", false],
  ["own", "request", false],
  ["session", "own", false],
  ["session", "stream", false],
  ["session", "stream", true],
] as const;

/** Something that listens, and how to end it. */
interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

async function listen(
  [, kind, isTls]: typeof pairs[number],
  onConn: (conn: Conn) => void,
): Promise<Listening> {
  if (kind === "own") {
    const server = await serve({ port: 0 }, (request) => {
      const { conn, response } = acceptRequest(request);
      onConn(conn);
      return response;
    });
    return { port: server.addr.port, close: () => server.shutdown(0) };
  }
  // In @types/node the union of the two knows no events of streams.
  const server =
    (isTls
      ? http2.createSecureServer({ cert, key })
      : http2.createServer()) as http2.Http2Server;
  const sessions = new Set<http2.Http2Session>();
  server.on("session", (session) => void sessions.add(session));
  if (kind === "stream") {
    server.on("stream", (stream, headers) => onConn(accept(stream, headers)));
  } else {
    server.on("request", (request, response) => {
      onConn(accept(request, response));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function makePair(
  driver: "client" | "server",
  kinds: typeof pairs[number],
): Promise<ConnPair> {
  const [kind, , isTls] = kinds;
  let onConn!: (conn: Conn) => void;
  const accepted = new Promise<Conn>((resolve) => onConn = resolve);
  const server = await listen(kinds, onConn);
  const origin = `${isTls ? "https" : "http"}://localhost:${server.port}`;
  const client = new Client();
  const session = kind === "own" ? undefined : http2.connect(origin, { ca });
  const here = session ? connect(session) : client.connect(origin);
  const there = await accepted;
  const [conn, peer] = driver === "client" ? [here, there] : [there, here];
  async function stop(): Promise<void> {
    session?.destroy();
    await client.close({ graceMs: 0 });
    await server.close();
  }
  return { conn, peer, stop };
}

for (const kinds of pairs) {
  const [client, server, isTls] = kinds;
  const title = `${client} to ${server}, ${isTls ? "TLS" : "cleartext"}`;
  for (const driver of ["client", "server"] as const) {
    testConn(
      () => makePair(driver, kinds),
      (name, run) => void test(`${title}, ${driver}: ${name}`, run),
    );
  }
}
