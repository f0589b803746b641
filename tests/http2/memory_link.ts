import type {
  RequestHead,
  ResponseHead,
} from "../../src/http2/field_validation.ts";
import type { HeaderField } from "../../src/http2/hpack/header_field.ts";
import { DEFAULT_WINDOWS } from "../../src/http2/receive_window.ts";
import {
  Session,
  type SessionHandler,
  type SessionLimits,
} from "../../src/http2/session.ts";
import type { SessionError } from "../../src/http2/session_error.ts";
import type {
  Stream,
  StreamFailure,
  StreamHandler,
} from "../../src/http2/stream.ts";
import type { Role } from "../../src/http2/stream_table.ts";

export const LIMITS: SessionLimits = {
  maxConcurrentStreams: 256,
  maxHeaderListSize: 64 * 1024,
  maxHeaderFields: 256,
  maxQueuedFrames: 10_000,
  rates: { resets: 1000, idleFrames: 10_000 },
  windows: DEFAULT_WINDOWS,
};

/** A stream's handler that remembers everything, and sends what it is given. */
export class RecordingHandler implements StreamHandler {
  /** How many bytes came. */
  received = 0;
  readonly informational: number[] = [];
  response: ResponseHead | undefined;
  trailers: readonly HeaderField[] | undefined;
  failure: StreamFailure | undefined;
  stream!: Stream;
  /** Whether it takes what comes at once. */
  reads = true;
  #toSend: Uint8Array = new Uint8Array();

  get pendingBytes(): number {
    return this.#toSend.length;
  }

  send(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#toSend.length + bytes.length);
    all.set(this.#toSend);
    all.set(bytes, this.#toSend.length);
    this.#toSend = all;
    this.stream.schedule();
  }

  end(trailers?: readonly HeaderField[]): void {
    this.stream.end(trailers);
    this.stream.schedule();
  }

  pull(target: Uint8Array, offset: number, max: number): number {
    const part = this.#toSend.subarray(0, max);
    target.set(part, offset);
    this.#toSend = this.#toSend.subarray(part.length);
    return part.length;
  }

  onInformational(head: ResponseHead): void {
    this.informational.push(head.status);
  }

  onResponse(head: ResponseHead): void {
    this.response = head;
  }

  onData(_bytes: Uint8Array, start: number, end: number): void {
    this.received += end - start;
    if (this.reads) this.stream.consume(end - start);
  }

  onEnd(trailers: readonly HeaderField[]): void {
    this.trailers = trailers;
  }

  onFailure(failure: StreamFailure): void {
    this.failure = failure;
  }
}

/** One end of a session in memory. */
export class MemoryEnd implements SessionHandler {
  readonly session: Session;
  readonly requests: { head: RequestHead; handler: RecordingHandler }[] = [];
  fault: SessionError | undefined;
  settings = 0;
  settingsAcks = 0;
  pings: number[] = [];
  goaways: number[] = [];

  constructor(role: Role, limits: Partial<SessionLimits> = {}) {
    this.session = new Session(role, { ...LIMITS, ...limits }, this);
  }

  request(
    fields: readonly HeaderField[] = [],
    endStream = false,
  ): RecordingHandler {
    const handler = new RecordingHandler();
    const head: HeaderField[] = [
      [":method", "POST"],
      [":scheme", "http"],
      [":authority", "localhost"],
      [":path", "/"],
    ];
    handler.stream = this.session.request([...head, ...fields], handler, {
      endStream,
    });
    return handler;
  }

  /** All that it has to send, up to `max` slabs. */
  output(max = Infinity): Uint8Array {
    const slabs: Uint8Array[] = [];
    while (slabs.length < max) {
      const slab = this.session.takeOutput();
      if (slab === undefined) break;
      slabs.push(slab);
    }
    return Uint8Array.from(slabs.flatMap((slab) => [...slab]));
  }

  onOutput(): void {}

  onRequest(stream: Stream, head: RequestHead): StreamHandler {
    const handler = new RecordingHandler();
    handler.stream = stream;
    this.requests.push({ head, handler });
    return handler;
  }

  onSettings(): void {
    this.settings++;
  }

  onSettingsAck(): void {
    this.settingsAcks++;
  }

  onPingAck(id: number): void {
    this.pings.push(id);
  }

  onGoaway(code: number): void {
    this.goaways.push(code);
  }

  onFault(error: SessionError): void {
    this.fault = error;
  }
}

/** A client and a server whose bytes go straight to each other. */
export class MemoryLink {
  readonly client: MemoryEnd;
  readonly server: MemoryEnd;

  constructor(limits: {
    client?: Partial<SessionLimits>;
    server?: Partial<SessionLimits>;
  } = {}) {
    this.client = new MemoryEnd("client", limits.client);
    this.server = new MemoryEnd("server", limits.server);
    this.run();
  }

  /** Moves bytes, in pieces of `size`, until nobody has any to send. */
  run(size = Infinity): void {
    for (let round = 0; round < 10_000; round++) {
      const up = this.client.output();
      const down = this.server.output();
      if (up.length + down.length === 0) return;
      deliver(this.server, up, size);
      deliver(this.client, down, size);
    }
    throw new Error("The sessions never come to rest");
  }
}

function deliver(to: MemoryEnd, bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    to.session.receive(bytes.subarray(at, at + size), 0);
  }
}
