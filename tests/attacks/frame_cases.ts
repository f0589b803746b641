/**
 * Frames that break a rule of RFC 9113 while stream 1 is open both ways, and
 * what each has to lead to. Most may come from either side.
 *
 * @module
 */

import {
  ACK,
  type Code,
  continuation,
  data,
  END_HEADERS,
  END_STREAM,
  field,
  frame,
  goaway,
  headers,
  integer,
  join,
  OK_BLOCK,
  PADDED,
  ping,
  PRIORITY,
  priority,
  repeat,
  request,
  reset,
  SETTING,
  settings,
  SETTINGS_ACK,
  TYPE,
  uint32,
  windowUpdate,
} from "./raw_peer.ts";

export interface FrameCase {
  readonly name: string;
  readonly send: Uint8Array;
  /** The session ends with this code. */
  readonly goaway?: Code;
  /** Stream 1 ends with this code, and the session goes on. */
  readonly reset?: Code;
  /** Stream 1 has ended well on the sender's side before. */
  readonly hasEnded?: boolean;
  /** Who is attacked, if it can't be either. */
  readonly only?: "server" | "client";
}

const UNKNOWN = 0xfe;
const HALF = 2 ** 30;

/** What every stream may send before SETTINGS are taken: 65 535 bytes. */
const FULL_WINDOW = join(repeat(data(1, 16_384), 3), data(1, 16_383));

