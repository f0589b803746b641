/**
 * The contract suite of the installed package on the installed package.
 * scripts/check_npm.ts compiles it with tsc and runs it on every runtime.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { accept, type Conn } from "@h2conn/h2conn";
import {
  type ConnPair,
  newTestServer,
  testConn,
  type TestServerOptions,
} from "@h2conn/h2conn/testing";

const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((file) =>
  readFileSync(file, "utf8")
);
const transports: Record<string, TestServerOptions> = {
  cleartext: {},
  TLS: { server: { tls: { cert, key } }, client: { tls: { ca } } },
};

async function makePair(
  driver: "client" | "server",
  options: TestServerOptions,
): Promise<ConnPair> {
  let onAccept!: (conn: Conn) => void;
  const accepted = new Promise<Conn>((resolve) => onAccept = resolve);
  const server = await newTestServer((request) => {
    const { conn, response } = accept(request);
    onAccept(conn);
    return response;
  }, options);
  const here = server.connect();
  const there = await accepted;
  const [conn, peer] = driver === "client" ? [here, there] : [there, here];
  async function stop(): Promise<void> {
    here.abort();
    there.abort();
    await server.close();
  }
  return { conn, peer, stop };
}

for (const [transport, options] of Object.entries(transports)) {
  for (const driver of ["client", "server"] as const) {
    testConn(
      () => makePair(driver, options),
      (name, run) => void test(`${transport}, ${driver}: ${name}`, run),
    );
  }
}
