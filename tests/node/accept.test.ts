/**
 * Servers of `node:http2` that accept, beside what else they do.
 *
 * @module
 */

import assert from "node:assert/strict";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import {
  ArgumentError,
  Client,
  type Conn,
  NotSupportedError,
  ResetError,
  StatusError,
} from "../../mod.ts";
import { accept, handle } from "../../src/node/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, readAll, readExactly, text, within } from "../support/pair.ts";
import { openNodePair } from "./node_pair.ts";

interface Listening extends AsyncDisposable {
  readonly url: string;
  readonly client: Client;
}

/** Lets a server listen, with a Client for it. */
async function listen(
  server: http2.Http2Server | http2.Http2SecureServer,
): Promise<Listening> {
  const { ca } = await makeCertificates();
  const client = new Client({ tls: { ca } });
  const sessions = new Set<http2.Http2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = "setSecureContext" in server ? "https" : "http";
  return {
    url: `${scheme}://localhost:${port}`,
    client,
    async [Symbol.asyncDispose]() {
      await client.close({ graceMs: 0 });
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function secureServer(): Promise<http2.Http2SecureServer> {
  const { cert, key } = await makeCertificates();
  return http2.createSecureServer({ cert, key, allowHTTP1: true });
}

/** A request over HTTP/1.1. */
async function http1(url: string): Promise<{ status: number; body: string }> {
  const { ca } = await makeCertificates();
  return await new Promise((resolve, reject) => {
    const request = https.request(url, { ca, agent: false, method: "POST" });
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.on("data", (chunk) => body += chunk);
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    });
    request.end();
  });
}

for (const server of ["stream", "request"] as const) {
  test(`the head goes out before the first byte (${server})`, async () => {
    await using pair = await openNodePair({
      client: "own",
      server,
      accept: { status: 201, headers: { "X-Greeting": "hello" } },
      connect: { method: "PUT", headers: { "x-asked": "please" } },
    });
    const near = await within(pair.near.opened, "head");
    assert.equal(near.status, 201);
    assert.equal(near.headers.get("x-greeting"), "hello");
    const far = await pair.far.opened;
    assert.equal(far.method, "PUT");
    assert.equal(far.status, 201);
    assert.equal(far.url, near.url);
    assert.equal(far.headers.get("x-asked"), "please");
    assert.equal(far.headers.get("host"), new URL(near.url).host);
    assert.equal(pair.far.supports.truthfulEof, true);
    assert.deepEqual(pair.far.localAddr?.port, pair.near.remoteAddr?.port);
    assert.deepEqual(pair.far.remoteAddr?.port, pair.near.localAddr?.port);
  });

  test(`a page of another site is refused (${server})`, async () => {
    const refusals: unknown[] = [];
    const node = http2.createServer();
    function refuse(error: unknown, answer: (status: number) => void) {
      refusals.push(error);
      answer((error as StatusError).status);
    }
    if (server === "stream") {
      node.on("stream", (stream, headers) => {
        try {
          accept(stream, headers);
        } catch (error) {
          refuse(error, (status) => {
            stream.respond({ ":status": status });
            stream.end("no");
          });
        }
      });
    } else {
      node.on("request", (request, response) => {
        try {
          accept(request, response);
        } catch (error) {
          refuse(error, (status) => response.writeHead(status).end("no"));
        }
      });
    }
    await using listening = await listen(node);
    const conn = listening.client.connect(listening.url, {
      headers: { origin: "https://evil.example" },
    });
    await assert.rejects(within(conn.opened, "refusal"), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.status, 403);
      assert.equal(error.body, "no");
      return true;
    });
    assert.ok(refusals[0] instanceof StatusError);
  });
}

test("origins and authorities that are named may connect, others not", async () => {
  const node = http2.createServer();
  node.on(
    "stream",
    handle((conn) => conn.close(), { origins: ["https://app.example"] }),
  );
  await using listening = await listen(node);
  const { client, url } = listening;
  const allowed = client.connect(url, {
    headers: { origin: "https://app.example" },
  });
  assert.equal((await within(allowed.opened, "head")).status, 200);

  const other = http2.createServer();
  other.on("stream", handle(() => {}, { authorities: ["h2conn.test"] }));
  await using elsewhere = await listen(other);
  const refused = elsewhere.client.connect(elsewhere.url);
  await assert.rejects(within(refused.opened, "refusal"), (error) => {
    assert.ok(error instanceof StatusError);
    assert.equal(error.status, 421);
    return true;
  });
});

