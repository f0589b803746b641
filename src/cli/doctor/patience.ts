import type { Conn } from "../../conn.ts";
import { TimeoutError } from "../../errors.ts";

/** How long to wait for what should come at once, in milliseconds. */
export const PATIENCE_MS = 3000;

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
