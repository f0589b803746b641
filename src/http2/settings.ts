import {
  MAX_UINT31,
  MIN_MAX_FRAME_SIZE,
  readUint32,
  writeUint32,
} from "./frame.ts";
import { SessionError } from "./session_error.ts";

/** Identifiers of RFC 9113 section 6.5.2 and RFC 8441 section 3. */
export const SETTING = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

/** What one side has told the other about itself. */
export interface Settings {
  /** Bytes of HPACK dynamic table that its decoder holds. */
  headerTableSize: number;
  /** Whether it takes pushed streams. */
  enablePush: boolean;
  /** How many streams the other side may have open. */
  maxConcurrentStreams: number;
  /** Bytes of DATA that a new stream may carry before credit is given. */
  initialWindowSize: number;
  /** Most bytes in one frame's payload. */
  maxFrameSize: number;
  /** Most bytes of a header list, counted as in RFC 9113 section 6.5.2. */
  maxHeaderListSize: number;
  /** Whether it takes extended CONNECT (RFC 8441). */
  enableConnectProtocol: boolean;
}

/** What holds until a SETTINGS frame says otherwise (section 6.5.2). */
export const INITIAL_SETTINGS: Readonly<Settings> = Object.freeze({
  headerTableSize: 4096,
  enablePush: true,
  maxConcurrentStreams: Infinity,
  initialWindowSize: 65_535,
  maxFrameSize: MIN_MAX_FRAME_SIZE,
  maxHeaderListSize: Infinity,
  enableConnectProtocol: false,
});

const ENTRY_LENGTH = 6;

/** Writes the payload of a SETTINGS frame: identifier and value, in pairs. */
export function encodeSettings(
  entries: readonly (readonly [id: number, value: number])[],
): Uint8Array {
  const payload = new Uint8Array(entries.length * ENTRY_LENGTH);
  entries.forEach(([id, value], index) => {
    const at = index * ENTRY_LENGTH;
    payload[at + 1] = id;
    writeUint32(payload, at + 2, value);
  });
  return payload;
}

/**
 * Reads a SETTINGS payload into `settings`, in order (section 6.5.3). Throws
 * {@linkcode SessionError} at a value that the RFC forbids.
 */
export function applySettings(
  settings: Settings,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if ((end - start) % ENTRY_LENGTH !== 0) {
    throw new SessionError(
      "FRAME_SIZE_ERROR",
      `SETTINGS of ${end - start} bytes is not a multiple of ${ENTRY_LENGTH}`,
    );
  }
  for (let at = start; at < end; at += ENTRY_LENGTH) {
    const id = (bytes[at] << 8) | bytes[at + 1];
    applySetting(settings, id, readUint32(bytes, at + 2));
  }
}

function applySetting(settings: Settings, id: number, value: number): void {
  switch (id) {
    case SETTING.HEADER_TABLE_SIZE:
      settings.headerTableSize = value;
      break;
    case SETTING.ENABLE_PUSH:
      settings.enablePush = flag("ENABLE_PUSH", value);
      break;
    case SETTING.MAX_CONCURRENT_STREAMS:
      settings.maxConcurrentStreams = value;
      break;
    case SETTING.INITIAL_WINDOW_SIZE:
      if (value > MAX_UINT31) {
        throw new SessionError(
          "FLOW_CONTROL_ERROR",
          `SETTINGS_INITIAL_WINDOW_SIZE of ${value} is over 2^31-1`,
        );
      }
      settings.initialWindowSize = value;
      break;
    case SETTING.MAX_FRAME_SIZE:
      if (value < MIN_MAX_FRAME_SIZE || value > 0xff_ffff) {
        throw new SessionError(
          "PROTOCOL_ERROR",
          `SETTINGS_MAX_FRAME_SIZE of ${value} is not in 16384..16777215`,
        );
      }
      settings.maxFrameSize = value;
      break;
    case SETTING.MAX_HEADER_LIST_SIZE:
      settings.maxHeaderListSize = value;
      break;
    case SETTING.ENABLE_CONNECT_PROTOCOL:
      settings.enableConnectProtocol = connectProtocol(settings, value);
      break;
      // Unknown settings are ignored (section 6.5.2).
  }
}

function connectProtocol(settings: Settings, value: number): boolean {
  const enabled = flag("ENABLE_CONNECT_PROTOCOL", value);
  // RFC 8441 section 3: it is never taken back.
  if (settings.enableConnectProtocol && !enabled) {
    throw new SessionError(
      "PROTOCOL_ERROR",
      "SETTINGS_ENABLE_CONNECT_PROTOCOL went from 1 to 0",
    );
  }
  return enabled;
}

function flag(name: string, value: number): boolean {
  if (value > 1) {
    throw new SessionError(
      "PROTOCOL_ERROR",
      `SETTINGS_${name} of ${value} is neither 0 nor 1`,
    );
  }
  return value === 1;
}
