import { MAX_UINT31, readUint32 } from "./frame.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import type { SessionCore } from "./session_core.ts";
import { SessionError, StreamError } from "./session_error.ts";
import type { Stream } from "./stream.ts";

export function protocolError(message: string): SessionError {
  return new SessionError("PROTOCOL_ERROR", message);
}

export function sizeError(frame: string, size: number): SessionError {
  return new SessionError(
    "FRAME_SIZE_ERROR",
    `${frame} is not ${size} bytes long`,
  );
}

/** How many bytes at the end are padding (section 6.1). */
export function padding(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) throw sizeError("A padded frame", 1);
  const length = bytes[start];
  if (length >= end - start) {
    throw protocolError("Padding is as long as the frame");
  }
  return length;
}

export function checkPriority(
  streamId: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start < 5) throw sizeError("Priority", 5);
  // RFC 7540 section 5.3.1; RFC 9113 deprecates priority and is silent.
  if ((readUint32(bytes, start) & MAX_UINT31) === streamId) {
    throw protocolError(`Stream ${streamId} depends on itself`);
  }
}

/** The stream if it is open; throws if it never was (section 5.1). */
export function openStream(
  core: SessionCore,
  streamId: number,
  frame: string,
): Stream | undefined {
  if (streamId === 0) throw protocolError(`${frame} on stream 0`);
  const stream = core.table.get(streamId);
  if (stream === undefined && core.table.isIdle(streamId)) {
    throw protocolError(`${frame} on stream ${streamId}, which is idle`);
  }
  return stream;
}

/** Ends the peer's side, if all the content came that was announced. */
export function endRemote(
  core: SessionCore,
  stream: Stream,
  trailers: readonly HeaderField[],
): void {
  // The handler may have reset it while it took the last bytes.
  if (stream.isClosed) return;
  if (stream.expectedBytes > 0) {
    throw new StreamError(
      stream.id,
      "PROTOCOL_ERROR",
      `Content is ${stream.expectedBytes} bytes short of content-length`,
    );
  }
  core.endRemote(stream, trailers);
}
