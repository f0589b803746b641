/**
 * The tests of Go's h2conn, by their names there. Its TestPipe is
 * `conn_conformance.test.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  type Conn,
  ConnectError,
  handle,
  NotSupportedError,
} from "../mod.ts";
import {
  newTestServer,
  type TestServer,
  type TestServerOptions,
} from "../src/testing/mod.ts";
import {
  makeCertificates,
  makeUntrustedCertificates,
} from "./support/certificates.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function tlsOptions(): Promise<TestServerOptions> {
  const { ca, cert, key } = await makeCertificates();
  return { server: { tls: { cert, key } }, client: { tls: { ca } } };
}

async function serveConns(
  fn: (conn: Conn, request: Request) => void | Promise<void>,
): Promise<TestServer> {
  return newTestServer(handle(fn), await tlsOptions());
}

/** Fills `p`; false at EOF. */
async function readFull(conn: Conn, p: Uint8Array): Promise<boolean> {
  for (let filled = 0; filled < p.length;) {
    const n = await conn.read(p.subarray(filled));
    if (n === null) {
      assert.equal(filled, 0, "EOF inside a message");
      return false;
    }
    filled += n;
  }
  return true;
}

async function readText(conn: Conn, length: number): Promise<string> {
  const p = new Uint8Array(length);
  assert.ok(await readFull(conn, p), "EOF instead of a message");
  return decoder.decode(p);
}

async function upperCase(conn: Conn): Promise<void> {
  for await (const chunk of conn) {
    await conn.write(encoder.encode(decoder.decode(chunk).toUpperCase()));
  }
}

test("Concurrent: 100 Conns say hello", { timeout: 30_000 }, async () => {
  await using server = await serveConns(upperCase);
  async function sayHello(): Promise<string> {
    await using conn = server.connect();
    await conn.write(encoder.encode("hello"));
    return await readText(conn, 5);
  }
  const answers = await Promise.all(Array.from({ length: 100 }, sayHello));
  assert.deepEqual(answers, Array(100).fill("HELLO"));
});

test("Concurrent: 100 times hello on one Conn", {
  timeout: 30_000,
}, async () => {
  await using server = await serveConns(upperCase);
  await using conn = server.connect();
  async function send(): Promise<void> {
    for (let i = 0; i < 100; i++) await conn.write(encoder.encode("hello"));
    await conn.closeWrite();
  }
  async function receive(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      assert.equal(await readText(conn, 5), "HELLO");
    }
    assert.equal(await conn.read(new Uint8Array(1)), null);
  }
  await Promise.all([send(), receive()]);
});

test("ClientClose: the server reads EOF", { timeout: 30_000 }, async () => {
  const read = Promise.withResolvers<(number | null)[]>();
  await using server = await serveConns(async (conn) => {
    const p = new Uint8Array(100);
    try {
      read.resolve([await conn.read(p), await conn.read(p)]);
    } catch (error) {
      read.reject(error);
    }
  });
  const conn = server.connect();
  await conn.write(encoder.encode("hello"));
  await conn.close();
  assert.deepEqual(await read.promise, [5, null]);
  await conn.closed;
});

test("ServerClose: the client reads EOF", { timeout: 30_000 }, async () => {
  await using server = await serveConns(async (conn) => {
    await conn.write(encoder.encode("hello"));
    await conn.close();
  });
  await using conn = server.connect();
  assert.equal(await readText(conn, 5), "hello");
  assert.equal(await conn.read(new Uint8Array(1)), null);
});

test("SpecialCases: an untrusted certificate", {
  timeout: 30_000,
}, async () => {
  const { cert, key } = await makeUntrustedCertificates();
  const { ca } = await makeCertificates();
  for (const tls of [{}, { ca }]) {
    await using server = await newTestServer(handle(() => {}), {
      server: { tls: { cert, key } },
      client: { tls },
    });
    const conn = server.connect();
    await assert.rejects(conn.opened, (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.phase, "tls");
      return true;
    });
    await assert.rejects(conn.read(new Uint8Array(1)), ConnectError);
    await assert.rejects(conn.write(new Uint8Array(1)), ConnectError);
  }
});

test("SpecialCases: an invalid method", { timeout: 30_000 }, async () => {
  await using server = await serveConns(() => {});
  for (const method of ["", "NO WAY", "PO\nST", "CONNECT"]) {
    assert.throws(() => server.connect("/", { method }), ArgumentError);
  }
});

test("SpecialCases: a method and headers of one's own", {
  timeout: 30_000,
}, async () => {
  const { server, client } = await tlsOptions();
  const seen = Promise.withResolvers<Request>();
  await using testServer = await newTestServer((request) => {
    seen.resolve(request);
    const { conn, response } = accept(request, {
      status: 202,
      headers: { "x-answer": "pong" },
    });
    conn.close();
    return response;
  }, { server, client });
  const headers = new Headers({ "x-question": "ping" });
  const conn = testServer.connect("/a?b=c", { method: "PUT", headers });
  headers.set("x-question", "changed later");
  const { status, headers: answer } = await conn.opened;
  assert.equal(status, 202);
  assert.equal(answer.get("x-answer"), "pong");
  const request = await seen.promise;
  assert.equal(request.method, "PUT");
  assert.equal(request.url, `${testServer.url}/a?b=c`);
  assert.equal(request.headers.get("x-question"), "ping");
  assert.deepEqual([...headers.keys()], ["x-question"]);
  await conn.close();
});

