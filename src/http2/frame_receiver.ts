import { errorCodeName } from "./error_code.ts";
import { receiveData } from "./data_receiver.ts";
import { FLAG, FRAME, MAX_UINT31, readUint32 } from "./frame.ts";
import {
  checkPriority,
  openStream,
  protocolError,
  sizeError,
} from "./frame_checks.ts";
import type { Frame } from "./frame_reader.ts";
import { HeaderReceiver } from "./header_receiver.ts";
import { HEAVY } from "./rate_guard.ts";
import type { SessionCore } from "./session_core.ts";
import { SessionError, StreamError } from "./session_error.ts";
import { applySettings } from "./settings.ts";

/** Acts on each frame from the peer, in the order of RFC 9113 section 6. */
export class FrameReceiver {
  readonly #core: SessionCore;
  readonly #headers: HeaderReceiver;
  #hasSettingsAck = false;
  /** Frames and header blocks that came whole. */
  messages = 0;
  /** How often the peer has said that it took bytes. */
  credits = 0;

  constructor(core: SessionCore) {
    this.#core = core;
    this.#headers = new HeaderReceiver(core);
  }

  /** Whether a header block has begun and not ended. */
  get isInsideHeaders(): boolean {
    return this.#headers.open !== undefined;
  }

  /** Throws {@linkcode SessionError} where the session cannot go on. */
  receive(frame: Frame): void {
    try {
      this.#dispatch(frame);
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

  #dispatch(frame: Frame): void {
    const { type, streamId } = frame;
    const core = this.#core;
    if (!core.hasPeerSettings && type !== FRAME.SETTINGS) {
      throw protocolError("The first frame is not SETTINGS");
    }
    const { open } = this.#headers;
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
        return receiveData(core, frame);
      case FRAME.HEADERS:
        return this.#headers.receiveHeaders(frame);
      case FRAME.PRIORITY:
        return this.#onPriority(frame);
      case FRAME.RST_STREAM:
        return this.#onReset(frame);
      case FRAME.SETTINGS:
        return this.#onSettings(frame);
      case FRAME.PUSH_PROMISE:
        return this.#headers.receivePromise(frame);
      case FRAME.PING:
        return this.#onPing(frame);
      case FRAME.GOAWAY:
        return this.#onGoaway(frame);
      case FRAME.WINDOW_UPDATE:
        return this.#onWindowUpdate(frame);
      case FRAME.CONTINUATION:
        return this.#headers.receiveContinuation(frame);
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

  /** Section 6.3: deprecated; read for its errors only. */
  #onPriority(frame: Frame): void {
    const { streamId, bytes, start, end } = frame;
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
  #onReset(frame: Frame): void {
    const { streamId, bytes, start, end } = frame;
    const core = this.#core;
    if (end - start !== 4) throw sizeError("RST_STREAM", 4);
    const stream = openStream(this.#core, streamId, "RST_STREAM");
    core.guard.reset();
    if (stream === undefined) return;
    core.failStream(stream, {
      kind: "reset",
      code: readUint32(bytes, start),
      remote: true,
    });
  }

  /** Section 6.5. */
  #onSettings(frame: Frame): void {
    const { flags, streamId, bytes, start, end } = frame;
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
  #onPing(frame: Frame): void {
    const { flags, streamId, bytes, start, end } = frame;
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
  #onGoaway(frame: Frame): void {
    const { streamId, bytes, start, end } = frame;
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
  #onWindowUpdate(frame: Frame): void {
    const { streamId, bytes, start, end } = frame;
    const core = this.#core;
    if (end - start !== 4) throw sizeError("WINDOW_UPDATE", 4);
    core.guard.idleFrame();
    this.credits++;
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
    const stream = openStream(this.#core, streamId, "WINDOW_UPDATE");
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
}
