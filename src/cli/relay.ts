import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Conn } from "../conn.ts";
import type { HostPort } from "./host_port.ts";
import { receive, send } from "./streams.ts";

/** How long a TCP connection may take to open, in milliseconds. */
const DIAL_TIMEOUT = 10_000;

/** Opens a TCP connection that either side can end first. */
export async function dial({ host, port }: HostPort): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  // It may fail when nobody is looking.
  socket.on("error", () => {});
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
