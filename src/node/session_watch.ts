import type { Http2Session } from "node:http2";
import { TLSSocket } from "node:tls";
import { type Addr, tcpAddr } from "../addr.ts";
import { CLOSES_TOO_SOON, FORGETS_WRITES } from "./quirks.ts";

/** An error of `node:http2`, or of the socket below it. */
export type NodeError = Error & { code?: string; syscall?: string };

/** GOAWAY as the peer sent it. */
export interface Goaway {
  readonly code: number;
  readonly lastStreamId: number;
  readonly debug: string;
}

/** How long a write may wait before a PING goes out for it. */
const PING_DELAY_MS = 10;

const watches = new WeakMap<Http2Session, SessionWatch>();

/** What the Conns over one session of `node:http2` have to know of it. */
export class SessionWatch {
  readonly session: Http2Session;
  readonly isTls: boolean;
  /** How many bytes its streams have given it, and it has not sent. */
  bytesInFlight = 0;
  #goaway: Goaway | undefined;
  #error: NodeError | undefined;
  #waiting: (() => void)[] = [];
  #isPinging = false;
  #hasSettings: boolean;
  #localAddr: Addr | undefined;
  #remoteAddr: Addr | undefined;

  /** The one watch of a session. */
  static of(session: Http2Session): SessionWatch {
    let watch = watches.get(session);
    if (watch === undefined) {
      watch = new SessionWatch(session);
      watches.set(session, watch);
    }
    return watch;
  }

  private constructor(session: Http2Session) {
    this.session = session;
    // `session.encrypted` is not known before the session is connected.
    this.isTls = this.session.socket instanceof TLSSocket;
    this.#hasSettings = Object.keys(session.remoteSettings ?? {}).length > 0;
    session.once("remoteSettings", () => this.#onSettings());
    session.once("close", () => this.#onReady());
    session.on("goaway", (code, lastStreamId, data) => {
      const debug = data ? new TextDecoder().decode(data) : "";
      this.#goaway = { code, lastStreamId, debug };
    });
    if (CLOSES_TOO_SOON) closeLater(session);
    // Each Conn is told of it; unheard, it would end the program.
    session.on("error", (error) => this.#error ??= error);
  }

  /**
   * Calls back once a stream can be opened, or never will. Whoever opens one
   * before the server's SETTINGS does not know how many it takes, and is
   * refused those that are too many.
   */
  whenReady(callback: () => void): void {
    if (this.#hasSettings || this.session.destroyed) callback();
    else this.#waiting.push(callback);
  }

  /** Sees to it that what a stream has just written goes out. */
  onWrite(): void {
    if (!FORGETS_WRITES || this.#isPinging) return;
    this.#isPinging = true;
    setTimeout(() => {
      this.#isPinging = false;
      if (this.bytesInFlight > 0 && !this.isLost) this.session.ping(() => {});
    }, PING_DELAY_MS);
  }

  /** What ended the session, if it was an error. */
  get error(): NodeError | undefined {
    return this.#error;
  }

  get goaway(): Goaway | undefined {
    return this.#goaway;
  }

  /** Whether its connection is gone. */
  get isLost(): boolean {
    return this.session.destroyed || (this.#socket("destroyed") ?? true);
  }

  /** Whether the session has ever been connected. */
  get hasSettings(): boolean {
    return this.#hasSettings;
  }

  get localAddr(): Addr | undefined {
    this.#localAddr ??= tcpAddr(
      this.#socket("localAddress"),
      this.#socket("localPort"),
    );
    return this.#localAddr;
  }

  get remoteAddr(): Addr | undefined {
    this.#remoteAddr ??= tcpAddr(
      this.#socket("remoteAddress"),
      this.#socket("remotePort"),
    );
    return this.#remoteAddr;
  }

  #onSettings(): void {
    this.#hasSettings = true;
    this.#onReady();
  }

  #onReady(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }

  /** Of a session that is over, `socket` is undefined or throws. */
  #socket<K extends keyof Http2Session["socket"]>(
    name: K,
  ): Http2Session["socket"][K] | undefined {
    try {
      return this.session.socket?.[name];
    } catch {
      return undefined;
    }
  }
}

function closeLater(session: Http2Session): void {
  const { close } = session;
  session.close = (callback) => {
    setImmediate(() => close.call(session, callback));
  };
}