export const FRAME_CASES: readonly FrameCase[] = [
  // 4.1, 4.2
  {
    name: "a frame over 16 384 bytes",
    send: data(1, 16_385),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "a frame of 16 MiB",
    send: Uint8Array.of(255, 255, 255, 0, 0, 0, 0, 0, 1),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "an unknown frame over 16 384 bytes",
    send: frame(UNKNOWN, 0, 0, new Uint8Array(16_385)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "an unknown frame",
    send: frame(UNKNOWN, 0xff, 7, new Uint8Array(9)),
  },
  { name: "unknown flags", send: frame(TYPE.PING, 0xfe, 0, new Uint8Array(8)) },
  {
    name: "the reserved bit",
    send: frame(TYPE.DATA, 0, 0x8000_0001, new Uint8Array(4)),
  },

  // 6.1 DATA
  { name: "DATA on stream 0", send: data(0, 4), goaway: "PROTOCOL_ERROR" },
  {
    name: "DATA on an idle stream",
    send: data(5, 4),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "DATA on an idle stream of the other side",
    send: data(2, 4),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "DATA that is padding only",
    send: data(1, Uint8Array.of(3, 0, 0, 0), PADDED),
  },
  {
    name: "padding longer than DATA",
    send: data(1, Uint8Array.of(4, 0, 0, 0), PADDED),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "padded DATA without a length",
    send: data(1, 0, PADDED),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "DATA after END_STREAM",
    send: join(data(1, 1, END_STREAM), data(1, 1)),
    reset: "STREAM_CLOSED",
    hasEnded: true,
  },
  {
    name: "DATA after RST_STREAM",
    send: join(reset(1), data(1, 1)),
    reset: "STREAM_CLOSED",
  },
  {
    name: "DATA over the stream's window",
    send: join(FULL_WINDOW, data(1, 1)),
    reset: "FLOW_CONTROL_ERROR",
  },
  {
    name: "padding over the stream's window",
    send: join(FULL_WINDOW, data(1, Uint8Array.of(0), PADDED)),
    reset: "FLOW_CONTROL_ERROR",
  },

  // 6.2 HEADERS
  {
    name: "HEADERS on stream 0",
    send: headers(0, request()),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "HEADERS on a stream of even number",
    send: headers(2, request()),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "HEADERS on a lower stream",
    send: join(headers(9, request()), headers(7, request())),
    goaway: "PROTOCOL_ERROR",
    only: "server",
  },
  {
    name: "HEADERS on a stream that never was",
    send: headers(9, OK_BLOCK),
    goaway: "PROTOCOL_ERROR",
    only: "client",
  },
  {
    name: "HEADERS after END_STREAM",
    send: join(data(1, 0, END_STREAM), headers(1, field("a", "b"))),
    reset: "STREAM_CLOSED",
    hasEnded: true,
  },
  {
    name: "HEADERS after RST_STREAM",
    send: join(reset(1), headers(1, field("a", "b"))),
    goaway: "STREAM_CLOSED",
  },
  {
    name: "trailers without END_STREAM",
    send: headers(1, field("a", "b"), END_HEADERS),
    reset: "PROTOCOL_ERROR",
  },
  {
    name: "trailers with a pseudo-header",
    send: headers(1, field(":status", "200")),
    reset: "PROTOCOL_ERROR",
  },
  {
    name: "trailers with a connection header",
    send: headers(1, field("connection", "close")),
    reset: "PROTOCOL_ERROR",
  },
  {
    name: "trailers with CR and LF",
    send: headers(1, field("a", "b\r\nc: d")),
    reset: "PROTOCOL_ERROR",
  },
  {
    name: "padding longer than HEADERS",
    send: headers(3, Uint8Array.of(9, 0x88), END_HEADERS | PADDED),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "padded HEADERS without a length",
    send: headers(3, new Uint8Array(0), END_HEADERS | PADDED),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "HEADERS with half a priority",
    send: headers(3, new Uint8Array(4), END_HEADERS | PRIORITY),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "HEADERS that depend on themselves",
    send: headers(
      3,
      join(uint32(3), Uint8Array.of(0), request()),
      END_HEADERS | PRIORITY,
    ),
    goaway: "PROTOCOL_ERROR",
  },

  // 6.3 PRIORITY
  { name: "PRIORITY on stream 0", send: priority(0), goaway: "PROTOCOL_ERROR" },
  {
    name: "PRIORITY of 4 bytes",
    send: priority(1, 4),
    reset: "FRAME_SIZE_ERROR",
  },
  {
    name: "PRIORITY of 6 bytes on an idle stream",
    send: priority(99, 6),
    goaway: "FRAME_SIZE_ERROR",
  },
  { name: "PRIORITY of an idle stream", send: priority(99) },

  // 6.4 RST_STREAM
  { name: "RST_STREAM on stream 0", send: reset(0), goaway: "PROTOCOL_ERROR" },
  {
    name: "RST_STREAM on an idle stream",
    send: reset(99),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "RST_STREAM of 3 bytes",
    send: frame(TYPE.RST_STREAM, 0, 1, new Uint8Array(3)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "RST_STREAM of 5 bytes",
    send: frame(TYPE.RST_STREAM, 0, 1, new Uint8Array(5)),
    goaway: "FRAME_SIZE_ERROR",
  },

  // 6.5 SETTINGS
  {
    name: "SETTINGS on a stream",
    send: frame(TYPE.SETTINGS, 0, 1),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "SETTINGS of 5 bytes",
    send: frame(TYPE.SETTINGS, 0, 0, new Uint8Array(5)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "SETTINGS ACK that is not empty",
    send: frame(TYPE.SETTINGS, ACK, 0, new Uint8Array(6)),
    goaway: "FRAME_SIZE_ERROR",
  },
  { name: "SETTINGS ACK for nothing", send: SETTINGS_ACK },
  {
    name: "SETTINGS_ENABLE_PUSH of 2",
    send: settings([SETTING.ENABLE_PUSH, 2]),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "SETTINGS_ENABLE_PUSH of a server",
    send: settings([SETTING.ENABLE_PUSH, 1]),
    goaway: "PROTOCOL_ERROR",
    only: "client",
  },
  {
    name: "SETTINGS_INITIAL_WINDOW_SIZE of 2^31",
    send: settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 31]),
    goaway: "FLOW_CONTROL_ERROR",
  },
  {
    name: "SETTINGS_INITIAL_WINDOW_SIZE that lifts a stream over 2^31-1",
    send: join(
      windowUpdate(1, HALF),
      settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]),
    ),
    goaway: "FLOW_CONTROL_ERROR",
  },
  {
    name: "SETTINGS_MAX_FRAME_SIZE of 16 383",
    send: settings([SETTING.MAX_FRAME_SIZE, 16_383]),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "SETTINGS_MAX_FRAME_SIZE of 2^24",
    send: settings([SETTING.MAX_FRAME_SIZE, 2 ** 24]),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "huge SETTINGS that mean nothing",
    send: settings(
      ...Array.from(
        { length: 2730 },
        (_, at): [number, number] => [0x1000 + at, at],
      ),
    ),
  },
  {
    name: "SETTINGS_HEADER_TABLE_SIZE of 2^32-1",
    send: settings([SETTING.HEADER_TABLE_SIZE, 2 ** 32 - 1]),
  },

  // 6.6 PUSH_PROMISE
  {
    name: "PUSH_PROMISE that no one asked for",
    send: frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, join(uint32(2), request())),
    goaway: "PROTOCOL_ERROR",
  },

  // 6.7 PING
  {
    name: "PING on a stream",
    send: frame(TYPE.PING, 0, 1, new Uint8Array(8)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "PING of 7 bytes",
    send: ping(0, new Uint8Array(7)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "PING of 9 bytes",
    send: ping(0, new Uint8Array(9)),
    goaway: "FRAME_SIZE_ERROR",
  },
  { name: "PING ACK for nothing", send: ping(ACK) },

  // 6.8 GOAWAY
  {
    name: "GOAWAY on a stream",
    send: frame(TYPE.GOAWAY, 0, 1, new Uint8Array(8)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "GOAWAY of 7 bytes",
    send: frame(TYPE.GOAWAY, 0, 0, new Uint8Array(7)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "GOAWAY twice, with a raised stream",
    send: join(goaway(1), goaway(2 ** 31 - 1)),
  },

  // 6.9 WINDOW_UPDATE
  {
    name: "WINDOW_UPDATE of 0 for the session",
    send: windowUpdate(0, 0),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "WINDOW_UPDATE of 0 for a stream",
    send: windowUpdate(1, 0),
    reset: "PROTOCOL_ERROR",
  },
  {
    name: "WINDOW_UPDATE over 2^31-1 for the session",
    send: windowUpdate(0, 2 ** 31 - 1),
    goaway: "FLOW_CONTROL_ERROR",
  },
  {
    name: "WINDOW_UPDATE over 2^31-1 for a stream",
    send: windowUpdate(1, 2 ** 31 - 1),
    reset: "FLOW_CONTROL_ERROR",
  },
  {
    name: "WINDOW_UPDATE of 3 bytes",
    send: frame(TYPE.WINDOW_UPDATE, 0, 1, new Uint8Array(3)),
    goaway: "FRAME_SIZE_ERROR",
  },
  {
    name: "WINDOW_UPDATE on an idle stream",
    send: windowUpdate(99, 1),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "WINDOW_UPDATE after RST_STREAM",
    send: join(reset(1), windowUpdate(1, 1)),
  },

  // 6.10 CONTINUATION
  {
    name: "CONTINUATION without HEADERS",
    send: continuation(1),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "CONTINUATION on stream 0",
    send: continuation(0),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "CONTINUATION of another stream",
    send: join(headers(1, OK_BLOCK, 0), continuation(3, OK_BLOCK, END_HEADERS)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "CONTINUATION after END_HEADERS",
    send: join(headers(1, field("a", "b")), continuation(1)),
    goaway: "PROTOCOL_ERROR",
    hasEnded: true,
  },
  {
    name: "a header block that PING interrupts",
    send: join(headers(1, OK_BLOCK, 0), ping()),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "a header block that DATA interrupts",
    send: join(headers(1, OK_BLOCK, 0), data(1, 1)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "a header block that HEADERS interrupt",
    send: join(headers(1, OK_BLOCK, 0), headers(1, OK_BLOCK)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "a header block that RST_STREAM aborts",
    send: join(headers(1, OK_BLOCK, 0), reset(1)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "a header block that an unknown frame interrupts",
    send: join(headers(1, OK_BLOCK, 0), frame(UNKNOWN, 0, 0)),
    goaway: "PROTOCOL_ERROR",
  },
  {
    name: "a header block of full CONTINUATION frames",
    send: blockOf(40, 16_384),
    goaway: "ENHANCE_YOUR_CALM",
  },
  {
    name: "a header block of empty CONTINUATION frames",
    send: blockOf(200, 0),
    goaway: "ENHANCE_YOUR_CALM",
  },
  {
    name: "a header block of tiny CONTINUATION frames",
    send: blockOf(200, 1),
    goaway: "ENHANCE_YOUR_CALM",
  },

  // RFC 7541
  ...[
    { name: "index 0", send: Uint8Array.of(0x80) },
    { name: "an index past both tables", send: integer(62 + 200, 7, 0x80) },
    {
      name: "a name's index past both tables",
      send: join(integer(62 + 9, 6, 0x40), Uint8Array.of(0)),
    },
    {
      name: "an integer without end",
      send: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    },
    {
      name: "an integer of leading zeros",
      send: Uint8Array.of(0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
    },
    { name: "an integer that is cut", send: Uint8Array.of(0xff, 0x80) },
    { name: "a string that is cut", send: Uint8Array.of(0x00, 0x05, 0x61) },
    {
      name: "a string of 2^31 bytes",
      send: join(Uint8Array.of(0x00), integer(2 ** 31 - 1, 7)),
    },
    {
      name: "Huffman code with EOS in it",
      send: Uint8Array.of(0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00),
    },
    {
      name: "Huffman padding of zeros",
      send: Uint8Array.of(0x00, 0x81, 0x18, 0x00),
    },
    {
      name: "Huffman padding over 7 bits",
      send: Uint8Array.of(0x00, 0x82, 0x1f, 0xff, 0x00),
    },
    { name: "a table size over 4096", send: integer(4097, 5, 0x20) },
    { name: "a table size after a field", send: Uint8Array.of(0x88, 0x20) },
  ].map(({ name, send }): FrameCase => ({
    name: `HPACK with ${name}`,
    send: headers(1, send),
    goaway: "COMPRESSION_ERROR",
  })),
];

/** HEADERS and `count` CONTINUATION frames that do not end the block. */
function blockOf(count: number, size: number): Uint8Array {
  const part = continuation(1, new Uint8Array(size));
  const all = [headers(1, OK_BLOCK, 0)];
  for (let at = 0; at < count; at++) all.push(part);
  return join(...all);
}
