import type { Conn, ServeInfo } from "../../mod.ts";
import { type Runtime, thisRuntime } from "../support/runtimes.ts";

/** A server under test that listens. */
export interface Listening {
  readonly port: number;
  /** Cuts what is open. */
  stop(): Promise<void>;
}

/** Takes a Conn that a server under test has accepted, until it resolves. */
export type OnConn = (conn: Conn, info?: ServeInfo) => Promise<void>;

/**
 * A way to get a Conn, whose promises are to be found out: a kind of server, or
 * a kind of client. It speaks cleartext HTTP/2 on 127.0.0.1.
 */
export interface Adapter {
  readonly name: string;
  /** Where there is such a thing. */
  readonly runtimes: readonly Runtime[];
  /** A server under test; the other end is a Client of h2conn's. */
  serve?(onConn: OnConn): Promise<Listening>;
  /** A client under test; the other end is h2conn's `serve`. */
  connect?(port: number): Promise<Connecting>;
  /** Promises without a word in `supports` that it does not keep, by name. */
  readonly lacks?: Readonly<Record<string, string>>;
}

/** A session of a client under test. */
export interface Connecting {
  open(path: string): Conn;
  stop(): Promise<void>;
}

/** Whether there is such a thing on this runtime. */
export function runsHere({ runtimes }: Adapter): boolean {
  return runtimes.includes(thisRuntime);
}
