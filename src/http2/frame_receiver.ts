import { ERROR_CODE, errorCodeName } from "./error_code.ts";
import {
  checkTrailers,
  contentLength,
  MalformedMessage,
  parseRequest,
  parseResponse,
} from "./field_validation.ts";
import { FLAG, FRAME, MAX_UINT31, readUint32 } from "./frame.ts";
import { HeaderAssembly, type OpenBlock } from "./header_assembly.ts";
import { type DecodedHeaders, HpackDecoder } from "./hpack/decoder.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import type { SessionCore } from "./session_core.ts";
import { SessionError, StreamError } from "./session_error.ts";
import { applySettings } from "./settings.ts";
import type { Stream } from "./stream.ts";

/** How many idle frames one SETTINGS or GOAWAY or 1xx response counts for. */
const HEAVY = 10;

/** How many header lists of the largest size open streams may hold. */
const MAX_LISTS = 32;

/** How many bytes may wait for the peer while it opens more streams. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Acts on each frame from the peer, in the order of RFC 9113 section 6. */
export class FrameReceiver {
  readonly #core: SessionCore;
  readonly #decoder: HpackDecoder;
  readonly #assembly: HeaderAssembly;
  #hasSettingsAck = false;
  /** Frames and header blocks that came whole. */
  messages = 0;

