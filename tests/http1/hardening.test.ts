/** Faults of peers and handlers that a review found. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../mod.ts";
import { within } from "../support/pair.ts";
import { get, Wire } from "./wire.ts";

for (const statusText of ["N\u00e3o", "odd\u0080"]) {
  test(`a reason that node:http may not like is no crash (${JSON.stringify(statusText)})`, async () => {
    await using server = await serve({ port: 0 }, () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          // After the head is due.
          setTimeout(() => {
            controller.enqueue(new TextEncoder().encode("late"));
            controller.close();
          }, 20);
        },
      });
      return new Response(body, { statusText });
    });
    using wire = await Wire.open(server);
    wire.send(get("/"));
    assert.match(await wire.receive(/\r\n0\r\n\r\n/), /^HTTP\/1.1 200 /);
    wire.send(get("/"));
    assert.match(await wire.receive(/\r\n0\r\n\r\n/), /^HTTP\/1.1 200 /);
  });
}

test("a content-length without content does not shift the next response", async () => {
  const errors: unknown[] = [];
  await using server = await serve({
    port: 0,
    onError: (error) => void errors.push(error),
  }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/next") return new Response("next");
    const status = pathname === "/205" ? 205 : 200;
    return new Response(null, { status, headers: { "content-length": "5" } });
  });
  for (const path of ["/null", "/205"]) {
    using wire = await Wire.open(server);
    wire.send(get(path) + get("/next"));
    const [first] = (await wire.receive(/\r\n\r\n/)).split("\r\n");
    const status = path === "/205" ? "205" : "500";
    assert.match(first, RegExp(`^HTTP/1.1 ${status} `));
    const rest = await wire.receive(/next$/);
    assert.match(rest, /HTTP\/1.1 200 [^]*\r\n\r\nnext$/);
  }
  assert.equal(errors.length, 1);
});

for (const method of ["GET", "POST"]) {
  test(`a client that resets behind a body that nobody reads is noticed (${method})`, async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await using server = await serve({
      port: 0,
      timeouts: { pingInterval: 100, pingTimeout: 100 },
    }, async (request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      started.resolve();
      await aborted.promise;
      return new Response();
    });
    using wire = await Wire.open(server);
    wire.send(
      `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n` +
        "b".repeat(300_000),
    );
    await within(started.promise, "request");
    wire.socket.resetAndDestroy();
    await within(aborted.promise, "abort");
  });
}

test("a transfer coding that is not chunked alone is 501", async () => {
  await using server = await serve({ port: 0 }, () => new Response("?"));
  using wire = await Wire.open(server);
  wire.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" +
      "0\r\n\r\n",
  );
  assert.match(await wire.receive(/\r\n\r\n/), /^HTTP\/1.1 501 /);
});

for (
  const [name, rest] of [
    ["a coding that is none", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
    ["a size that is none", "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n"],
  ]
) {
  test(`a body that cannot be told from the next request is 400 (${name})`, async () => {
    const asked: string[] = [];
    await using server = await serve({ port: 0 }, async (request) => {
      asked.push(new URL(request.url).pathname);
      return new Response(await request.text());
    });
    using wire = await Wire.open(server);
    wire.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}${get("/hidden")}`);
    assert.match(await wire.receive(/Bad Request\n$/), /^HTTP\/1.1 400 /);
    await wire.closed();
    assert.equal(asked.includes("/hidden"), false);
  });
}

test("a body that turns out malformed fails its reader, and is 400", async () => {
  const failed = Promise.withResolvers<unknown>();
  const reading = Promise.withResolvers<void>();
  await using server = await serve({ port: 0 }, async (request) => {
    reading.resolve();
    await request.text().catch(failed.resolve);
    return new Response("too late");
  });
  using wire = await Wire.open(server);
  wire.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await within(reading.promise, "request");
  wire.send("1\r\na\r\nnonsense\r\n");
  assert.match(await wire.receive(/Bad Request\n$/), /^HTTP\/1.1 400 /);
  await wire.closed();
  assert.ok(await within(failed.promise, "error") instanceof Error);
});

test("empty lines before a request are skipped", async () => {
  await using server = await serve({ port: 0 }, () => new Response("here"));
  using wire = await Wire.open(server);
  wire.send("\r\n\r\n" + get("/"));
  assert.match(await wire.receive(/here$/), /^HTTP\/1.1 200 /);
});

test("no response is taken for that of a request which an upgrade swallowed", async () => {
  await using server = await serve({ port: 0 }, (request) => {
    return new Response(new URL(request.url).pathname);
  });
  using wire = await Wire.open(server);
  wire.send(get("/1", "Connection: Upgrade", "Upgrade: h2c") + get("/2"));
  assert.match(await wire.receive(/\/1$/), /\r\nconnection: close\r\n/i);
  wire.send(get("/3"));
  await wire.closed();
  assert.equal(wire.text, "");
});

test("content that a client holds back is asked for when it is read", async () => {
  await using server = await serve({ port: 0 }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/no") return new Response("no", { status: 413 });
    return new Response(await request.text());
  });
  const post = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n` +
    "Content-Length: 4\r\n\r\n";
  using wire = await Wire.open(server);
  for (let round = 0; round < 2; round++) {
    wire.send(post("/yes"));
    await wire.receive(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    wire.send("body");
    await wire.receive(/^HTTP\/1.1 200 [^]*\r\n\r\nbody$/);
  }
  wire.send(post("/no"));
  const answer = await wire.receive(/no$/);
  assert.match(answer, /^HTTP\/1.1 413 [^]*\r\nconnection: close\r\n/i);
  await wire.closed();
});

test("a client that waits to be asked for its content is not taken for dead", async () => {
  const go = Promise.withResolvers<void>();
  await using server = await serve({
    port: 0,
    timeouts: { pingInterval: 50, pingTimeout: 50 },
  }, async (request) => {
    await go.promise;
    return new Response(await request.text());
  });
  using wire = await Wire.open(server);
  wire.send(
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" +
      "Content-Length: 4\r\n\r\n",
  );
  // One that is not asked to wait is given up in the meantime.
  using other = await Wire.open(server);
  other.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  await other.closed();
  go.resolve();
  await wire.receive(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
  wire.send("body");
  await wire.receive(/^HTTP\/1.1 200 [^]*\r\n\r\nbody$/);
});
