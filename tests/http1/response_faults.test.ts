/** Responses of handlers that cannot be sent as they are, in both versions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError, type Handler, StatusError } from "../../mod.ts";
import { text, within } from "../support/pair.ts";
import { ask, WAYS, withServer } from "./ask.ts";

/** A response whose body says when it is dropped. */
function droppable(init: ResponseInit) {
  const dropped = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    cancel() {
      dropped.resolve();
      throw new Error("not heard");
    },
  });
  return { response: () => new Response(body, init), dropped: dropped.promise };
}

for (const way of WAYS) {
  test(`a response that cannot be sent is 500, and told (${way.name})`, async () => {
    const handlers: Record<string, Handler> = {
      async "/read"() {
        const response = new Response("some of it is gone");
        const reader = response.body!.getReader();
        await reader.read();
        reader.releaseLock();
        return response;
      },
      "/locked"() {
        const response = new Response("in use");
        response.body!.getReader();
        return response;
      },
      "/informational"() {
        // Node makes none of them.
        const response = new Response(null);
        Object.defineProperty(response, "status", { value: 101 });
        return response;
      },
      "/length"() {
        return new Response("x", { headers: { "content-length": "one" } });
      },
      "/no-content"() {
        return new Response(null, { headers: { "content-length": "5" } });
      },
    };
    const seen: unknown[] = [];
    await withServer(way, (request, info) => {
      return handlers[new URL(request.url).pathname](request, info);
    }, async (server) => {
      for (const [index, path] of Object.keys(handlers).entries()) {
        const answer = await ask(way, server, { path });
        assert.equal(answer.status, 500, path);
        assert.equal(text(answer.body), "Internal Server Error\n", path);
        assert.equal(seen.length, index + 1, path);
        assert.ok(seen[index] instanceof ArgumentError, path);
      }
    }, { onError: (error) => void seen.push(error) });
  });

  test(`the body of a response that cannot be sent is dropped (${way.name})`, async () => {
    const { response, dropped } = droppable({ headers: { te: "gzip" } });
    await withServer(way, response, async (server) => {
      assert.equal((await ask(way, server)).status, 500);
      await within(dropped, "cancel");
    }, { onError: () => {} });
  });

  for (const length of ["2", "20"]) {
    test(`a body that is not of its length ${length} is cut, and told (${way.name})`, async () => {
      const seen: unknown[] = [];
      await withServer(
        way,
        () => new Response("hello", { headers: { "content-length": length } }),
        async (server) => {
          assert.equal((await ask(way, server)).isWhole, false);
          assert.equal(seen.length, 1);
          assert.match(String(seen[0]), /not of its content-length/);
        },
        { onError: (error) => void seen.push(error) },
      );
    });
  }

  test(`a length of no content is left out, that of HEAD is not (${way.name})`, async () => {
    await withServer(way, (request) => {
      const status = request.method === "HEAD" ? 200 : 204;
      return new Response(null, { status, headers: { "content-length": "5" } });
    }, async (server) => {
      const none = await ask(way, server);
      assert.equal(none.status, 204);
      assert.equal(none.headers["content-length"], undefined);
      const head = await ask(way, server, { method: "HEAD" });
      assert.equal(head.headers["content-length"], "5");
    });
  });

  test(`a StatusError that a client got can be passed on (${way.name})`, async () => {
    const errors: Record<string, StatusError> = {
      "/304": new StatusError(304, { headers: { etag: '"1"' } }),
      "/404": new StatusError(404, {
        headers: { "content-length": "10000", "content-encoding": "gzip" },
        body: "its start",
      }),
    };
    await withServer(way, ({ url }) => {
      throw errors[new URL(url).pathname];
    }, async (server) => {
      const unchanged = await ask(way, server, { path: "/304" });
      assert.equal(unchanged.status, 304);
      assert.equal(unchanged.headers.etag, '"1"');
      const missing = await ask(way, server, { path: "/404" });
      assert.equal(missing.status, 404);
      assert.equal(missing.headers["content-encoding"], undefined);
      assert.equal(text(missing.body), "its start");
      assert.ok(missing.isWhole);
    });
  });

  test(`what onError throws is 500 (${way.name})`, async () => {
    await withServer(
      way,
      () => Promise.reject(new Error("first")),
      async (server) => assert.equal((await ask(way, server)).status, 500),
      {
        onError() {
          throw new Error("second");
        },
      },
    );
  });
}