/** A server that speaks HTTP/1.1 and answers with the status of `answer`. */
async function serveHttp1(
  secure: boolean,
  answer: (url: string) => Response | Promise<Response>,
): Promise<{ url: string } & AsyncDisposable> {
  const { cert, key } = await makeCertificates();
  const listener: http.RequestListener = async (request, response) => {
    const { status } = await answer(`http://localhost${request.url}`);
    response.writeHead(status, { connection: "close" }).end();
  };
  const server = secure
    ? https.createServer({ cert, key }, listener)
    : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${secure ? "https" : "http"}://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Makes a request with HTTP/1.1; gives the status. */
async function requestHttp1(url: string): Promise<number | undefined> {
  const { ca } = await makeCertificates();
  const { request } = url.startsWith("https:") ? https : http;
  return await new Promise((resolve, reject) => {
    const options = { method: "POST", agent: false as const, ca };
    const sent = request(url, options, (response) => {
      response.on("end", () => resolve(response.statusCode)).resume();
    });
    sent.on("error", reject);
    sent.end("hello");
  });
}

for (const secure of [true, false]) {
  const over = secure ? "TLS" : "cleartext";

  test(`SpecialCases: the server is HTTP/1, over ${over}`, {
    timeout: 30_000,
  }, async () => {
    const { ca } = await makeCertificates();
    await using server = await serveHttp1(secure, () => new Response());
    await using client = new Client({ tls: { ca } });
    const conn = client.connect(server.url);
    await assert.rejects(conn.opened, NotSupportedError);
    await assert.rejects(conn.read(new Uint8Array(1)), NotSupportedError);
  });

  test(`SpecialCases: client and server are HTTP/1, over ${over}`, {
    timeout: 30_000,
  }, async () => {
    await using server = await serveHttp1(secure, (url) => {
      const request = new Request(url, { method: "POST" });
      assert.throws(() => accept(request), NotSupportedError);
      return handle(() => {})(request);
    });
    assert.equal(await requestHttp1(server.url), 505);
  });

  test(`SpecialCases: the client is HTTP/1, over ${over}`, {
    timeout: 30_000,
  }, async () => {
    await using server = await newTestServer(
      handle(() => {}),
      secure ? await tlsOptions() : {},
    );
    assert.equal(await requestHttp1(server.url), 505);
  });
}

/** A way to send messages over a Conn. */
interface Format {
  send(conn: Conn, message: string): Promise<void>;
  receive(conn: Conn): Promise<string | null>;
}

async function receiveLine(conn: Conn): Promise<string | null> {
  const bytes: number[] = [];
  const p = new Uint8Array(1);
  while (await readFull(conn, p)) {
    if (p[0] === 10) return decoder.decode(new Uint8Array(bytes));
    bytes.push(p[0]);
  }
  assert.equal(bytes.length, 0, "EOF inside a line");
  return null;
}

const formats: Record<string, Format> = {
  "JSON": {
    async send(conn, message) {
      await conn.write(encoder.encode(JSON.stringify({ message }) + "\n"));
    },
    async receive(conn) {
      const line = await receiveLine(conn);
      return line === null ? null : JSON.parse(line).message;
    },
  },
  "length prefix": {
    async send(conn, message) {
      const body = encoder.encode(message);
      const prefix = new Uint8Array(4);
      new DataView(prefix.buffer).setUint32(0, body.length);
      await Promise.all([conn.write(prefix), conn.write(body)]);
    },
    async receive(conn) {
      const prefix = new Uint8Array(4);
      if (!await readFull(conn, prefix)) return null;
      return readText(conn, new DataView(prefix.buffer).getUint32(0));
    },
  },
  "fixed length": {
    async send(conn, message) {
      const p = new Uint8Array(64);
      encoder.encodeInto(message, p);
      await conn.write(p);
    },
    async receive(conn) {
      const p = new Uint8Array(64);
      if (!await readFull(conn, p)) return null;
      return decoder.decode(p.subarray(0, p.indexOf(0)));
    },
  },
};

const messages = ["hello", "", "Grüß dich", '"quoted"\n', "x".repeat(60)];

async function sendAll(conn: Conn, { send }: Format): Promise<void> {
  for (const message of messages) await send(conn, message);
  await conn.closeWrite();
}

async function receiveAll(conn: Conn, { receive }: Format): Promise<string[]> {
  const received: string[] = [];
  for (let next = await receive(conn); next !== null;) {
    received.push(next);
    next = await receive(conn);
  }
  return received;
}

for (const [name, format] of Object.entries(formats)) {
  test(`Format: ${name}, from client to server`, {
    timeout: 30_000,
  }, async () => {
    const received = Promise.withResolvers<string[]>();
    await using server = await serveConns((conn) => {
      const receiving = receiveAll(conn, format);
      receiving.then(received.resolve, received.reject);
      return receiving.then(() => {});
    });
    await using conn = server.connect();
    await sendAll(conn, format);
    assert.deepEqual(await received.promise, messages);
  });

  test(`Format: ${name}, from server to client`, {
    timeout: 30_000,
  }, async () => {
    await using server = await serveConns((conn) => sendAll(conn, format));
    await using conn = server.connect();
    assert.deepEqual(await receiveAll(conn, format), messages);
  });

  test(`Format: ${name}, both ways at once`, { timeout: 30_000 }, async () => {
    const received = Promise.withResolvers<string[]>();
    await using server = await serveConns(async (conn) => {
      const receiving = receiveAll(conn, format);
      receiving.then(received.resolve, received.reject);
      await Promise.all([sendAll(conn, format), receiving]);
    });
    await using conn = server.connect();
    const [, back] = await Promise.all([
      sendAll(conn, format),
      receiveAll(conn, format),
    ]);
    assert.deepEqual(back, messages);
    assert.deepEqual(await received.promise, messages);
  });
}
