import type { Socket as NodeNetSocket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Addr } from "../addr.ts";
import { cleartextAdapter } from "./cleartext.ts";
import { NodeSocket } from "./node_sockets.ts";
import { dialError, dialTimeout, listenError } from "./socket_errors.ts";
import type {
  DialOptions,
  Listener,
  ListenOptions,
  RuntimeAdapter,
  Socket,
  SocketHandler,
} from "./socket.ts";

/**
 * Cleartext sockets of Deno itself: 1.5 times as many round trips as over its
 * `node:net`. TLS stays with `node:tls`, which native TLS did not beat, and
 * which can ask clients for certificates.
 */
export const denoAdapter: RuntimeAdapter = cleartextAdapter({
  dial,
  listen,
  wrap: (socket) =>
    socket instanceof TLSSocket
      ? new DenoTlsSocket(socket)
      : new NodeSocket(socket),
});

const READ_SIZE = 64 * 1024;

/** How long to wait after a connection could not be accepted. */
const ACCEPT_PAUSE_MS = 5;

async function dial(options: DialOptions): Promise<Socket> {
  const { hostname, port, timeout, signal } = options;
  const peer = `${hostname}:${port}`;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  try {
    const conn = await Deno.connect({
      hostname,
      port,
      signal: AbortSignal.any([signal, late.signal]),
    });
    conn.setNoDelay(true);
    return new DenoSocket(conn);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!late.signal.aborted) throw dialError(error as Error, "tcp", peer);
    throw dialTimeout("tcp", peer, timeout);
  } finally {
    clearTimeout(timer);
  }
}

function listen(options: ListenOptions): Promise<Listener> {
  const { hostname, port } = options;
  try {
    const listener = Deno.listen({ hostname, port });
    return Promise.resolve(new DenoListener(listener, options));
  } catch (error) {
    return Promise.reject(listenError(error as Error, options));
  }
}

class DenoSocket implements Socket {
  readonly localAddr: Addr;
  readonly remoteAddr: Addr;
  readonly isEncrypted = false;
  readonly alpnProtocol = undefined;
  readonly #conn: Deno.TcpConn;
  #handler: SocketHandler | undefined;
  #queue: { bytes: Uint8Array; onDone: () => void }[] = [];
  #paused: PromiseWithResolvers<void> | undefined;
  #isWriting = false;
  #isEnding = false;
  #isClosed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.localAddr = addr(conn.localAddr);
    this.remoteAddr = addr(conn.remoteAddr);
  }

  start(handler: SocketHandler): void {
    const isStarted = this.#handler !== undefined;
    this.#handler = handler;
    if (!isStarted) this.#read();
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  write(bytes: Uint8Array, onDone: () => void): void {
    this.#queue.push({ bytes, onDone });
    if (!this.#isWriting) this.#drain();
  }

  end(): void {
    this.#isEnding = true;
    if (!this.#isWriting) this.#sendFin();
  }

  destroy(): void {
    this.#close(undefined);
  }

  ref(): void {
    if (!this.#isClosed) this.#conn.ref();
  }

  unref(): void {
    if (!this.#isClosed) this.#conn.unref();
  }

  async #read(): Promise<void> {
    // One buffer for all: what a handler keeps it copies.
    const buffer = new Uint8Array(READ_SIZE);
    try {
      while (!this.#isClosed) {
        if (this.#paused !== undefined) await this.#paused.promise;
        const read = await this.#conn.read(buffer);
        if (this.#isClosed) return;
        if (read === null) break;
        this.#handler!.onData(buffer.subarray(0, read));
      }
      if (this.#isClosed) return;
      this.#handler!.onEnd();
      // Like node:net's, it does not stay half-open.
      this.end();
      if (!this.#isWriting) this.#close(undefined);
    } catch (error) {
      this.#close(error as Error);
    }
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    try {
      for (
        let next = this.#queue.shift();
        next !== undefined && !this.#isClosed;
        next = this.#queue.shift()
      ) {
        for (let at = 0; at < next.bytes.length;) {
          at += await this.#conn.write(next.bytes.subarray(at));
        }
        if (!this.#isClosed) next.onDone();
      }
      this.#isWriting = false;
      if (this.#isEnding) this.#sendFin();
    } catch (error) {
      this.#close(error as Error);
    }
  }

  #sendFin(): void {
    if (this.#isClosed) return;
    this.#conn.closeWrite().catch((error) => this.#close(error));
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#conn.close();
    // As with node:net, never within the call that closes.
    queueMicrotask(() => this.#handler?.onClose(error));
  }
}

/** What is under a socket of `node:tls`. */
interface WithParent {
  _parent?: { _handle?: { readStart(): void; readStop(): void } };
}

/**
 * A paused socket of Deno 2.9's `node:tls` reads on, and keeps all that comes
 * in memory. Only the TCP handle below can be stopped.
 */
class DenoTlsSocket extends NodeSocket {
  readonly #parent: WithParent["_parent"];

  constructor(socket: NodeNetSocket) {
    super(socket);
    this.#parent = (socket as WithParent)._parent;
  }

  override pause(): void {
    super.pause();
    this.#parent?._handle?.readStop();
  }

  override resume(): void {
    this.#parent?._handle?.readStart();
    super.resume();
  }
}

class DenoListener implements Listener {
  readonly addr: Addr;
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;
  #isClosed = false;

  constructor(listener: Deno.TcpListener, options: ListenOptions) {
    this.#listener = listener;
    this.addr = addr(listener.addr);
    this.#accepting = this.#accept(options);
  }

  /** The port is free once the call that accepts is over. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    return this.#accepting;
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }

  async #accept(options: ListenOptions): Promise<void> {
    while (!this.#isClosed) {
      try {
        const conn = await this.#listener.accept();
        conn.setNoDelay(true);
        options.onSocket(new DenoSocket(conn));
      } catch {
        if (this.#isClosed) return;
        // One connection that failed, or no descriptor left: go on, but not
        // in a loop that starves everything else.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }
}

function addr({ hostname, port }: Deno.NetAddr): Addr {
  return { transport: "tcp", hostname, port };
}
