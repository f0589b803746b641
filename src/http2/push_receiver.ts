import { contentLength, parseRequest } from "./field_validation.ts";
import { protocolError } from "./frame_checks.ts";
import type { DecodedHeaders } from "./hpack/decoder.ts";
import type { SessionCore } from "./session_core.ts";
import { StreamError } from "./session_error.ts";
import type { Stream } from "./stream.ts";

/** Whether PUSH_PROMISE may come on this stream (RFC 9113 section 6.6). */
export function checkPromise(core: SessionCore, streamId: number): void {
  // From a client never, and to a client only if it asked (section 8.4).
  if (!core.features.enablePush) {
    throw protocolError("PUSH_PROMISE without SETTINGS_ENABLE_PUSH");
  }
  const { table } = core;
  const stream = table.get(streamId);
  // On one that we reset, it may have left before the server knew.
  const isAllowed = stream === undefined
    ? table.wasResetHere(streamId)
    : !stream.remoteEnded;
  if (!table.isLocalId(streamId) || !isAllowed) {
    throw protocolError(
      `PUSH_PROMISE on stream ${streamId}, which is not open`,
    );
  }
}

/**
 * Reserves the promised stream (section 8.4.1), or refuses it. The header
 * block was decoded either way.
 */
export function receivePromisedRequest(
  core: SessionCore,
  parent: Stream | undefined,
  promisedId: number,
  decoded: DecodedHeaders,
): void {
  const { table, limits } = core;
  if (table.isLocalId(promisedId) || !table.isIdle(promisedId)) {
    throw protocolError(`Stream ${promisedId} cannot be promised`);
  }
  table.usePeerId(promisedId);
  // Until it has a handler, what comes for it is dropped.
  table.refuse(promisedId);
  if (decoded.exceeded) {
    throw new StreamError(
      promisedId,
      "ENHANCE_YOUR_CALM",
      "The promised header list is too large",
    );
  }
  const head = parseRequest(decoded.fields);
  // Section 8.4: safe, cacheable and without content.
  const isSafe = head.method === "GET" || head.method === "HEAD";
  if (!isSafe || contentLength(decoded.fields) > 0) {
    throw new StreamError(
      promisedId,
      "PROTOCOL_ERROR",
      `A "${head.method}" request cannot be promised`,
    );
  }
  const hasRoom = !core.refusesStreams &&
    table.remoteCount < limits.maxConcurrentStreams;
  if (!hasRoom || parent?.handler?.onPush === undefined) {
    throw new StreamError(promisedId, "REFUSED_STREAM", "Push is not taken");
  }
  const stream = core.openStream(promisedId, decoded.size);
  stream.localEnded = true;
  stream.isHead = head.method === "HEAD";
  stream.handler = parent.handler.onPush(stream, head);
}