test("HTTP/1.1 is told apart, and the server's other requests go on", async () => {
  const node = await secureServer();
  const refusals: unknown[] = [];
  const echo = handle(async (conn) => {
    for await (const chunk of conn) await conn.write(chunk);
  });
  node.on("request", (request, response) => {
    if (request.url === "/echo") return echo(request, response);
    if (request.url === "/accept") {
      try {
        accept(request, response);
      } catch (error) {
        refusals.push(error);
      }
    }
    response.end(`hello over ${request.httpVersion}`);
  });
  await using listening = await listen(node);
  const { url, client } = listening;
  const conn = client.connect(`${url}/echo`);
  await conn.write(bytes("over HTTP/2"));
  assert.equal(
    text(await within(readExactly(conn, 11), "echo")),
    "over HTTP/2",
  );

  assert.deepEqual(await within(http1(`${url}/echo`), "505"), {
    status: 505,
    body: "This needs HTTP/2\n",
  });
  assert.equal((await within(http1(`${url}/accept`), "answer")).status, 200);
  assert.ok(refusals[0] instanceof NotSupportedError);
  assert.deepEqual(await within(http1(`${url}/`), "answer"), {
    status: 200,
    body: "hello over 1.1",
  });
  const plain = client.connect(`${url}/`);
  await plain.closeWrite();
  assert.equal(text(await within(readAll(plain), "answer")), "hello over 2.0");
  await conn.closeWrite();
  await within(conn.closed, "clean end");
});

test("headers that were set on the response go out, those of accept() win", async () => {
  const node = http2.createServer((request, response) => {
    response.setHeader("X-Before", "1");
    response.setHeader("x-both", "before");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    accept(request, response, { headers: { "X-Both": "own" } });
    assert.equal(response.headersSent, true);
  });
  await using listening = await listen(node);
  const conn = listening.client.connect(listening.url);
  const { headers } = await within(conn.opened, "head");
  assert.equal(headers.get("x-before"), "1");
  assert.equal(headers.get("x-both"), "own");
  assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
});

test("what was answered, or read, cannot be accepted", async () => {
  const errors: unknown[] = [];
  const node = http2.createServer();
  node.on("stream", (stream, headers) => {
    if (headers[":path"] === "/read") stream.on("data", () => {});
    else accept(stream, headers);
    try {
      accept(stream, headers);
    } catch (error) {
      errors.push(error);
    }
    stream.close();
  });
  await using listening = await listen(node);
  for (const path of ["/twice", "/read"]) {
    const conn = listening.client.connect(`${listening.url}${path}`);
    await assert.rejects(within(conn.closed, "reset"));
  }
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    [
      "Cannot accept: the request was accepted or answered before",
      "Cannot accept: the request's body has been read",
    ],
  );
});

for (const writesFirst of [false, true]) {
  test(
    `a response that something else ends fails the Conn${
      writesFirst ? ", with bytes of its own under way" : ""
    }`,
    async () => {
      const failure = Promise.withResolvers<unknown>();
      const node = http2.createServer((request, response) => {
        const conn = accept(request, response);
        conn.closed.catch(failure.resolve);
        if (writesFirst) conn.write(new Uint8Array(1_000_000)).catch(() => {});
        response.end("Not Found");
      });
      await using listening = await listen(node);
      const conn = listening.client.connect(listening.url);
      await assert.rejects(within(readAll(conn), "reset"), (error) => {
        assert.ok(error instanceof ResetError);
        assert.equal(error.h2Code.name, "INTERNAL_ERROR");
        return true;
      });
      const error = await within(failure.promise, "failure");
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, /ended by something else/);
    },
  );
}

test("statuses and headers that cannot be are refused at the call", async () => {
  assert.throws(() => handle(() => {}, { status: 204 }), ArgumentError);
  assert.throws(
    () => handle(() => {}, { headers: { connection: "close" } }),
    ArgumentError,
  );
  const answered = Promise.withResolvers<unknown>();
  const node = http2.createServer();
  node.on("stream", (stream, headers) => {
    try {
      accept(stream, headers, { status: 404 });
    } catch (error) {
      answered.resolve(error);
    }
    stream.close();
  });
  await using listening = await listen(node);
  const conn = listening.client.connect(listening.url);
  assert.ok(await within(answered.promise, "error") instanceof ArgumentError);
  await assert.rejects(within(conn.opened, "reset"));
});

