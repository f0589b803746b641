import { MessageError } from "../errors.ts";

const encoder = new TextEncoder();
// A byte order mark is content like all else.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of a whole message; throws {@linkcode MessageError}. */
export function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new MessageError("malformed", "Received message is not UTF-8", {
      cause,
    });
  }
}
