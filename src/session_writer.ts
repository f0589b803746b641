import type { Socket } from "./adapters/socket.ts";
import { recycle } from "./http2/output.ts";
import type { Session } from "./http2/session.ts";

/** Most bytes given to the socket and not yet taken by the kernel. */
const MAX_IN_FLIGHT = 512 * 1024;

/** How many bytes are worth a socket write of their own. */
const FLUSH_LOAD = 64 * 1024;

/** What the writer tells. */
export interface WriterHooks {
  /** The socket has taken bytes. */
  onProgress(): void;
  /** The socket has taken all that it was given. */
  onDrained(): void;
}

/** Moves a session's output to its socket, as few writes as it can. */
export class SessionWriter {
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #hooks: WriterHooks;
  /** Bytes given to the socket, and those of them that it has taken. */
  #given = 0;
  #taken = 0;
  #isHeld: boolean;
  #isStopped = false;
  /** Whether output waits for the socket. */
  #isFull = false;
  #due: "no" | "this turn" | "now" = "no";
  #hasFlushed = false;
  #waiting: { mark: number; resolve: () => void }[] = [];
  readonly #onDue = () => {
    this.#due = "no";
    this.#hasFlushed = true;
    this.flush();
  };
  readonly #onTurnEnd = () => {
    if (this.#due === "this turn") this.#onDue();
    this.#hasFlushed = false;
  };

  constructor(
    session: Session,
    socket: Socket,
    options: WriterHooks & { isHeld: boolean },
  ) {
    this.#session = session;
    this.#socket = socket;
    this.#hooks = options;
    this.#isHeld = options.isHeld;
  }

  /** Whether the socket has yet to take bytes. */
  get hasOutput(): boolean {
    return this.#taken < this.#given;
  }

  /** Says that the session has output. */
  schedule(): void {
    if (this.#due === "now") return;
    // The first bytes after the peer was heard leave as soon as the running
    // code is done. What is written after that, by code that awaits its
    // writes, is gathered until the turn ends or a good load is together.
    if (!this.#hasFlushed || this.#session.pendingOutput >= FLUSH_LOAD) {
      this.#due = "now";
      queueMicrotask(this.#onDue);
    } else if (this.#due === "no") {
      this.#due = "this turn";
      setImmediate(this.#onTurnEnd);
    }
  }

  /** Says that the peer was heard: what follows answers it. */
  onHeard(): void {
    this.#hasFlushed = false;
  }

  /** Lets a writer go on that was made to hold its output back. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.flush();
  }

  flush(): void {
    if (this.#isHeld || this.#isStopped) return;
    this.#isFull = false;
    while (!this.#isFull) {
      if (this.#given - this.#taken >= MAX_IN_FLIGHT) {
        this.#isFull = true;
        return;
      }
      const slab = this.#session.takeOutput();
      if (slab === undefined) return;
      this.#given += slab.length;
      this.#socket.write(slab, () => this.#onWritten(slab));
    }
  }

  /** Resolves when all that is to be sent now has left, or never can. */
  flushed(): Promise<void> {
    this.flush();
    const mark = this.#given + this.#session.pendingOutput;
    if (this.#taken >= mark || this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ mark, resolve }));
  }

  /** Writes nothing any more; nobody has to wait for it. */
  stop(): void {
    this.#isStopped = true;
    this.#resolveUpTo(Infinity);
  }

  #onWritten(slab: Uint8Array): void {
    this.#taken += slab.length;
    recycle(slab);
    this.#hooks.onProgress();
    // What has come since is gathered as usual, unless it had to wait.
    if (this.#isFull) this.flush();
    this.#resolveUpTo(this.#taken);
    if (!this.hasOutput) this.#hooks.onDrained();
  }

  #resolveUpTo(mark: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0].mark <= mark) {
      this.#waiting.shift()!.resolve();
    }
  }
}
