import process from "node:process";
import type { Conn } from "../conn.ts";
import { H2ConnError, MessageError, ResetError } from "../errors.ts";
import { writeAll } from "./streams.ts";

/** What goes over a Conn each way: bytes, or messages. */
export interface Traffic {
  /** Sends what comes from standard input, and then ends this direction. */
  send(input: AsyncIterable<Uint8Array>): Promise<void>;
  /** Gives what the peer sends, up to EOF. */
  receive(): AsyncIterable<Uint8Array>;
}

/**
 * Standard input to the Conn and the Conn to standard output, both at once,
 * until both directions have ended. All that came before a cut is written
 * before the cut is thrown.
 */
export async function converse(conn: Conn, traffic: Traffic): Promise<void> {
  const sending = traffic.send(process.stdin);
  const receiving = receive(traffic);
  if (process.stdin.isTTY) {
    // Nobody wants to press ctrl-D to leave a peer that has gone.
    receiving.then(() => conn.closeWrite()).catch(() => {});
  }
  const over = conn.closed.then(() => receiving, (error) => {
    // Having said all, it wants no more (RFC 9113 section 8.1).
    if (isNoError(error)) return receiving;
    return receiving.catch(() => {}).then(() => Promise.reject(error));
  });
  try {
    await Promise.race([over, localFailure(sending), localFailure(receiving)]);
  } catch (error) {
    if (isLocal(error)) conn.abort({ cause: error });
    throw error;
  }
}

async function receive(traffic: Traffic): Promise<void> {
  for await (const chunk of traffic.receive()) {
    await writeAll(process.stdout, chunk);
  }
}

/** Rejects for what went wrong here; of the rest, `closed` tells. */
function localFailure(work: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch((error) => isLocal(error) && reject(error));
  });
}

function isLocal(error: unknown): boolean {
  return !(error instanceof H2ConnError) || error instanceof MessageError;
}

function isNoError(error: unknown): boolean {
  return error instanceof ResetError && error.remote &&
    error.h2Code.number === 0;
}
