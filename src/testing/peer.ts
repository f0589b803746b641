import type { Conn } from "../conn.ts";
import { RandomBytes, readFull } from "./bytes.ts";
import { check, checkEqual } from "./check.ts";

/**
 * What the end of a pair that is not under test does:
 *
 * - `"discard"` reads to EOF and closes. It fails at a byte of value 255: a
 *   driver writes those over buffers whose write has settled.
 * - `"echo"` writes back what it reads, and closes at EOF.
 * - `"flood"` writes until a write fails.
 * - `"ping_pong"` adds one to each number that comes, up to 1000, and closes.
 * - `"verify"` reads 1 MiB up to EOF, compares it with what the suite sends,
 *   and closes.
 */
export type PeerRole = "discard" | "echo" | "flood" | "ping_pong" | "verify";

/** The other end of a pair, wherever it lives. */
export interface Peer {
  /** Plays a role to its end; rejects if something in it is not as it must. */
  play(role: PeerRole): Promise<void>;
}

/** How many bytes one read or write of the suite has. */
export const CHUNK = 1024;

/** How many bytes the role `"verify"` expects. */
export const VERIFIED = 1024 * 1024;

/** What the role `"discard"` must never read. */
export const FORBIDDEN = 0xff;

const LAST_PING = 1000n;

const roles: Readonly<Record<PeerRole, (conn: Conn) => Promise<void>>> = {
  discard,
  echo,
  flood,
  ping_pong: pingPong,
  verify,
};

/**
 * Plays a role on a Conn, for a process that holds the other end of a pair.
 * Resets the Conn if the role fails.
 *
 * @example
 * ```ts
 * import { handle, serve } from "@h2conn/h2conn";
 * import { playPeer } from "@h2conn/h2conn/testing";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle((conn) => playPeer(conn, "echo")),
 * );
 * ```
 */
export async function playPeer(conn: Conn, role: PeerRole): Promise<void> {
  try {
    await roles[role](conn);
  } catch (cause) {
    conn.abort({ code: "INTERNAL_ERROR", cause });
    throw cause;
  }
}

async function discard(conn: Conn): Promise<void> {
  const p = new Uint8Array(CHUNK);
  for (let n = await conn.read(p); n !== null; n = await conn.read(p)) {
    check(
      !p.subarray(0, n).includes(FORBIDDEN),
      "A buffer was sent again after its write had settled",
    );
  }
  await closeCleanly(conn);
}

async function echo(conn: Conn): Promise<void> {
  const p = new Uint8Array(CHUNK);
  for (let n = await conn.read(p); n !== null; n = await conn.read(p)) {
    await conn.write(p.subarray(0, n));
  }
  await closeCleanly(conn);
}

async function flood(conn: Conn): Promise<void> {
  const random = new RandomBytes();
  const p = new Uint8Array(CHUNK);
  try {
    while (true) {
      random.fill(p);
      await conn.write(p);
    }
  } catch {
    // It goes on as long as it can.
  }
}

/** Passes a number to and fro; whoever reads the last one closes first. */
export async function pingPong(conn: Conn): Promise<void> {
  const p = new Uint8Array(8);
  const view = new DataView(p.buffer);
  let expected: bigint | undefined;
  while (await readFull(conn, p)) {
    const value = view.getBigUint64(0, true);
    checkEqual(value, expected ?? value, "The number that came");
    if (value === LAST_PING) break;
    expected = value + 2n;
    view.setBigUint64(0, value + 1n, true);
    await conn.write(p);
  }
  check(
    (expected ?? 0n) >= LAST_PING - 1n,
    `Ping-pong ended where ${expected} had to come`,
  );
  await closeCleanly(conn);
}

async function verify(conn: Conn): Promise<void> {
  const random = new RandomBytes();
  const p = new Uint8Array(CHUNK);
  const expected = new Uint8Array(CHUNK);
  let total = 0;
  for (let n = await conn.read(p); n !== null; n = await conn.read(p)) {
    const wanted = expected.subarray(0, n);
    random.fill(wanted);
    for (let i = 0; i < n; i++) {
      if (p[i] !== wanted[i]) throw new Error(`Byte ${total + i} differs`);
    }
    total += n;
  }
  checkEqual(total, VERIFIED, "The number of bytes before EOF");
  await closeCleanly(conn);
}

/** Closes, and waits for the other end to have done so too. */
export async function closeCleanly(conn: Conn): Promise<void> {
  await conn.close();
  await conn.closed;
}
