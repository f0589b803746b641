import { ERROR_CODE } from "./error_code.ts";
import {
  checkTrailers,
  contentLength,
  MalformedMessage,
  parseRequest,
  parseResponse,
} from "./field_validation.ts";
import { FLAG, MAX_UINT31, readUint32 } from "./frame.ts";
import {
  checkPriority,
  endRemote,
  padding,
  protocolError,
  sizeError,
} from "./frame_checks.ts";
import type { Frame } from "./frame_reader.ts";
import { HeaderAssembly, type OpenBlock } from "./header_assembly.ts";
import { type DecodedHeaders, HpackDecoder } from "./hpack/decoder.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import { checkPromise, receivePromisedRequest } from "./push_receiver.ts";
import { HEAVY } from "./rate_guard.ts";
import type { SessionCore } from "./session_core.ts";
import { SessionError, StreamError } from "./session_error.ts";
import type { Stream } from "./stream.ts";

/** How many header lists of the largest size open streams may hold. */
const MAX_LISTS = 32;

/** How many bytes may wait for the peer while it opens more streams. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Acts on header sections: requests, responses, trailers and promised requests
 * (RFC 9113 sections 6.2, 6.6, 6.10 and 8).
 */
export class HeaderReceiver {
  readonly #core: SessionCore;
  readonly #decoder: HpackDecoder;
  readonly #assembly: HeaderAssembly;

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

  /** The header block that has begun and not ended. */
  get open(): OpenBlock | undefined {
    return this.#assembly.open;
  }

  /** Section 6.2. */
  receiveHeaders(frame: Frame): void {
    const { flags, streamId, bytes } = frame;
    let { start, end } = frame;
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
      },
      bytes,
      start,
      end,
    );
    if (flags & FLAG.END_HEADERS) this.#finishBlock();
  }

  /** Section 6.6. */
  receivePromise(frame: Frame): void {
    const { flags, streamId, bytes } = frame;
    let { start, end } = frame;
    checkPromise(this.#core, streamId);
    if (flags & FLAG.PADDED) {
      end -= padding(bytes, start, end);
      start++;
    }
    if (end - start < 4) throw sizeError("PUSH_PROMISE", 4);
    const promisedId = readUint32(bytes, start) & MAX_UINT31;
    this.#assembly.start(
      { streamId, endStream: false, promisedId },
      bytes,
      start + 4,
      end,
    );
    if (flags & FLAG.END_HEADERS) this.#finishBlock();
  }

  /** Section 6.10. */
  receiveContinuation(frame: Frame): void {
    const { flags, bytes, start, end } = frame;
    if (this.#assembly.open === undefined) {
      throw protocolError("CONTINUATION without HEADERS or PUSH_PROMISE");
    }
    this.#assembly.add(bytes, start, end);
    if (flags & FLAG.END_HEADERS) this.#finishBlock();
  }

  #finishBlock(): void {
    const open = this.#assembly.open!;
    // Always decoded, whatever the stream: the table must stay in step.
    const decoded = this.#decoder.decode(this.#assembly.finish());
    const { promisedId } = open;
    const stream = this.#core.table.get(open.streamId);
    try {
      if (promisedId !== undefined) {
        receivePromisedRequest(this.#core, stream, promisedId, decoded);
      } else if (stream !== undefined) {
        this.#onMoreHeaders(stream, open, decoded);
      } else if (this.#core.role === "server") this.#onRequest(open, decoded);
      else this.#onStrayResponse(open.streamId);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      throw new StreamError(
        promisedId ?? open.streamId,
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
    core.output.headers(block.streamId, answer, true);
    if (!block.endStream) core.writeReset(block.streamId, ERROR_CODE.NO_ERROR);
    core.handler.onOutput();
    core.guard.reset();
  }

  #onStrayResponse(streamId: number): void {
    const { table } = this.#core;
    if (table.isIdle(streamId)) {
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
    endRemote(this.#core, stream, decoded.fields);
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
      !stream.isHead;
    stream.expectedBytes = hasContent ? contentLength(fields) : -1;
    stream.handler!.onResponse?.(head);
    if (block.endStream && !stream.isClosed) endRemote(this.#core, stream, []);
  }
}
