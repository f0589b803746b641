import { FLAG } from "./frame.ts";
import { endRemote, openStream, padding } from "./frame_checks.ts";
import type { Frame } from "./frame_reader.ts";
import type { SessionCore } from "./session_core.ts";
import { SessionError, StreamError } from "./session_error.ts";
import type { Stream } from "./stream.ts";

/** Acts on a DATA frame (RFC 9113 section 6.1). */
export function receiveData(core: SessionCore, frame: Frame): void {
  const { flags, streamId, bytes } = frame;
  let { start, end } = frame;
  const length = end - start;
  const stream = openStream(core, streamId, "DATA");
  core.window.available -= length;
  if (core.window.available < 0) {
    throw new SessionError(
      "FLOW_CONTROL_ERROR",
      "DATA is over the session's window",
    );
  }
  if (flags & FLAG.PADDED) {
    end -= padding(bytes, start, end);
    start++;
  }
  const fault = stream === undefined
    ? lateData(core, streamId)
    : dataFault(stream, length, end - start);
  if (stream === undefined || fault !== undefined) {
    core.discard(length);
    if (fault !== undefined) throw fault;
    return core.guard.idleFrame();
  }
  const endStream = (flags & FLAG.END_STREAM) !== 0;
  if (start === end && !endStream) core.guard.idleFrame();
  else core.guard.dataFrame();
  stream.unconsumed += length;
  if (end > start) stream.handler!.onData(bytes, start, end);
  const padded = length - (end - start);
  if (padded > 0) core.consume(stream, padded);
  if (endStream) endRemote(core, stream, []);
}

function dataFault(
  stream: Stream,
  length: number,
  content: number,
): StreamError | undefined {
  if (stream.remoteEnded) {
    return new StreamError(
      stream.id,
      "STREAM_CLOSED",
      "DATA after END_STREAM",
    );
  }
  if (!stream.hasResponse) {
    return new StreamError(
      stream.id,
      "PROTOCOL_ERROR",
      "DATA before the response's HEADERS",
    );
  }
  stream.receiveWindow.available -= length;
  if (stream.receiveWindow.available < 0) {
    return new StreamError(
      stream.id,
      "FLOW_CONTROL_ERROR",
      "DATA is over the stream's window",
    );
  }
  if (stream.expectedBytes < 0) return undefined;
  stream.expectedBytes -= content;
  if (stream.expectedBytes >= 0) return undefined;
  return new StreamError(
    stream.id,
    "PROTOCOL_ERROR",
    "Content is longer than content-length",
  );
}

/** DATA for a closed stream: expected only if we have reset it. */
function lateData(
  core: SessionCore,
  streamId: number,
): StreamError | undefined {
  if (core.table.wasResetHere(streamId)) return undefined;
  return new StreamError(
    streamId,
    "STREAM_CLOSED",
    "DATA on a closed stream",
  );
}
