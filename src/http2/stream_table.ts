import { ClosedStreams } from "./closed_streams.ts";
import { MAX_UINT31 } from "./frame.ts";
import type { Stream } from "./stream.ts";

/** Which side of a session this is. */
export type Role = "client" | "server";

/** The streams of a session and their identifiers (RFC 9113 section 5.1.1). */
export class StreamTable {
  readonly #open = new Map<number, Stream>();
  readonly #closed = new ClosedStreams();
  readonly #localParity: number;
  #nextLocalId: number;
  #lastPeerId = 0;
  #localCount = 0;
  #headerBytes = 0;

  constructor(role: Role) {
    this.#nextLocalId = role === "client" ? 1 : 2;
    this.#localParity = this.#nextLocalId % 2;
  }

  /** The highest identifier that the peer has used. */
  get lastPeerId(): number {
    return this.#lastPeerId;
  }

  get size(): number {
    return this.#open.size;
  }

  /** How many streams that we opened are open. */
  get localCount(): number {
    return this.#localCount;
  }

  /** How many streams that the peer opened are open. */
  get remoteCount(): number {
    return this.#open.size - this.#localCount;
  }

  /** What the header lists of all open requests count. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  /** Whether there is an identifier left for a stream of ours. */
  get hasLocalId(): boolean {
    return this.#nextLocalId <= MAX_UINT31;
  }

  isLocalId(id: number): boolean {
    return id % 2 === this.#localParity;
  }

  /** Whether no stream of this identifier was ever opened. */
  isIdle(id: number): boolean {
    return this.isLocalId(id) ? id >= this.#nextLocalId : id > this.#lastPeerId;
  }

  takeLocalId(): number {
    const id = this.#nextLocalId;
    this.#nextLocalId += 2;
    return id;
  }

  usePeerId(id: number): void {
    this.#lastPeerId = id;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
    this.#headerBytes += stream.headerSize;
    if (this.isLocalId(stream.id)) this.#localCount++;
  }

  /** Moves a stream to those that are remembered as closed. */
  close(stream: Stream, resetHere: boolean): void {
    if (!this.#open.delete(stream.id)) return;
    this.#headerBytes -= stream.headerSize;
    if (this.isLocalId(stream.id)) this.#localCount--;
    this.#closed.add(stream.id, resetHere);
  }

  /** Remembers a stream that was refused before it was opened. */
  refuse(id: number): void {
    this.#closed.add(id, true);
  }

  wasClosed(id: number): boolean {
    return this.#closed.has(id);
  }

  wasResetHere(id: number): boolean {
    return this.#closed.wasResetHere(id);
  }

  /** All open streams, in a list that closing them does not disturb. */
  all(): Stream[] {
    return [...this.#open.values()];
  }
}
