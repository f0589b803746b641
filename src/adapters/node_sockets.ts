import { createPrivateKey, X509Certificate } from "node:crypto";
import net from "node:net";
import tls from "node:tls";
import { type Addr, tcpAddr } from "../addr.ts";
import { H2ConnError, NotSupportedError } from "../errors.ts";
import type { ClientTlsOptions } from "../tls_options.ts";
import {
  badAuthority,
  badCertificate,
  dialError,
  dialTimeout,
  listenError,
} from "./socket_errors.ts";
import type {
  DialOptions,
  Listener,
  ListenOptions,
  RuntimeAdapter,
  Socket,
  SocketHandler,
} from "./socket.ts";

/** Sockets of `node:net` and `node:tls`, which Deno and Bun have too. */
export const nodeAdapter: RuntimeAdapter = {
  dial,
  wrap,
  listen: (options) => listenWith(wrap, options),
  checkClientTls,
};

async function dial(options: DialOptions): Promise<Socket> {
  const { hostname, port, signal } = options;
  if (signal.aborted) throw signal.reason;
  const tcp = net.connect({ host: hostname, port, noDelay: true });
  const cleanUp: (() => void)[] = [];
  try {
    await connected(tcp, "connect", options, cleanUp);
    if (options.tls === undefined) return new NodeSocket(tcp);
    const secure = tls.connect({
      socket: tcp,
      ...(net.isIP(options.tls.serverName ?? hostname) === 0 &&
        { servername: options.tls.serverName ?? hostname }),
      host: hostname,
      ALPNProtocols: ["h2"],
      ca: options.tls.ca as string | string[] | undefined,
      cert: options.tls.cert,
      key: options.tls.key,
      rejectUnauthorized: options.tls.rejectUnauthorized ?? true,
    });
    await connected(secure, "secureConnect", options, cleanUp);
    if (secure.alpnProtocol !== "h2") {
      secure.destroy();
      throw new NotSupportedError(
        `Server at ${hostname}:${port} does not speak HTTP/2: ALPN gave ` +
          (secure.alpnProtocol ? `"${secure.alpnProtocol}"` : "nothing"),
      );
    }
    return new NodeSocket(secure);
  } catch (error) {
    tcp.destroy();
    if (error instanceof H2ConnError || signal.aborted) throw error;
    throw dialError(error as Error, "tls", `${hostname}:${port}`);
  } finally {
    for (const undo of cleanUp) undo();
  }
}

function checkClientTls({ ca, cert, key }: ClientTlsOptions): void {
  try {
    for (const pem of ca === undefined ? [] : [ca].flat()) {
      new X509Certificate(pem);
    }
  } catch (cause) {
    throw badAuthority(cause as Error);
  }
  try {
    if (cert !== undefined && key !== undefined) checkKey(cert, key);
  } catch (cause) {
    throw badCertificate(cause as Error);
  }
}

/** Waits for one phase of dialing. */
function connected(
  socket: net.Socket,
  event: "connect" | "secureConnect",
  options: DialOptions,
  cleanUp: (() => void)[],
): Promise<void> {
  const { hostname, port, timeout, signal } = options;
  const phase = event === "connect" ? "tcp" : "tls";
  return new Promise((resolve, reject) => {
    function fail(error: Error) {
      reject(error);
      socket.destroy();
    }
    const peer = `${hostname}:${port}`;
    const timer = setTimeout(
      () => fail(dialTimeout(phase, peer, timeout)),
      timeout,
    );
    const onAbort = () => fail(signal.reason);
    const onClose = () =>
      fail(
        dialError(
          new Error("Socket was closed by the peer"),
          phase,
          peer,
        ),
      );
    const onError = (error: Error) => fail(dialError(error, phase, peer));
    socket.once(event, resolve);
    socket.once("close", onClose);
    // It stays: an error that comes after a rejection must not be uncaught.
    socket.on("error", onError);
    signal.addEventListener("abort", onAbort, { once: true });
    cleanUp.push(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("close", onClose);
    });
  });
}

function wrap(socket: net.Socket): Socket {
  return new NodeSocket(socket);
}

