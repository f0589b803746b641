/**
 * What a test and the process of its peer say to each other: the test sends
 * commands, the process answers each with one line of JSON, in order.
 *
 * @module
 */

import type { PeerRole } from "../../src/testing/mod.ts";

/** What a test may ask of its peer. */
export type Command =
  | { do: "serve"; cert: string; key: string }
  | { do: "connect"; url: string; ca: string }
  | { do: "play"; role: PeerRole };

/** What the peer answers once it has done it. */
export interface Answer {
  /** Where it serves. */
  url?: string;
  /** Why it could not do it. */
  error?: string;
}
