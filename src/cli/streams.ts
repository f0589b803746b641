import process from "node:process";
import type { Writable } from "node:stream";
import type { Conn } from "../conn.ts";

/** Sends what a stream gives, and ends this direction when it has ended. */
export async function send(
  conn: Conn,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  await sendChunks(conn, input);
  await conn.closeWrite();
}

/** Sends what a stream gives. */
export async function sendChunks(
  conn: Conn,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of input) await conn.write(chunk);
}

/** Writes what the peer sends to a stream, and ends it at EOF. */
export async function receive(conn: Conn, output: Writable): Promise<void> {
  for await (const chunk of conn) await writeAll(output, chunk);
  await new Promise<void>((resolve, reject) => {
    // Node and Deno tell of an error here, and @types/node does not.
    output.end((error?: Error) => error ? reject(error) : resolve());
  });
}

/** Prints a line on standard output, for programs and people. */
export function printLine(line: string): Promise<void> {
  return writeAll(process.stdout, new TextEncoder().encode(`${line}\n`));
}

/** Resolves when the stream has passed the bytes on. */
export function writeAll(
  output: Writable,
  chunk: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(chunk, (error) => error ? reject(error) : resolve());
  });
}
