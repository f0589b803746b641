import type { Addr } from "../addr.ts";
import type { H2ConnError } from "../errors.ts";
import { CONNECTION_FIELDS } from "../http2/field_validation.ts";
import type { FetchExchange, FetchHooks, FetchServer } from "./fetch_server.ts";

/** `Deno.serve`, which is hyper. */
export const denoServe: FetchServer = {
  name: "Deno.serve",
  supports: Object.freeze({
    reset: true,
    resetCodes: false,
    trailers: false,
    push: false,
    addresses: false,
    // What the client still sends after the response has ended is reset.
    halfClose: false,
    truthfulEof: true,
    earlyHeaders: true,
    backpressure: true,
    // One window for the session, which a slow stream can fill.
    independentStreams: false,
  }),
  isHttp1,
  remoteAddr,
  open: (request, info, hooks) => new DenoExchange(request, info, hooks),
  // Deno gives it to the server's onError, which prints it by default.
  abortReason: (error: H2ConnError) => error,
};

/** What is used of `Deno.ServeHandlerInfo`. */
interface DenoInfo {
  readonly remoteAddr?: { transport: string; hostname: string; port: number };
  readonly completed?: Promise<void>;
}

/**
 * How many turns of the event loop a reset may come after the end of the body.
 * Of 60,000 none took more than 3.
 */
const TURNS = 10;

/** How many microtasks a handler may take to return the response. */
const MICROTASKS = 100;

class DenoExchange implements FetchExchange {
  readonly delivered: Promise<void> | undefined;
  readonly #hooks: FetchHooks;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(request: Request, info: DenoInfo, hooks: FetchHooks) {
    this.#hooks = hooks;
    this.delivered = info.completed;
    this.delivered?.then(hooks.onDelivered, () => this.#onCut());
    if (this.delivered === undefined) this.#watchSignal(request);
    else this.#watchUnanswered(request);
  }

  /**
   * hyper ends the body of a stream that was reset with NO_ERROR or CANCEL, and
   * that of one that GOAWAY ended, as if it were whole (hyperium/hyper#3681).
   * That the stream was cut is told within a few turns of the event loop.
   */
  async confirmEnd(): Promise<void> {
    for (let turn = 0; turn < TURNS && !this.#isOver; turn++) {
      await this.#nextTurn();
    }
  }

  /**
   * `completed` tells of a cut only if there is a response, and the signal only
   * if it was asked for before. Until the microtasks are done nothing comes
   * from the network, so nothing is missed; and a response that is there by
   * then spares the warning that Deno prints, once, for the use of the signal.
   */
  async #watchUnanswered(request: Request): Promise<void> {
    for (let count = 0; count < MICROTASKS; count++) {
      if (this.#hooks.isAnswered()) return;
      await undefined;
    }
    this.#watchSignal(request);
  }

  /** It aborts when all is well, too; then `completed` comes first. */
  #watchSignal({ signal }: Request): void {
    signal.addEventListener("abort", async () => {
      await undefined;
      this.#onCut();
    });
  }

  async #nextTurn(): Promise<void> {
    let timer;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, 0);
    });
    clearTimeout(timer);
  }

  #onCut(): void {
    this.#isOver = true;
    this.#wake?.();
    this.#hooks.onCut();
  }
}

/**
 * Deno turns `:authority` into the URL only, so a Host field is one of
 * HTTP/1.1. A client of HTTP/2 that sends Host besides (RFC 9113 section 8.3.1
 * tells it not to) is mistaken for one of HTTP/1.1.
 */
function isHttp1({ headers }: Request): boolean {
  return headers.has("host") ||
    [...CONNECTION_FIELDS].some((name) => headers.has(name));
}

function remoteAddr(_request: Request, info: DenoInfo): Addr | undefined {
  const addr = info.remoteAddr;
  if (addr?.transport !== "tcp") return undefined;
  return { transport: "tcp", hostname: addr.hostname, port: addr.port };
}
