/**
 * The fetch handlers of web frameworks in h2conn's own server, on every
 * runtime.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Elysia } from "elysia";
import { Hono } from "hono";
import { Client, handle, serve } from "../../mod.ts";
import { bytes, readAll, readExactly, text, within } from "../support/pair.ts";

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));

const apps: Record<string, (request: Request) => Response | Promise<Response>> =
  {
    // Its timer would outlive the test.
    Elysia: new Elysia({ sucrose: { gcTime: null } })
      .get("/", () => "Hello")
      .post("/echo", ({ request }) => echo(request), { parse: "none" })
      .fetch,
    Hono: new Hono()
      .get("/", (c) => c.text("Hello"))
      .post("/echo", (c) => echo(c.req.raw))
      .fetch,
  };

for (const [name, fetch] of Object.entries(apps)) {
  test(`${name} in serve() echoes, and has a page`, async () => {
    await using server = await serve({ port: 0 }, (request) => fetch(request));
    await using client = new Client();

    const conn = client.connect(`${server.url}/echo`, {
      headers: { "content-type": "text/plain" },
    });
    await within(conn.write(bytes("hello")), "write");
    const back = await within(readExactly(conn, 5), "echo");
    assert.equal(text(back), "hello");
    await conn.closeWrite();
    assert.equal(await within(conn.read(new Uint8Array(1)), "EOF"), null);
    await within(conn.closed, "end");

    const get = client.connect(server.url, { method: "GET" });
    await get.closeWrite();
    assert.equal(text(await within(readAll(get), "page")), "Hello");
  });
}
