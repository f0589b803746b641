import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Conn } from "../conn.ts";
import type { HostPort } from "./host_port.ts";

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
  output.end();
}

/** Resolves when the stream has room for more. */
export function writeAll(
  output: Writable,
  chunk: Uint8Array | string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(chunk, (error) => error ? reject(error) : resolve());
  });
}

/** Opens a TCP connection that either side can end first. */
export async function dial({ host, port }: HostPort): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  socket.setTimeout(DIAL_TIMEOUT, () => {
    socket.destroy(new Error(`no answer within ${DIAL_TIMEOUT / 1000} s`));
  });
  await once(socket, "connect");
  socket.setTimeout(0);
  return socket;
}

/**
 * Carries bytes between a Conn and a TCP connection until both directions have
 * ended. If one of the two is cut, so is the other: a reset never becomes EOF.
 */
export async function relay(conn: Conn, socket: Socket): Promise<void> {
  // The socket may fail when nobody writes to it or waits for its bytes.
  const failed = new Promise<never>((_, reject) => socket.on("error", reject));
  const done = Promise.all([
    // At the end of what it reads, it is not to be destroyed.
    send(conn, socket.iterator({ destroyOnReturn: false })),
    receive(conn, socket),
    conn.closed,
  ]);
  try {
    await Promise.race([done, failed]);
  } catch (error) {
    // For want of a reset, TCP's FIN would say that all had come.
    socket.resetAndDestroy();
    conn.abort({ code: "CONNECT_ERROR", cause: error });
    throw error;
  }
}

const DIAL_TIMEOUT = 10_000;
