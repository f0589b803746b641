import { SessionError } from "./session_error.ts";

/** Fragments of a header block that is not complete yet. */
export interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  /** The stream that a PUSH_PROMISE reserves. */
  readonly promisedId?: number;
}

const MAX_FRAGMENTS = 128;

/**
 * Joins HEADERS or PUSH_PROMISE with its CONTINUATION frames (RFC 9113 section
 * 4.3), within bounds of bytes and frames (CVE-2024-27316).
 */
export class HeaderAssembly {
  #maxBytes: number;
  #open: OpenBlock | undefined;
  #fragments: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get open(): OpenBlock | undefined {
    return this.#open;
  }

  start(block: OpenBlock, bytes: Uint8Array, start: number, end: number) {
    this.#open = block;
    this.#fragments = [];
    this.#bytes = 0;
    this.add(bytes, start, end);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes += end - start;
    // A copy, since the frame's buffer is not ours to keep; slice() of a Node
    // Buffer is none.
    this.#fragments.push(new Uint8Array(bytes.subarray(start, end)));
    if (this.#bytes > this.#maxBytes) {
      throw new SessionError(
        "ENHANCE_YOUR_CALM",
        `Header block is over ${this.#maxBytes} bytes`,
      );
    }
    if (this.#fragments.length > MAX_FRAGMENTS) {
      throw new SessionError(
        "ENHANCE_YOUR_CALM",
        `Header block is in more than ${MAX_FRAGMENTS} frames`,
      );
    }
  }

  /** The whole block; the assembly is empty after it. */
  finish(): Uint8Array {
    const block = new Uint8Array(this.#bytes);
    let at = 0;
    for (const fragment of this.#fragments) {
      block.set(fragment, at);
      at += fragment.length;
    }
    this.#open = undefined;
    this.#fragments = [];
    return block;
  }
}
