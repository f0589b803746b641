import type { Socket, SocketHandler } from "./adapters/socket.ts";
import { looksLikeHttp1 } from "./http1/refusal.ts";
import { MAX_DELAY, Timer } from "./timer.ts";

/** What a connection turns out to be. */
export type FirstBytesKind = "http/1" | "h2";

/** What {@linkcode FirstBytes} needs to know. */
export interface FirstBytesOptions {
  /** Milliseconds for the peer to show what it speaks; 0 is for ever. */
  readonly timeout: number;
  /** Gets the bytes, which are the handler's only until it returns. */
  onKnown(kind: FirstBytesKind, bytes: Uint8Array): void;
  /** The socket is gone, or is another's. */
  onDone(): void;
}

/** Reads of a cleartext socket until it is clear which HTTP it carries. */
export class FirstBytes implements SocketHandler {
  readonly #socket: Socket;
  readonly #options: FirstBytesOptions;
  readonly #timer = new Timer(() => this.#socket.destroy(), { ref: false });
  #bytes: Uint8Array | undefined;

  constructor(socket: Socket, options: FirstBytesOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer.set(options.timeout || MAX_DELAY);
    socket.start(this);
  }

  onData(chunk: Uint8Array): void {
    const bytes = this.#bytes ? join(this.#bytes, chunk) : chunk;
    const kind = kindOf(bytes);
    if (kind === undefined) {
      this.#bytes = bytes.slice();
      return;
    }
    this.#done();
    this.#options.onKnown(kind, bytes);
  }

  onEnd(): void {
    this.#socket.destroy();
  }

  onClose(): void {
    this.#done();
  }

  #done(): void {
    this.#timer.clear();
    this.#options.onDone();
  }
}

/** How long a method may be (RFC 9110 section 9.1 names no limit). */
const MAX_METHOD = 32;

const CR = 13;

/**
 * HTTP/1.x starts with a method, a space and a target: a path, `*` or a URL
 * (RFC 9112 section 3), or with an empty line before it (section 2.2). "PRI" is
 * the method of HTTP/2's preface (RFC 9113 section 3.4). Whatever is neither is
 * HTTP/2's to refuse. Undefined if it is too early to tell.
 */
function kindOf(bytes: Uint8Array): FirstBytesKind | undefined {
  if (looksLikeHttp1(bytes) || bytes[0] === CR) return "http/1";
  const start = String.fromCharCode(...bytes.subarray(0, MAX_METHOD + 2));
  const [method, target] = start.split(" ", 2);
  const isMethod = /^[A-Z][A-Z-]*$/.test(method) && method !== "PRI";
  if (!isMethod || method.length > MAX_METHOD) return "h2";
  if (!target) return undefined;
  return /^[/*hH]/.test(target) ? "http/1" : "h2";
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