  constructor(core: SessionCore) {
    const { maxHeaderListSize, maxHeaderFields } = core.limits;
    this.#core = core;
    this.#decoder = new HpackDecoder({
      maxListSize: maxHeaderListSize,
      maxFields: maxHeaderFields,
    });
    // Room to decode a list that is too large, so as to answer it with 431.
    this.#assembly = new HeaderAssembly(4 * maxHeaderListSize);
  }

  /** Whether a header block has begun and not ended. */
  get isInsideHeaders(): boolean {
    return this.#assembly.open !== undefined;
  }

  /** Throws {@linkcode SessionError} where the session cannot go on. */
  receive(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#failStream(error);
    }
    if (!this.isInsideHeaders) this.messages++;
    const { output, limits } = this.#core;
    if (output.controlFrames > limits.maxQueuedFrames) {
      throw new SessionError(
        "ENHANCE_YOUR_CALM",
        `More than ${limits.maxQueuedFrames} frames wait for the peer to read`,
      );
    }
  }

  #dispatch(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (!core.hasPeerSettings && type !== FRAME.SETTINGS) {
      throw protocolError("The first frame is not SETTINGS");
    }
    const open = this.#assembly.open;
    if (
      open !== undefined &&
      (type !== FRAME.CONTINUATION || streamId !== open.streamId)
    ) {
      throw protocolError(
        `Header block of stream ${open.streamId} was interrupted`,
      );
    }
    switch (type) {
      case FRAME.DATA:
        return this.#onData(flags, streamId, bytes, start, end);
      case FRAME.HEADERS:
        return this.#onHeaders(flags, streamId, bytes, start, end);
      case FRAME.PRIORITY:
        return this.#onPriority(streamId, bytes, start, end);
      case FRAME.RST_STREAM:
        return this.#onReset(streamId, bytes, start, end);
      case FRAME.SETTINGS:
        return this.#onSettings(flags, streamId, bytes, start, end);
      case FRAME.PUSH_PROMISE:
        // Never enabled by us, and never allowed from a client (section 8.4).
        throw protocolError("PUSH_PROMISE without SETTINGS_ENABLE_PUSH");
      case FRAME.PING:
        return this.#onPing(flags, streamId, bytes, start, end);
      case FRAME.GOAWAY:
        return this.#onGoaway(streamId, bytes, start, end);
      case FRAME.WINDOW_UPDATE:
        return this.#onWindowUpdate(streamId, bytes, start, end);
      case FRAME.CONTINUATION:
        return this.#onContinuation(flags, bytes, start, end);
      default:
        // Unknown types are ignored (section 4.1), but not for ever.
        core.guard.idleFrame();
    }
  }

  #failStream(error: StreamError): void {
    const core = this.#core;
    if (core.table.isIdle(error.streamId)) {
      // A stream that was never opened cannot be reset (section 5.1, "idle").
      throw new SessionError(errorCodeName(error.code), error.message);
    }
    const stream = core.table.get(error.streamId);
    if (stream === undefined) {
      core.writeReset(error.streamId, error.code);
    } else {
      core.resetStream(stream, error.code, error.message);
    }
    core.guard.reset();
  }

  /** Section 6.1. */
  #onData(
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    const length = end - start;
    const stream = this.#openStream(streamId, "DATA");
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
    if (endStream) this.#endStream(stream, []);
  }

  /** Section 6.2. */
  #onHeaders(
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (streamId === 0) throw protocolError("HEADERS on stream 0");
    if (flags & FLAG.PADDED) {
      end -= padding(bytes, start, end);
      start++;
    }
    if (flags & FLAG.PRIORITY) {
      checkPriority(streamId, bytes, start, end);
      start += 5;
    }
    this.#assembly.start(
      {
        streamId,
        endStream: (flags & FLAG.END_STREAM) !== 0,
        promisedId: 0,
      },
      bytes,
      start,
      end,
    );
    if (flags & FLAG.END_HEADERS) this.#finishBlock();
  }

  /** Section 6.3: deprecated; read for its errors only. */
  #onPriority(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#core.guard.idleFrame();
    if (streamId === 0) throw protocolError("PRIORITY on stream 0");
    if (end - start !== 5) {
      throw new StreamError(
        streamId,
        "FRAME_SIZE_ERROR",
        "PRIORITY is not 5 bytes long",
      );
    }
    checkPriority(streamId, bytes, start, end);
  }

  /** Section 6.4. */
  #onReset(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (end - start !== 4) throw sizeError("RST_STREAM", 4);
    const stream = this.#openStream(streamId, "RST_STREAM");
    core.guard.reset();
    if (stream === undefined) return;
    core.failStream(stream, {
      kind: "reset",
      code: readUint32(bytes, start),
      remote: true,
    });
  }

  /** Section 6.5. */
  #onSettings(
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (streamId !== 0) throw protocolError("SETTINGS on a stream");
    core.guard.idleFrame(HEAVY);
    if (flags & FLAG.ACK) {
      if (end !== start) throw sizeError("SETTINGS with ACK", 0);
      return this.#onSettingsAck();
    }
    const { peer } = core;
    const windowBefore = peer.initialWindowSize;
    peer.enablePush &&= core.role === "server";
    applySettings(peer, bytes, start, end);
    if (core.role === "client" && peer.enablePush) {
      throw protocolError("A server sent SETTINGS_ENABLE_PUSH of 1");
    }
    core.encoder.setMaxTableSize(peer.headerTableSize);
    core.hasPeerSettings = true;
    core.output.frame(FRAME.SETTINGS, FLAG.ACK, 0, 0);
    core.handler.onOutput();
    this.#moveSendWindows(peer.initialWindowSize - windowBefore);
    core.handler.onSettings(peer);
  }

  #onSettingsAck(): void {
    const core = this.#core;
    if (!core.hasPeerSettings) {
      throw protocolError("The first frame is not SETTINGS");
    }
    if (!this.#hasSettingsAck) {
      this.#hasSettingsAck = true;
      // Only now does our stream window bind the peer (section 6.5.3).
      const size = core.limits.windows.initialStreamWindow;
      const change = size - core.knownStreamWindow;
      core.knownStreamWindow = size;
      // A smaller one is not held against streams that are open: Bun's client
      // does not take back what it believed before.
      if (change > 0) {
        for (const stream of core.table.all()) {
          stream.receiveWindow.available += change;
        }
      }
    }
    core.handler.onSettingsAck();
  }

  #moveSendWindows(change: number): void {
    if (change === 0) return;
    for (const stream of this.#core.table.all()) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_UINT31) {
        throw new SessionError(
          "FLOW_CONTROL_ERROR",
          `Window of stream ${stream.id} is over 2^31-1`,
        );
      }
      if (change > 0) this.#core.schedule(stream);
    }
  }

  /** Section 6.7. */
  #onPing(
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (streamId !== 0) throw protocolError("PING on a stream");
    if (end - start !== 8) throw sizeError("PING", 8);
    core.guard.idleFrame();
    if (flags & FLAG.ACK) {
      core.handler.onPingAck(readUint32(bytes, start + 4));
      return;
    }
    const { slab, at } = core.output.frame(FRAME.PING, FLAG.ACK, 0, 8);
    slab.set(bytes.subarray(start, end), at);
    core.handler.onOutput();
  }

  /** Section 6.8. */
  #onGoaway(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (streamId !== 0) throw protocolError("GOAWAY on a stream");
    if (end - start < 8) throw sizeError("GOAWAY", 8);
    core.guard.idleFrame(HEAVY);
    const lastId = readUint32(bytes, start) & MAX_UINT31;
    const code = readUint32(bytes, start + 4);
    const debug = String.fromCharCode(
      ...bytes.subarray(start + 8, Math.min(end, start + 8 + 256)),
    );
    core.isDraining = true;
    for (const stream of core.table.all()) {
      if (stream.id > lastId && core.table.isLocalId(stream.id)) {
        core.failStream(stream, { kind: "goaway", code, debug });
      }
    }
    core.handler.onGoaway(code, debug);
  }

  /** Section 6.9. */
  #onWindowUpdate(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const core = this.#core;
    if (end - start !== 4) throw sizeError("WINDOW_UPDATE", 4);
    core.guard.idleFrame();
    const credit = readUint32(bytes, start) & MAX_UINT31;
    if (streamId === 0) {
      if (credit === 0) throw protocolError("WINDOW_UPDATE of 0");
      if (core.scheduler.window + credit > MAX_UINT31) {
        throw new SessionError(
          "FLOW_CONTROL_ERROR",
          "The session's window is over 2^31-1",
        );
      }
      core.scheduler.addCredit(credit);
      core.handler.onOutput();
      return;
    }
    const stream = this.#openStream(streamId, "WINDOW_UPDATE");
    if (stream === undefined) return;
    if (credit === 0) {
      throw new StreamError(streamId, "PROTOCOL_ERROR", "WINDOW_UPDATE of 0");
    }
    if (stream.sendWindow + credit > MAX_UINT31) {
      throw new StreamError(
        streamId,
        "FLOW_CONTROL_ERROR",
        "The stream's window is over 2^31-1",
      );
    }
    stream.sendWindow += credit;
    core.schedule(stream);
  }

  /** Section 6.10. */
  #onContinuation(
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (this.#assembly.open === undefined) {
      throw protocolError("CONTINUATION without HEADERS");
    }
    this.#assembly.add(bytes, start, end);
    if (flags & FLAG.END_HEADERS) this.#finishBlock();
  }

  #finishBlock(): void {
    const open = this.#assembly.open!;
    // Always decoded, whatever the stream: the table must stay in step.
    const decoded = this.#decoder.decode(this.#assembly.finish());
    const stream = this.#core.table.get(open.streamId);
    try {
      if (stream !== undefined) this.#onMoreHeaders(stream, open, decoded);
      else if (this.#core.role === "server") this.#onRequest(open, decoded);
      else this.#onStrayResponse(open.streamId);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      throw new StreamError(
        open.streamId,
        "PROTOCOL_ERROR",
        `Malformed message: ${error.message}`,
      );
    }
  }

  /** A new stream (section 5.1.1), or a late frame for an old one. */
  #onRequest(block: OpenBlock, decoded: DecodedHeaders): void {
    const core = this.#core;
    const { streamId } = block;
    if (core.table.isLocalId(streamId)) {
      throw protocolError(`HEADERS on stream ${streamId}, which is ours`);
    }
    if (!core.table.isIdle(streamId)) return this.#onLateHeaders(streamId);
    core.table.usePeerId(streamId);
    if (
      core.refusesStreams ||
      core.table.remoteCount >= core.limits.maxConcurrentStreams ||
      core.table.headerBytes > MAX_LISTS * core.limits.maxHeaderListSize ||
      // Answers without content end their streams before they are read, so
      // no other limit holds a peer that asks and does not read.
      core.output.length > MAX_UNREAD_BYTES
    ) {
      core.table.refuse(streamId);
      throw new StreamError(streamId, "REFUSED_STREAM", "Too many streams");
    }
    if (decoded.exceeded) return this.#refuseHeaders(block);
    let head;
    let expected;
    try {
      head = parseRequest(decoded.fields);
      expected = contentLength(decoded.fields);
      if (block.endStream && expected > 0) {
        throw new MalformedMessage("content-length without content");
      }
    } catch (error) {
      core.table.refuse(streamId);
      throw error;
    }
    const stream = core.openStream(streamId, decoded.size);
    stream.hasResponse = true;
    stream.expectedBytes = expected;
    stream.remoteEnded = block.endStream;
    stream.handler = core.handler.onRequest(stream, head);
  }

  /** 431 of RFC 6585 section 5. */
  #refuseHeaders(block: OpenBlock): void {
    const core = this.#core;
    core.table.refuse(block.streamId);
    const fields: HeaderField[] = [[":status", "431"], ["content-length", "0"]];
    const answer = core.encoder.encode(fields);
    core.output.headers(block.streamId, answer, true, 16_384);
    if (!block.endStream) core.writeReset(block.streamId, ERROR_CODE.NO_ERROR);
    core.handler.onOutput();
    core.guard.reset();
  }

  #onStrayResponse(streamId: number): void {
    const { table } = this.#core;
    if (!table.isLocalId(streamId) || table.isIdle(streamId)) {
      throw protocolError(`HEADERS on stream ${streamId}, which is not open`);
    }
    this.#onLateHeaders(streamId);
  }

  #onLateHeaders(streamId: number): void {
    const { table, guard } = this.#core;
    guard.idleFrame();
    if (table.wasResetHere(streamId)) return;
    if (!table.wasClosed(streamId)) {
      throw protocolError(`HEADERS on stream ${streamId} come too late`);
    }
    throw new SessionError(
      "STREAM_CLOSED",
      `HEADERS on stream ${streamId}, which is closed`,
    );
  }

  /** A response, or trailers (section 8.1). */
  #onMoreHeaders(
    stream: Stream,
    block: OpenBlock,
    decoded: DecodedHeaders,
  ): void {
    if (stream.remoteEnded) {
      throw new StreamError(
        stream.id,
        "STREAM_CLOSED",
        "HEADERS after END_STREAM",
      );
    }
    if (decoded.exceeded) {
      throw new StreamError(
        stream.id,
        "ENHANCE_YOUR_CALM",
        "The header list is too large",
      );
    }
    if (!stream.hasResponse) {
      return this.#onResponse(stream, block, decoded.fields);
    }
    if (!block.endStream) {
      throw new MalformedMessage("trailers without END_STREAM");
    }
    checkTrailers(decoded.fields);
    this.#endStream(stream, decoded.fields);
  }

  #onResponse(
    stream: Stream,
    block: OpenBlock,
    fields: readonly HeaderField[],
  ): void {
    const head = parseResponse(fields);
    if (head.status < 200) {
      if (block.endStream) {
        throw new MalformedMessage("an informational response ends the stream");
      }
      this.#core.guard.idleFrame(HEAVY);
      stream.handler!.onInformational?.(head);
      return;
    }
    stream.hasResponse = true;
    const hasContent = head.status !== 304 && head.status !== 204 &&
      !stream.expectsNoContent;
    stream.expectedBytes = hasContent ? contentLength(fields) : -1;
    stream.handler!.onResponse?.(head);
    if (block.endStream && !stream.isClosed) this.#endStream(stream, []);
  }

  #endStream(stream: Stream, trailers: readonly HeaderField[]): void {
    // The handler may have reset it while it took the last bytes.
    if (stream.isClosed) return;
    if (stream.expectedBytes > 0) {
      throw new StreamError(
        stream.id,
        "PROTOCOL_ERROR",
        `Content is ${stream.expectedBytes} bytes short of content-length`,
      );
    }
    this.#core.endRemote(stream, trailers);
  }

  /** The stream if it is open; throws if it never was (section 5.1). */
  #openStream(streamId: number, frame: string): Stream | undefined {
    if (streamId === 0) throw protocolError(`${frame} on stream 0`);
    const stream = this.#core.table.get(streamId);
    if (stream === undefined && this.#core.table.isIdle(streamId)) {
      throw protocolError(`${frame} on stream ${streamId}, which is idle`);
    }
    return stream;
  }
}

function protocolError(message: string): SessionError {
  return new SessionError("PROTOCOL_ERROR", message);
}

function sizeError(frame: string, size: number): SessionError {
  return new SessionError(
    "FRAME_SIZE_ERROR",
    `${frame} is not ${size} bytes long`,
  );
}

/** How many bytes at the end are padding (section 6.1). */
function padding(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) throw sizeError("A padded frame", 1);
  const length = bytes[start];
  if (length >= end - start) {
    throw protocolError("Padding is as long as the frame");
  }
  return length;
}

function checkPriority(
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
