/** Octets in a frame header (RFC 9113 section 4.1). */
export const FRAME_HEADER_LENGTH = 9;

/** The smallest and the initial SETTINGS_MAX_FRAME_SIZE (section 4.2). */
export const MIN_MAX_FRAME_SIZE = 16_384;

/** Frame types (RFC 9113 section 6). */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** Frame flags; a bit means what the frame's type says (section 6). */
export const FLAG = {
  END_STREAM: 0x1,
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** What a client sends first (RFC 9113 section 3.4). */
export const CLIENT_PREFACE: Uint8Array<ArrayBuffer> = Uint8Array.from(
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  (char) => char.charCodeAt(0),
);

/** The highest stream identifier and the largest window (31 bits). */
export const MAX_UINT31 = 0x7fff_ffff;

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) |
    bytes[at + 3]) >>> 0;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number) {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
