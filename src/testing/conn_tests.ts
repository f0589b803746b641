import type { Conn } from "../conn.ts";
import { RandomBytes, readFull } from "./bytes.ts";
import { check, checkEqual, checkName, checkRejects, within } from "./check.ts";
import {
  CHUNK,
  closeCleanly,
  FORBIDDEN,
  type Peer,
  type PeerRole,
  pingPong,
  playPeer,
  VERIFIED,
} from "./peer.ts";

/** Two ends that are connected: one to test, one to test it with. */
export interface ConnPair {
  /** The end under test. */
  readonly conn: Conn;
  /** The other end: a Conn, or what plays its part in another process. */
  readonly peer: Conn | Peer;
  /** Frees all that was made for the pair, and cuts it if it is still open. */
  stop(): Promise<void>;
}

/** Makes a fresh pair for one test. */
export type MakePair = () => Promise<ConnPair>;

/** One test of the suite. */
export interface ConnTest {
  /** Its name, as in Go's `nettest`. */
  readonly name: string;
  /** Runs it on a pair of its own; rejects if it fails, within 90 seconds. */
  run(makePair: MakePair): Promise<void>;
}

/** Registers one test with a test framework. */
export type RegisterTest = (name: string, run: () => Promise<void>) => void;

/** What a test does with its pair. */
type Drive = (conn: Conn, peer: Peer) => Promise<void>;

const MAKE_MS = 15_000;
const DRIVE_MS = 60_000;
const STOP_MS = 15_000;

/** How long calls wait for what unblocks them. */
const PAUSE_MS = 100;

const LONG_AGO = new Date(0);

/**
 * The eleven subtests of Go's `nettest.TestConn`, for one end of a pair. Run
 * them twice, with either end as the one under test.
 *
 * @example Without a test framework
 * ```ts
 * import { connTests, type MakePair } from "@h2conn/h2conn/testing";
 *
 * export async function runAll(makePair: MakePair) {
 *   for (const test of connTests) await test.run(makePair);
 * }
 * ```
 */
export const connTests: readonly ConnTest[] = [
  connTest("BasicIO", basicIo),
  connTest("PingPong", pingPongTest),
  connTest("RacyRead", racyRead),
  connTest("RacyWrite", racyWrite),
  connTest("ReadTimeout", readTimeout),
  connTest("WriteTimeout", writeTimeout),
  connTest("PastTimeout", pastTimeout),
  connTest("PresentTimeout", presentTimeout),
  connTest("FutureTimeout", futureTimeout),
  connTest("CloseTimeout", closeTimeout),
  connTest("ConcurrentMethods", concurrentMethods),
];

/**
 * Registers all of {@linkcode connTests}. Go's `nettest.TestConn`.
 *
 * @example
 * ```ts
 * import { type MakePair, testConn } from "@h2conn/h2conn/testing";
 * import { test } from "node:test";
 *
 * export function testTransport(name: string, makePair: MakePair) {
 *   testConn(makePair, (subtest, run) => test(`${name}: ${subtest}`, run));
 * }
 * ```
 */
export function testConn(makePair: MakePair, register: RegisterTest): void {
  for (const { name, run } of connTests) register(name, () => run(makePair));
}

function connTest(name: string, drive: Drive): ConnTest {
  async function run(makePair: MakePair): Promise<void> {
    const making = makePair();
    let pair;
    try {
      pair = await within(making, MAKE_MS, "Making a pair");
    } catch (error) {
      making.then((late) => late.stop()).catch(() => {});
      throw error;
    }
    const { conn, peer } = pair;
    try {
      await within(drive(conn, asPeer(peer)), DRIVE_MS, name);
    } finally {
      await within(pair.stop(), STOP_MS, "Stopping the pair");
    }
  }
  return { name, run };
}

function asPeer(peer: Conn | Peer): Peer {
  function play(role: PeerRole): Promise<void> {
    const played = "play" in peer ? peer.play(role) : playPeer(peer, role);
    // Who fails first does so while the driver is waiting for something else.
    played.catch(() => {});
    return played;
  }
  return { play };
}

