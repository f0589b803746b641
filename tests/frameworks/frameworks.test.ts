/**
 * The examples with web frameworks: a Conn beside a page, each program in a
 * process on its runtime.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import { text as readText } from "node:stream/consumers";
import { test } from "node:test";
import { Client } from "../../mod.ts";
import {
  bytes,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "../support/pair.ts";
import type { Runtime } from "../support/runtimes.ts";
import { start } from "./program.ts";

interface Example {
  /** Of its file, without `.ts`. */
  readonly name: string;
  readonly runtime: Runtime;
  readonly page: string;
  /** What a request over HTTP/1.1 to the Conn's path gets. Default 505. */
  readonly refusal?: number;
}

const examples: readonly Example[] = [
  { name: "hono_deno", runtime: "deno", page: "Hello from Hono" },
  { name: "hono_bun", runtime: "bun", page: "Hello from Hono" },
  { name: "hono_node", runtime: "node", page: "Hello from Hono" },
  { name: "oak_deno", runtime: "deno", page: "Hello from Oak" },
  { name: "elysia_bun", runtime: "bun", page: "Hello from Elysia" },
  {
    name: "express_node",
    runtime: "node",
    page: "Hello from Express",
    refusal: 404,
  },
  { name: "fastify_node", runtime: "node", page: "Hello from Fastify" },
  { name: "koa_node", runtime: "node", page: "Hello from Koa" },
];

for (const { name, runtime, page, refusal = 505 } of examples) {
  test(`${name}.ts echoes, and has a page in both versions of HTTP`, {
    timeout: 60_000,
  }, async () => {
    await using program = await start(name, runtime);
    const { url, ca } = program;
    await using client = new Client({ tls: { ca } });

    const conn = client.connect(`${url}/echo`);
    await within(conn.write(bytes("hello")), "write");
    const back = await within(readExactly(conn, 5), "echo");
    assert.equal(text(back), "hello");
    const sent = pattern(1_000_000);
    const received = readAll(conn);
    await within(conn.write(sent), "long write");
    await conn.closeWrite();
    assert.deepEqual(await within(received, "long echo"), sent);
    await within(conn.closed, "end");

    const get = client.connect(url, { method: "GET" });
    await get.closeWrite();
    assert.equal(text(await within(readAll(get), "page")), page);

    const request = https.get(url, { ca, agent: false });
    const [response] = await within(once(request, "response"), "HTTP/1.1");
    assert.equal(response.httpVersion, "1.1");
    assert.equal(await within(readText(response), "page"), page);
  });

  test(`${name}.ts outlives a client that resets, and refuses HTTP/1.1`, {
    timeout: 60_000,
  }, async () => {
    await using program = await start(name, runtime);
    const { url, ca } = program;
    await using client = new Client({ tls: { ca } });

    // Content of a type that frameworks like to read for themselves.
    const headers = { "content-type": "application/json" };
    for (const ending of ["reset", "end"]) {
      const conn = client.connect(`${url}/echo`, { headers });
      await within(conn.write(bytes("hello")), "write");
      const back = await within(readExactly(conn, 5), "echo");
      assert.equal(text(back), "hello");
      if (ending === "reset") conn.abort();
      else await within(conn.close(), ending);
    }

    const request = https.request(`${url}/echo`, {
      method: "POST",
      ca,
      agent: false,
    });
    request.write("hello"); // so that its length is unknown
    request.end();
    const [response] = await within(once(request, "response"), "HTTP/1.1");
    assert.equal(response.statusCode, refusal);
    response.resume();
  });
}
