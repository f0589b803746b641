/**
 * What is attacked: a server of ours with an honest client that uses it all
 * the while.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  accept,
  Client,
  type Conn,
  type H2ConnError,
  ResetError,
  serve,
  type ServeOptions,
  type Server,
} from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, readExactly, text, within } from "../support/pair.ts";
import { type RawOptions, RawPeer } from "./raw_peer.ts";

export interface TargetOptions extends Partial<ServeOptions> {
  /** Whether the server speaks TLS. */
  secure?: boolean;
}

/** A server under attack. */
export interface Target {
  readonly server: Server;
  readonly port: number;
  readonly ca: string | undefined;
  /** Conns of `/hold`, which are accepted and left alone. */
  readonly held: Conn[];
  /** Attackers that connected here are closed with the target. */
  dial(): Promise<RawPeer>;
  connect(...settings: [id: number, value: number][]): Promise<RawPeer>;
  /** Waits until this many writers of `/big` can write no more. */
  stalled(count: number): Promise<void>;
  /** Waits until this many writers of `/big` more have ended so. */
  ended(count: number, code: string): Promise<void>;
  /** Lets go of Conns and attackers that are over. */
  forget(): void;
  /** An honest client's bytes, there and back on a session that stays. */
  echo(): Promise<void>;
  /** The same on a session of its own. */
  greet(): Promise<void>;
}

/**
 * Runs an attack on a server. An honest session works before it, during it
 * and after it, as does a new one; then the server shuts down promptly.
 */
export async function attack(
  options: TargetOptions,
  run: (target: Target) => Promise<void>,
): Promise<void> {
  const { secure, ...serveOptions } = options;
  const made = secure ? await makeCertificates() : undefined;
  const tls = made && { cert: made.cert, key: made.key };
  const { held, endings, writers, handler } = makeHandler();
  const server = await serve({ port: 0, tls, ...serveOptions }, handler);
  const client = new Client({ tls: { ca: made?.ca } });
  const honest = client.connect(`${server.url}/echo`);
  const peers: RawPeer[] = [];
  const at: RawOptions = { port: server.addr.port, ca: made?.ca };

  const target: Target = {
    server,
    port: server.addr.port,
    ca: made?.ca,
    held,
    async dial() {
      const peer = await RawPeer.dial(at);
      peers.push(peer);
      return peer;
    },
    async connect(...settings) {
      const peer = await RawPeer.connect(at, ...settings);
      peers.push(peer);
      return peer;
    },
    stalled: (count) => stalled(writers, count),
    async ended(count, code) {
      await within(until(() => endings.length >= count), "ending of a writer");
      for (const error of endings.splice(0, count)) {
        assert.equal((error as H2ConnError).code, code, `${error}`);
      }
    },
    forget() {
      held.splice(0).forEach((conn) => conn.abort());
      peers.splice(0, peers.length, ...peers.filter((peer) => !peer.isClosed));
    },
    echo: () => echo(honest),
    async greet() {
      const other = new Client({ tls: { ca: made?.ca } });
      const conn = other.connect(`${server.url}/echo`);
      await echo(conn);
      await conn.close();
      await other.close({ graceMs: 0 });
    },
  };

  try {
    await target.echo();
    await during(target.echo, run(target));
    await target.echo();
    await target.greet();
  } finally {
    for (const conn of held) conn.abort();
    await Promise.all(peers.map((peer) => peer.close()));
    await client.close({ graceMs: 0 });
    await within(server.shutdown(0), "shutdown", 3000);
  }
}

async function echo(conn: Conn): Promise<void> {
  const word = `hello ${Math.random()}`;
  await within(conn.write(bytes(word)), "honest write");
  const back = await within(readExactly(conn, word.length), "honest echo");
  assert.equal(text(back), word);
}

/** Runs `work` while `check` goes on and on. */
export async function during(
  check: () => Promise<void>,
  work: Promise<void>,
): Promise<void> {
  let isDone = false;
  const done = work.finally(() => isDone = true);
  done.catch(() => {});
  while (!isDone) {
    await check();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await done;
}

function makeHandler() {
  const held: Conn[] = [];
  const endings: unknown[] = [];
  const writers = new Set<Writer>();

  async function echoAll(conn: Conn): Promise<void> {
    for await (const chunk of conn) await conn.write(chunk);
    await conn.close();
  }

  async function readAll(conn: Conn): Promise<void> {
    const buffer = new Uint8Array(16_384);
    while (await conn.read(buffer) !== null);
    await conn.close();
  }

  async function writeAll(conn: Conn): Promise<void> {
    const writer = { since: performance.now() };
    writers.add(writer);
    try {
      while (true) {
        await conn.write(CHUNK);
        writer.since = performance.now();
      }
    } catch (error) {
      // A peer that resets has its reasons, and is of no interest.
      if (!(error instanceof ResetError)) endings.push(error);
    } finally {
      writers.delete(writer);
    }
  }

  function handler(request: Request): Response {
    switch (new URL(request.url).pathname) {
      case "/echo": {
        const { conn, response } = accept(request);
        echoAll(conn).catch(() => {});
        return response;
      }
      case "/read": {
        const { conn, response } = accept(request);
        readAll(conn).catch(() => {});
        return response;
      }
      case "/big": {
        const { conn, response } = accept(request);
        writeAll(conn);
        return response;
      }
      case "/hold": {
        const { conn, response } = accept(request);
        held.push(conn);
        return response;
      }
      case "/none":
        return new Response(null, {
          status: 204,
          headers: { "x-filler": filler() },
        });
      case "/cookie":
        return new Response(null, {
          headers: { "x-cookie": request.headers.get("cookie") ?? "" },
        });
      default:
        return new Response("hello");
    }
  }
  return { held, endings, writers, handler };
}

/** What `/big` sends; one for all, so that it costs no memory. */
const CHUNK = new Uint8Array(64 * 1024);

/** Who writes without end, and since when the last write waits. */
interface Writer {
  since: number;
}

async function stalled(writers: Set<Writer>, count: number): Promise<void> {
  await within(
    until(() => {
      const now = performance.now();
      const waiting = [...writers].filter(({ since }) => now - since > 200);
      return waiting.length >= count;
    }),
    "stall",
  );
}

/** Waits for a condition; bounded by whoever waits for it. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 8000;
  while (!condition() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The Conn of a `/hold`, by the order they were accepted in. */
export async function heldConn(target: Target, at: number): Promise<Conn> {
  await within(until(() => target.held.length > at), "Conn");
  return target.held[at];
}

let fillers = 0;

/** 4 KiB that no table has seen. */
function filler(): string {
  return String(fillers++).padStart(4096, "x");
}
