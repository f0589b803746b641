import type { Conn } from "../../conn.ts";
import { TimeoutError } from "../../errors.ts";

/** How long to wait for what should come at once, in milliseconds. */
export const PATIENCE_MS = 3000;

/** How long to wait for the end of what goes on coming. */
const LONGEST_MS = 10_000;

/** Reads what comes in time: bytes, null at EOF, undefined if nothing does. */
export async function readSoon(
  conn: Conn,
): Promise<Uint8Array | null | undefined> {
  const p = new Uint8Array(1024);
  conn.setReadDeadline(Date.now() + PATIENCE_MS);
  try {
    const length = await conn.read(p);
    return length === null ? null : p.subarray(0, length);
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  } finally {
    conn.setReadDeadline(null);
  }
}

/** Reads to EOF, unless that does not come in time. */
export async function readToEnd(
  conn: Conn,
): Promise<{ received: number; isEnded: boolean }> {
  const start = performance.now();
  let received = 0;
  let bytes = await readSoon(conn);
  while (bytes && performance.now() - start < LONGEST_MS) {
    received += bytes.length;
    bytes = await readSoon(conn);
  }
  return { received, isEnded: bytes === null };
}

/** Writes, and gives whether the peer let it leave in time. */
export async function writeSoon(conn: Conn, p: Uint8Array): Promise<boolean> {
  conn.setWriteDeadline(Date.now() + PATIENCE_MS);
  try {
    await conn.write(p);
    return true;
  } catch (error) {
    if (error instanceof TimeoutError) return false;
    throw error;
  } finally {
    conn.setWriteDeadline(null);
  }
}

/** Reads as many bytes, as text, or fewer if no more come in time or at all. */
export async function readUpTo(conn: Conn, count: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let left = count; left > 0;) {
    const bytes = await readSoon(conn);
    if (!bytes) break;
    left -= bytes.length;
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

/** Whether the promise resolves in time. */
export async function isSoon(promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
