import { constants } from "node:http2";

const PREFIX = "NGHTTP2_";

/** The number of an error code that is named as in RFC 9113. */
export function codeNumber(name: string): number {
  return (constants as unknown as Record<string, number>)[PREFIX + name];
}

/** The name of an error code in RFC 9113. */
export function codeName(code: number): string {
  const names = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
  ];
  return names.find((name) => codeNumber(name) === code) ?? String(code);
}
