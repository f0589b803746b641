import {
  Client,
  type ClientOptions,
  type Conn,
  type ConnectOptions,
  handle,
  type HandleOptions,
  serve,
  type ServeOptions,
  type Server,
} from "../../mod.ts";
import { makeCertificates } from "./certificates.ts";

/** Options of {@linkcode openPair}. */
export interface PairOptions {
  tls?: boolean;
  server?: Partial<ServeOptions>;
  client?: ClientOptions;
  accept?: HandleOptions;
  connect?: ConnectOptions;
}

/** A server and a client of it, and a Conn between them. */
export interface Pair extends AsyncDisposable {
  readonly server: Server;
  readonly client: Client;
  /** The client's end. */
  readonly near: Conn;
  /** The server's end. */
  readonly far: Conn;
  /** Another Conn of the same client to the same server. */
  another(options?: ConnectOptions): Promise<{ near: Conn; far: Conn }>;
}

/** Opens a Conn and gives both of its ends. */
export async function openPair(options: PairOptions = {}): Promise<Pair> {
  const accepted: ((conn: Conn) => void)[] = [];
  const endings: (() => void)[] = [];
  const { ca, cert, key } = await makeCertificates();
  const server = await serve(
    { port: 0, ...(options.tls && { tls: { cert, key } }), ...options.server },
    handle((conn) => {
      accepted.shift()!(conn);
      // The Conn stays open until the pair is disposed of.
      return new Promise<void>((resolve) => endings.push(resolve));
    }, options.accept),
  );
  const client = new Client({ tls: { ca }, ...options.client });

  async function another(connect: ConnectOptions = {}) {
    const far = new Promise<Conn>((resolve) => accepted.push(resolve));
    const near = client.connect(server.url, connect);
    near.opened.catch(() => {});
    return { near, far: await within(far, "accept") };
  }

  const { near, far } = await another(options.connect);
  return {
    server,
    client,
    near,
    far,
    another,
    async [Symbol.asyncDispose]() {
      for (const end of endings) end();
      await Promise.all([client.close({ graceMs: 0 }), server.shutdown(0)]);
    },
  };
}

/** Rejects if the promise takes longer than `ms`. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  ms = 5000,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No ${what} in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** All bytes up to EOF. */
export async function readAll(conn: Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of conn) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Reads exactly `length` bytes. */
export async function readExactly(
  conn: Conn,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await conn.read(bytes.subarray(at));
    if (read === null) throw new Error(`EOF after ${at} of ${length} bytes`);
    at += read;
  }
  return bytes;
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Bytes that differ from place to place, the same every time. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    all[at] = state;
  }
  return all;
}
