/**
 * Floods of frames that say nothing, for a session with stream 1 open.
 *
 * @module
 */

import {
  ACK,
  block,
  continuation,
  data,
  END_HEADERS,
  frame,
  goaway,
  headers,
  join,
  PADDED,
  ping,
  priority,
  SETTING,
  settings,
  SETTINGS_ACK,
  windowUpdate,
} from "./raw_peer.ts";

export interface FloodCase {
  readonly name: string;
  readonly unit: Uint8Array;
  /** How many to send: about twice as many as are borne in 10 s. */
  readonly count: number;
  /** Who is attacked, if it can't be either. */
  readonly only?: "server" | "client";
}

/** Each is sent twice as often as it may be, in a session with a stream. */
export const FLOOD_CASES: readonly FloodCase[] = [
  { name: "PING", unit: ping(), count: 20_000 },
  { name: "PING ACK", unit: ping(ACK), count: 20_000 },
  { name: "SETTINGS", unit: settings(), count: 2000 },
  { name: "SETTINGS ACK", unit: SETTINGS_ACK, count: 2000 },
  {
    name: "huge SETTINGS",
    unit: settings(
      ...Array.from({ length: 500 }, (_, at): [number, number] => [0x99, at]),
    ),
    count: 2000,
  },
  {
    name: "SETTINGS that churn the header table",
    unit: join(
      settings([SETTING.HEADER_TABLE_SIZE, 0]),
      settings([SETTING.HEADER_TABLE_SIZE, 2 ** 32 - 1]),
    ),
    count: 1000,
  },
  {
    name: "SETTINGS that move the windows",
    unit: join(
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 30]),
    ),
    count: 1000,
  },
  { name: "empty DATA", unit: data(1), count: 20_000 },
  {
    name: "DATA of padding",
    unit: data(1, Uint8Array.of(1, 0), PADDED),
    count: 20_000,
  },
  {
    name: "DATA on a stream we reset",
    unit: data(3, 1),
    count: 20_000,
    only: "server",
  },
  { name: "PRIORITY", unit: priority(1), count: 20_000 },
  { name: "WINDOW_UPDATE", unit: windowUpdate(1, 1), count: 20_000 },
  { name: "session WINDOW_UPDATE", unit: windowUpdate(0, 1), count: 20_000 },
  { name: "unknown frames", unit: frame(0xfe, 0, 1), count: 20_000 },
  { name: "GOAWAY", unit: goaway(1), count: 2000 },
  {
    name: "informational responses",
    unit: headers(1, block([[":status", "103"]]), END_HEADERS),
    count: 2000,
    only: "client",
  },
  {
    name: "CONTINUATION",
    unit: continuation(5, new Uint8Array(16)),
    count: 20_000,
  },
];
