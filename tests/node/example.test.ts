import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../mod.ts";
import { startServer } from "../support/example.ts";
import { bytes, readAll, readExactly, text, within } from "../support/pair.ts";

test("the example serves its pages, and an echo beside them", {
  timeout: 30_000,
}, async () => {
  const args = ["--port", "0"];
  const { program, url } = await startServer("node_http2_server", args);
  await using _ = program;
  await using client = new Client();
  const conn = client.connect(`${url}/echo`);
  await conn.write(bytes("hello"));
  assert.equal(text(await within(readExactly(conn, 5), "echo")), "hello");
  const page = client.connect(`${url}/`, { method: "GET" });
  assert.match(text(await within(readAll(page), "page")), /what you want/);
  await conn.closeWrite();
  await within(conn.closed, "clean end");
});