test("what node:http2 throws for is refused at the call, and ends no program", async () => {
  const seen: unknown[] = [];
  const node = http2.createServer(async (request, response) => {
    // Of two types none can be sent.
    response.setHeader("content-type", ["text/plain", "text/html"]);
    try {
      accept(request, response);
    } catch (error) {
      seen.push(error);
    }
    response.removeHeader("content-type");
    const conn = accept(request, response);
    const settings = { "http2-settings": "AAMAAABk" };
    await conn.closeWrite(settings).catch((error) => seen.push(error));
    await conn.close();
  });
  await using listening = await listen(node);
  const conn = listening.client.connect(listening.url);
  await conn.closeWrite();
  assert.equal((await within(readAll(conn), "end")).length, 0);
  assert.equal(seen.length, 2);
  for (const error of seen) assert.ok(error instanceof ArgumentError);
});

test("a GET without content reads as EOF, and writes", async () => {
  const node = http2.createServer();
  node.on(
    "stream",
    handle(async (conn) => {
      assert.equal(await conn.read(new Uint8Array(1)), null);
      await conn.write(bytes("hello"));
    }),
  );
  await using listening = await listen(node);
  const session = http2.connect(listening.url);
  const stream = session.request({ ":path": "/" });
  let body = "";
  stream.on("data", (chunk) => body += chunk);
  await within(
    new Promise((resolve) => stream.on("end", resolve)),
    "end",
  );
  assert.equal(body, "hello");
  session.destroy();
});

test("a request that ended before it was accepted is read whole", async () => {
  const accepted = Promise.withResolvers<Conn>();
  const node = http2.createServer();
  node.on("stream", (stream, headers) => {
    setTimeout(() => accepted.resolve(accept(stream, headers)), 50);
  });
  await using listening = await listen(node);
  const conn = listening.client.connect(listening.url);
  await conn.write(bytes("early"));
  await conn.closeWrite();
  const far = await within(accepted.promise, "accept");
  assert.equal(text(await within(readAll(far), "EOF")), "early");
  await far.close();
  await within(conn.closed, "clean end");
});

test("a request that was cut before it was accepted gives a Conn that failed", async () => {
  const accepted = Promise.withResolvers<Conn>();
  const asked = Promise.withResolvers<void>();
  const node = http2.createServer();
  node.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    stream.on("close", () => accepted.resolve(accept(stream, headers)));
    asked.resolve();
  });
  await using listening = await listen(node);
  const conn = listening.client.connect(listening.url);
  conn.write(bytes("x")).catch(() => {});
  await within(asked.promise, "request");
  conn.abort({ code: "INTERNAL_ERROR" });
  const far = await within(accepted.promise, "close");
  await assert.rejects(far.read(new Uint8Array(1)), ResetError);
  await assert.rejects(far.write(bytes("x")), ResetError);
  await assert.rejects(far.closed, {
    h2Code: { name: "INTERNAL_ERROR", number: 2 },
  });
});

test("a handler that throws resets its Conn, and tells", async () => {
  const told: unknown[] = [];
  const fault = new Error("fault");
  const node = http2.createServer();
  node.on(
    "stream",
    handle((conn, headers) => {
      if (headers[":path"] === "/throw") throw fault;
      // The peer's doing is no fault.
      return conn.read(new Uint8Array(1)).then(() => {});
    }, { onError: (error) => void told.push(error) }),
  );
  await using listening = await listen(node);
  const { client, url } = listening;
  const thrown = client.connect(`${url}/throw`);
  await assert.rejects(within(thrown.closed, "reset"), {
    remote: true,
    h2Code: { name: "INTERNAL_ERROR", number: 2 },
  });
  const cut = client.connect(`${url}/`);
  await within(cut.opened, "head");
  cut.abort();
  const fine = client.connect(`${url}/`);
  await fine.closeWrite();
  await within(fine.closed, "clean end");
  assert.deepEqual(told, [fault]);
});

test("HEAD and CONNECT are refused", async () => {
  const node = http2.createServer();
  node.on("stream", handle(() => {}));
  node.on("connect", () => {});
  await using listening = await listen(node);
  const session = http2.connect(listening.url);
  const stream = session.request({ ":path": "/", ":method": "HEAD" });
  const status = new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("response", (headers) => resolve(headers[":status"]));
  });
  stream.resume();
  assert.equal(await within(status, "response"), 501);
  session.destroy();
});