/** Listens, and makes sockets of ours with `wrap`. */
export async function listenWith(
  wrap: RuntimeAdapter["wrap"],
  options: ListenOptions,
): Promise<Listener> {
  const server = options.tls === undefined
    ? net.createServer({ noDelay: true })
    : createTlsServer(options);
  server.on(
    options.tls === undefined ? "connection" : "secureConnection",
    (socket: net.Socket) => options.onSocket(wrap(socket)),
  );
  const handshakes = new Map<string, net.Socket>();
  if (options.tls !== undefined) watchHandshakes(server, handshakes);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      reject(listenError(cause, options));
    });
    server.listen(options.port, options.hostname, resolve);
  });
  // A server that listens must not crash for want of descriptors.
  server.on("error", () => {});
  return new NodeListener(server, handshakes);
}

/** Knows the sockets whose TLS handshake goes on, by the peer's address. */
function watchHandshakes(
  server: net.Server,
  handshakes: Map<string, net.Socket>,
): void {
  const peer = (socket: net.Socket) =>
    `${socket.remoteAddress} ${socket.remotePort}`;
  server.on("connection", (socket: net.Socket) => {
    const key = peer(socket);
    handshakes.set(key, socket);
    socket.once("close", () => {
      if (handshakes.get(key) === socket) handshakes.delete(key);
    });
  });
  server.on("secureConnection", (socket: net.Socket) => {
    handshakes.delete(peer(socket));
  });
}

function createTlsServer(options: ListenOptions): tls.Server {
  const { cert, key, ca } = options.tls!;
  let server;
  try {
    checkKey(cert, key);
    server = tls.createServer({
      cert,
      key,
      ca: ca as string | string[] | undefined,
      requestCert: ca !== undefined,
      rejectUnauthorized: true,
      ALPNProtocols: [...options.alpnProtocols],
      handshakeTimeout: options.handshakeTimeout,
      noDelay: true,
    });
  } catch (cause) {
    throw badCertificate(cause as Error);
  }
  // A handshake that fails ends its socket and nothing else.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** Deno's node:tls takes a key of another certificate and fails handshakes. */
function checkKey(cert: string, key: string): void {
  const leaf = new X509Certificate(cert);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) {
    throw new Error("The key belongs to another certificate");
  }
}

/** A socket of `node:net` or `node:tls`. */
export class NodeSocket implements Socket {
  readonly #socket: net.Socket;
  readonly localAddr: Addr | undefined;
  readonly remoteAddr: Addr | undefined;
  #handler: SocketHandler | undefined;
  #error: Error | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.localAddr = tcpAddr(socket.localAddress, socket.localPort);
    this.remoteAddr = tcpAddr(socket.remoteAddress, socket.remotePort);
    socket.on("error", (error) => {
      this.#error ??= error;
    });
  }

  get isEncrypted(): boolean {
    return this.#socket instanceof tls.TLSSocket;
  }

  get alpnProtocol(): string | undefined {
    const protocol = (this.#socket as tls.TLSSocket).alpnProtocol;
    return protocol || undefined;
  }

  start(handler: SocketHandler): void {
    const socket = this.#socket;
    const isStarted = this.#handler !== undefined;
    this.#handler = handler;
    if (isStarted) return;
    // Of a plain Uint8Array slice() is a copy; of a Buffer it is a view.
    socket.on("data", ({ buffer, byteOffset, length }: Uint8Array) => {
      this.#handler!.onData(new Uint8Array(buffer, byteOffset, length));
    });
    socket.on("end", () => this.#handler!.onEnd());
    const onClose = () => this.#handler!.onClose(this.#error);
    socket.on("close", onClose);
    if (socket.destroyed) queueMicrotask(onClose);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  write(bytes: Uint8Array, onDone: () => void): void {
    // A write that failed is not done: who goes on writing after it would
    // keep Deno from ever saying that the socket is closed.
    this.#socket.write(bytes, (error) => {
      if (!error) onDone();
    });
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}

class NodeListener implements Listener {
  readonly #server: net.Server;
  readonly #handshakes: ReadonlyMap<string, net.Socket>;
  readonly addr: Addr;

  constructor(
    server: net.Server,
    handshakes: ReadonlyMap<string, net.Socket>,
  ) {
    this.#server = server;
    this.#handshakes = handshakes;
    const { address, port } = server.address() as net.AddressInfo;
    this.addr = { transport: "tcp", hostname: address, port };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // Its callback waits for every connection to end; the port is free now.
      this.#server.close();
      for (const socket of this.#handshakes.values()) socket.destroy();
      resolve();
    });
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }
}