/** 1 MiB arrives as it was sent, then EOF. */
async function basicIo(conn: Conn, peer: Peer): Promise<void> {
  async function send(): Promise<void> {
    const random = new RandomBytes();
    const p = new Uint8Array(CHUNK);
    for (let sent = 0; sent < VERIFIED; sent += CHUNK) {
      random.fill(p);
      checkEqual(await conn.write(p), CHUNK, "The result of a write");
    }
    await closeCleanly(conn);
  }
  await Promise.all([peer.play("verify"), send()]);
}

/** Both ends take turns, a thousand times. */
async function pingPongTest(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("ping_pong");
  await conn.write(new Uint8Array(8));
  await Promise.all([played, pingPong(conn)]);
}

/** A read that timed out leaves its buffer alone. */
async function racyRead(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("flood");
  const abandoned: Uint8Array[] = [];

  async function read(): Promise<void> {
    let p = new Uint8Array(CHUNK);
    for (let i = 0; i < 100; i++) {
      try {
        await conn.read(p);
        p.fill(0);
      } catch (error) {
        checkName(error, "TimeoutError");
        abandoned.push(p.fill(0));
        p = new Uint8Array(CHUNK);
        conn.setReadDeadline(Date.now() + 1);
      }
    }
  }

  conn.setReadDeadline(Date.now() + 1);
  await Promise.all(Array.from({ length: 10 }, read));
  conn.setReadDeadline(null);
  const n = await conn.read(new Uint8Array(CHUNK));
  check(n !== null && n > 0, `A read without a deadline gave ${n}`);
  // Whether there are bytes to read or not.
  conn.setReadDeadline(LONG_AGO);
  await checkRejects(conn.read(new Uint8Array(CHUNK)), "TimeoutError");
  check(
    abandoned.every((p) => p.every((byte) => byte === 0)),
    "A read wrote into its buffer after it had timed out",
  );
  conn.abort();
  await played;
}

/** A write that timed out sends nothing of its buffer any more. */
async function racyWrite(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("discard");

  async function write(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const p = new Uint8Array(CHUNK);
      try {
        await conn.write(p);
        p.fill(FORBIDDEN);
      } catch (error) {
        p.fill(FORBIDDEN);
        checkName(error, "TimeoutError");
        conn.setWriteDeadline(Date.now() + 1);
      }
    }
  }

  conn.setWriteDeadline(Date.now() + 1);
  await Promise.all(Array.from({ length: 10 }, write));
  conn.setWriteDeadline(null);
  checkEqual(
    await conn.write(new Uint8Array(CHUNK)),
    CHUNK,
    "A write's result",
  );
  await closeCleanly(conn);
  await played;
}

/** Writes go on while reads time out. */
async function readTimeout(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("discard");
  conn.setReadDeadline(LONG_AGO);
  await checkRejects(conn.read(new Uint8Array(CHUNK)), "TimeoutError");
  await conn.write(new Uint8Array(CHUNK));
  await closeCleanly(conn);
  await played;
}

/** Reads go on while writes time out. */
async function writeTimeout(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("flood");
  conn.setWriteDeadline(LONG_AGO);
  await checkRejects(conn.write(new Uint8Array(CHUNK)), "TimeoutError");
  const n = await conn.read(new Uint8Array(CHUNK));
  check(n !== null && n > 0, `The read gave ${n}`);
  conn.abort();
  await played;
}

/** With a deadline in the past nothing is read or written, until it is moved. */
async function pastTimeout(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("echo");
  await roundTrip(conn);
  conn.setDeadline(LONG_AGO);
  const error = await checkRejects(
    conn.write(new Uint8Array(CHUNK)),
    "TimeoutError",
  );
  checkEqual(bytesWritten(error), 0, "bytesWritten of the error");
  await checkRejects(conn.read(new Uint8Array(CHUNK)), "TimeoutError");
  await roundTrip(conn);
  await closeCleanly(conn);
  await played;
}

/** A deadline moved into the past ends the calls that wait. */
async function presentTimeout(conn: Conn): Promise<void> {
  let isMoved = false;

  async function move(): Promise<void> {
    await pause(PAUSE_MS);
    isMoved = true;
    conn.setReadDeadline(LONG_AGO);
    conn.setWriteDeadline(LONG_AGO.getTime());
  }

  async function read(): Promise<void> {
    await checkRejects(conn.read(new Uint8Array(CHUNK)), "TimeoutError");
    check(isMoved, "The read timed out before its deadline");
  }

  async function write(): Promise<void> {
    await checkRejects(writeForever(conn), "TimeoutError");
    check(isMoved, "The write timed out before its deadline");
  }

  await Promise.all([move(), read(), write()]);
}

