import http2 from "node:http2";
import type net from "node:net";
import { Client, type Conn, handle, serve } from "../mod.ts";

/** A stream to an echo server, as thin over its stack as can be. */
export interface Duplex {
  write(bytes: Uint8Array): Promise<unknown>;
  /** How many bytes came, 0 at the end. */
  read(): Promise<number>;
  end(): Promise<unknown>;
}

/** An echo server, and how to open streams to it. */
export interface Stack extends AsyncDisposable {
  open(): Promise<Duplex>;
}

/** h2conn, by `read` and `write`. */
export async function h2connStack(): Promise<Stack> {
  const server = await serve(
    { port: 0, limits: { maxConcurrentStreams: 1000 } },
    handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    }),
  );
  const client = new Client();
  return {
    open: () => Promise.resolve(overConn(client.connect(server.url))),
    async [Symbol.asyncDispose]() {
      await client.close({ graceMs: 0 });
      await server.shutdown(0);
    },
  };
}

/** What is read is not looked at, so that all streams can share it. */
const buffer = new Uint8Array(64 * 1024);

function overConn(conn: Conn): Duplex {
  return {
    write: (bytes) => conn.write(bytes),
    read: async () => (await conn.read(buffer)) ?? 0,
    end: () => conn.close(),
  };
}

/** The runtime's own `node:http2`, by events and without web streams. */
export async function nodeHttp2Stack(): Promise<Stack> {
  const settings = {
    maxConcurrentStreams: 1000,
    initialWindowSize: 4 * 1024 * 1024,
  };
  const server = http2.createServer({ settings });
  const sessions = new Set<http2.Http2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.setLocalWindowSize?.(8 * 1024 * 1024);
  });
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200 });
    stream.on("error", () => {});
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = http2.connect(`http://127.0.0.1:${port}`, { settings });
  client.on("error", () => {});
  await new Promise((resolve) => client.once("remoteSettings", resolve));
  return {
    open: () =>
      Promise.resolve(overStream(client.request({ ":method": "POST" }))),
    async [Symbol.asyncDispose]() {
      client.destroy();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function overStream(stream: http2.ClientHttp2Stream): Duplex {
  let bytes = 0;
  let hasEnded = false;
  let wake: (() => void) | undefined;
  stream.on("data", (chunk) => {
    bytes += chunk.length;
    wake?.();
  });
  stream.on("error", () => {});
  stream.on("close", () => {
    hasEnded = true;
    wake?.();
  });
  return {
    write(chunk) {
      if (stream.write(chunk)) return Promise.resolve();
      return new Promise((resolve) => stream.once("drain", resolve));
    },
    async read() {
      while (bytes === 0 && !hasEnded) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      const read = bytes;
      bytes = 0;
      return read;
    },
    end: () => Promise.resolve(stream.end()),
  };
}
