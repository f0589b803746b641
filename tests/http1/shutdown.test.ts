/** How a server with connections of HTTP/1.1 ends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, handle, type Handler, serve } from "../../mod.ts";
import { bytes, within } from "../support/pair.ts";
import { get, Wire } from "./wire.ts";

/** Answers `/now` at once, and all else when it is let go. */
function makeHandler() {
  const go = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const handler: Handler = async (request) => {
    if (new URL(request.url).pathname !== "/now") {
      asked.resolve();
      await go.promise;
    }
    return new Response("answer");
  };
  return { go, asked, handler };
}

test("shutdown closes idle and half-asked connections at once", async () => {
  const { handler } = makeHandler();
  const server = await serve({ port: 0 }, handler);
  using idle = await Wire.open(server);
  idle.send(get("/now"));
  await idle.receive(/answer/);
  using silent = await Wire.open(server);
  using method = await Wire.open(server);
  method.send("GE");
  using half = await Wire.open(server);
  half.send("GET / HTTP/1.1\r\n");
  // So that the bytes above have come.
  using last = await Wire.open(server);
  last.send(get("/now"));
  await last.receive(/answer/);
  await within(server.shutdown(60_000), "shutdown", 3000);
  for (const wire of [idle, silent, method, half, last]) await wire.closed();
});

test("shutdown lets a busy connection end, and says that it is the last", async () => {
  const { go, asked, handler } = makeHandler();
  const server = await serve({ port: 0 }, handler);
  using wire = await Wire.open(server);
  wire.send(get("/later"));
  await within(asked.promise, "handler");
  const finished = server.shutdown(60_000);
  await assert.rejects(Wire.open(server));
  go.resolve();
  const answer = await wire.receive(/answer/);
  assert.match(answer, /^HTTP\/1.1 200 [\s\S]*\r\nconnection: close\r\n/i);
  await wire.closed();
  await within(finished, "shutdown", 3000);
  await server.finished;
});

test("shutdown answers the requests that came together", async () => {
  const { go, asked, handler } = makeHandler();
  const server = await serve({ port: 0 }, handler);
  using wire = await Wire.open(server);
  wire.send(get("/first") + get("/second"));
  await within(asked.promise, "handler");
  const finished = server.shutdown(60_000);
  go.resolve();
  assert.doesNotMatch(await wire.receive(/answer/), /connection: close/i);
  assert.match(await wire.receive(/answer/), /\r\nconnection: close\r\n/i);
  await wire.closed();
  await within(finished, "shutdown", 3000);
});

test("shutdown lets a response end that has begun", async () => {
  const go = Promise.withResolvers<void>();
  const server = await serve({ port: 0 }, () => {
    let turn = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          if (turn++ === 0) return controller.enqueue(bytes("start"));
          await go.promise;
          controller.enqueue(bytes("end"));
          controller.close();
        },
      }),
    );
  });
  using wire = await Wire.open(server);
  wire.send(get());
  await wire.receive(/start/);
  const finished = server.shutdown(60_000);
  go.resolve();
  await wire.receive(/end\r\n0\r\n\r\n/);
  await wire.closed();
  await within(finished, "shutdown", 3000);
});

test("shutdown cuts after its grace, and the handler hears of it", async () => {
  const { asked, handler } = makeHandler();
  const aborted = Promise.withResolvers<unknown>();
  const server = await serve({ port: 0 }, (request, info) => {
    request.signal.addEventListener(
      "abort",
      () => aborted.resolve(request.signal.reason),
    );
    return handler(request, info);
  });
  using wire = await Wire.open(server);
  wire.send(get("/never"));
  await within(asked.promise, "handler");
  await within(server.shutdown(200), "shutdown", 3000);
  assert.match(String(await aborted.promise), /Server was shut down/);
  await wire.closed();
});

test("shutdown is for both versions", async () => {
  const { go, asked, handler } = makeHandler();
  const accepting = handle(async (conn) => {
    for await (const chunk of conn) await conn.write(chunk);
  });
  const server = await serve(
    { port: 0 },
    (request, info) =>
      info.protocol === "h2" ? accepting(request) : handler(request, info),
  );
  const client = new Client();
  const conn = client.connect(server.url);
  await conn.write(bytes("x"));
  await within(conn.opened, "headers");
  using wire = await Wire.open(server);
  wire.send(get("/later"));
  await within(asked.promise, "handler");
  const finished = server.shutdown(60_000);
  go.resolve();
  await wire.closed();
  await conn.close();
  await within(finished, "shutdown", 3000);
  await client.close();
});