/** A deadline that comes ends the calls that wait, and nothing more. */
async function futureTimeout(conn: Conn, peer: Peer): Promise<void> {
  const deadline = Date.now() + PAUSE_MS;
  conn.setDeadline(deadline);
  await Promise.all([
    checkRejects(conn.read(new Uint8Array(CHUNK)), "TimeoutError"),
    checkRejects(writeForever(conn), "TimeoutError"),
  ]);
  check(Date.now() >= deadline, "A call timed out before its deadline");

  const played = peer.play("echo");
  await resync(conn);
  await roundTrip(conn);
  await closeCleanly(conn);
  await played;
}

/** Closing ends the calls that wait. */
async function closeTimeout(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("echo");
  conn.setDeadline(null);
  let isClosed = false;

  async function close(): Promise<void> {
    await pause(PAUSE_MS);
    isClosed = true;
    await conn.close();
  }

  async function readForever(): Promise<never> {
    const p = new Uint8Array(CHUNK);
    while (true) {
      check(await conn.read(p) !== null, "A read that closing ended gave EOF");
    }
  }

  await Promise.all([
    close(),
    checkRejects(readForever(), "ClosedError"),
    checkRejects(writeForever(conn), "ClosedError"),
  ]);
  check(isClosed, "The calls ended before the Conn was closed");
  await conn.closed;
  await played;
}

/** All methods at once, in no order, leave a Conn that works. */
async function concurrentMethods(conn: Conn, peer: Peer): Promise<void> {
  const played = peer.play("echo");
  const methods: (() => unknown)[] = [
    () => allowTimeout(conn.read(new Uint8Array(CHUNK))),
    () => allowTimeout(conn.write(new Uint8Array(CHUNK))),
    () => conn.setDeadline(Date.now() + 10),
    () => conn.setReadDeadline(LONG_AGO),
    () => conn.setWriteDeadline(LONG_AGO),
    () => conn.localAddr,
    () => conn.remoteAddr,
  ];
  const random = new RandomBytes();
  const when = new Uint8Array(1);

  async function call(method: () => unknown): Promise<void> {
    random.fill(when);
    // Some at once, some in this turn, some in one of the next.
    if (when[0] & 1) await null;
    if (when[0] & 2) await pause(when[0] >> 5);
    await method();
  }

  const calls: Promise<void>[] = [];
  for (let i = 0; i < 100; i++) calls.push(...methods.map(call));
  await Promise.all(calls);

  await resync(conn);
  await roundTrip(conn);
  await closeCleanly(conn);
  await played;
}

async function writeForever(conn: Conn): Promise<never> {
  while (true) await conn.write(new Uint8Array(CHUNK));
}

async function allowTimeout(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    checkName(error, "TimeoutError");
  }
}

/** What is written to an echo comes back. */
async function roundTrip(conn: Conn): Promise<void> {
  conn.setDeadline(null);
  const sent = new TextEncoder().encode("Once around the block");
  const back = new Uint8Array(sent.length);
  await conn.write(sent);
  check(await readFull(conn, back), "EOF instead of what was sent");
  check(sent.every((byte, i) => byte === back[i]), "What came back differs");
}

/** Reads what is on its way back from an echo, up to a mark of our own. */
async function resync(conn: Conn): Promise<void> {
  conn.setDeadline(null);
  const written = conn.write(new Uint8Array([FORBIDDEN]));
  written.catch(() => {});
  const p = new Uint8Array(CHUNK);
  while (true) {
    const n = await conn.read(p);
    check(n !== null, "EOF before what was sent came back");
    const at = p.subarray(0, n).indexOf(FORBIDDEN);
    if (at < 0) continue;
    checkEqual(at, n - 1, "The place of the last byte");
    break;
  }
  await written;
}

function bytesWritten(error: Error): unknown {
  return (error as { bytesWritten?: unknown }).bytesWritten;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
