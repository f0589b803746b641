/** What a handler sees and gives is the same in both HTTP versions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { accept, handle, NotSupportedError, StatusError } from "../../mod.ts";
import { bytes, pattern, text } from "../support/pair.ts";
import { ask, WAYS, withServer } from "./ask.ts";

for (const way of WAYS) {
  const name = (what: string) => `${what} (${way.name})`;
  const scheme = way.secure ? "https" : "http";

  test(
    name("a handler gets a Request and answers with a Response"),
    async () => {
      await withServer(way, (request, info) => {
        assert.equal(info.protocol, way.version);
        assert.equal(info.remoteAddr!.hostname, "127.0.0.1");
        assert.ok(info.remoteAddr!.port > 0);
        assert.equal(
          request.url,
          `${scheme}://example.test:8080/p/q?a=1&b=%20`,
        );
        return new Response(
          `${request.method} ${request.headers.get("x-in")}`,
          {
            status: 201,
            headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"], [
              "x-y",
              "z",
            ]],
          },
        );
      }, async (server) => {
        const answer = await ask(way, server, {
          method: "DELETE",
          path: "/p/q?a=1&b=%20",
          headers: way.version === "h2"
            ? { ":authority": "example.test:8080", "x-in": "in" }
            : { host: "example.test:8080", "x-in": "in" },
        });
        assert.equal(answer.status, 201);
        assert.equal(text(answer.body), "DELETE in");
        assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
        assert.equal(answer.headers["x-y"], "z");
        assert.ok(!Number.isNaN(Date.parse(answer.headers.date!)));
        assert.ok(answer.isWhole);
      });
    },
  );

  test(name("addresses are those of the sockets"), async () => {
    await withServer(way, (_request, info) => {
      return Response.json([info.localAddr, info.remoteAddr]);
    }, async (server) => {
      const answer = await ask(way, server);
      const [local, remote] = JSON.parse(text(answer.body));
      assert.deepEqual(local, server.addr);
      assert.equal(remote.transport, "tcp");
      assert.equal(remote.hostname, "127.0.0.1");
    });
  });

  test(name("bodies stream both ways"), async () => {
    const sent = pattern(3_000_000);
    await withServer(
      way,
      (request) => new Response(request.body),
      async (server) => {
        const answer = await ask(way, server, { method: "POST", body: sent });
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.body, sent);
      },
    );
  });

  test(name("a request's json is read, and json answered"), async () => {
    await withServer(
      way,
      async (request) => Response.json({ got: await request.json() }),
      async (server) => {
        const answer = await ask(way, server, {
          method: "PUT",
          body: bytes('{"a":1}'),
        });
        assert.deepEqual(JSON.parse(text(answer.body)), { got: { a: 1 } });
        assert.match(answer.headers["content-type"]!, /^application\/json/);
      },
    );
  });

  test(name("responses without content have none"), async () => {
    await withServer(way, (request) => {
      const status = Number(new URL(request.url).pathname.slice(1));
      if (status !== 200) return new Response(null, { status });
      return new Response("content of GET", {
        headers: { "content-length": "14" },
      });
    }, async (server) => {
      for (const status of [204, 304, 205]) {
        const answer = await ask(way, server, { path: `/${status}` });
        assert.equal(answer.status, status);
        assert.equal(answer.body.length, 0);
        assert.ok(answer.isWhole);
      }
      const head = await ask(way, server, { method: "HEAD", path: "/200" });
      assert.equal(head.status, 200);
      assert.equal(head.headers["content-length"], "14");
      assert.equal(head.body.length, 0);
      const get = await ask(way, server, { path: "/200" });
      assert.equal(get.headers["content-length"], "14");
      assert.equal(text(get.body), "content of GET");
    });
  });

  test(name("headers of a connection are not the handler's"), async () => {
    await withServer(way, () =>
      new Response("x", {
        headers: {
          "keep-alive": "timeout=77",
          "transfer-encoding": "gzip, chunked",
          "x-ok": "1",
          upgrade: "h3",
          trailer: "x-trailer",
          date: "Thu, 01 Jan 1970 00:00:00 GMT",
        },
      }), async (server) => {
      const answer = await ask(way, server);
      assert.equal(text(answer.body), "x");
      assert.equal(answer.headers["x-ok"], "1");
      assert.equal(answer.headers.upgrade, undefined);
      assert.doesNotMatch(String(answer.headers["keep-alive"]), /77/);
      assert.doesNotMatch(answer.headers["transfer-encoding"] ?? "", /gzip/);
      assert.equal(answer.headers.date, "Thu, 01 Jan 1970 00:00:00 GMT");
    });
  });

  test(name("what a handler throws is 500, and reaches onError"), async () => {
    const seen: unknown[] = [];
    const error = new Error("secret");
    await withServer(
      way,
      () => Promise.reject(error),
      async (server) => {
        const answer = await ask(way, server);
        assert.equal(answer.status, 500);
        assert.doesNotMatch(text(answer.body), /secret/);
        assert.deepEqual(seen, [error]);
      },
      { onError: (error) => void seen.push(error) },
    );
    await withServer(
      way,
      () => "no response" as unknown as Response,
      async (server) => assert.equal((await ask(way, server)).status, 503),
      { onError: () => new Response("busy", { status: 503 }) },
    );
  });

  test(name("a StatusError is the response"), async () => {
    await withServer(way, () => {
      throw new StatusError(418, { body: "teapot", headers: { "x-t": "1" } });
    }, async (server) => {
      const answer = await ask(way, server);
      assert.equal(answer.status, 418);
      assert.equal(answer.headers["x-t"], "1");
      assert.equal(text(answer.body), "teapot");
    });
  });

  test(name("Response.error() is 500"), async () => {
    await withServer(
      way,
      () => Response.error(),
      async (server) => assert.equal((await ask(way, server)).status, 500),
    );
  });

  test(name("a body that fails is never a whole one"), async () => {
    const seen: unknown[] = [];
    await withServer(
      way,
      () => {
        let turn = 0;
        return new Response(
          new ReadableStream({
            pull(controller) {
              if (turn++ === 0) controller.enqueue(bytes("part"));
              else controller.error(new Error("disk is gone"));
            },
          }),
        );
      },
      async (server) => {
        const answer = await ask(way, server);
        assert.equal(answer.status, 200);
        assert.equal(answer.isWhole, false);
        assert.match(String(seen[0]), /disk is gone/);
        assert.equal(seen.length, 1);
      },
      { onError: (error) => void seen.push(error) },
    );
  });

  test(
    name("an unread request body does not hold a response back"),
    async () => {
      await withServer(way, () => new Response("early"), async (server) => {
        const answer = await ask(way, server, {
          method: "POST",
          body: new Uint8Array(200_000),
        });
        assert.equal(answer.status, 200);
        assert.equal(text(answer.body), "early");
      });
    },
  );

  test(name("completed resolves after the response"), async () => {
    const completed = Promise.withResolvers<void>();
    await withServer(way, (_request, info) => {
      info.completed.then(completed.resolve, completed.reject);
      return new Response("done");
    }, async (server) => {
      await ask(way, server);
      await completed.promise;
    });
  });

  test(name("methods that Request does not take are 501"), async () => {
    await withServer(way, () => new Response(), async (server) => {
      const answer = await ask(way, server, { method: "TRACE" });
      assert.equal(answer.status, 501);
    });
  });
}

for (const way of WAYS.filter(({ version }) => version === "http/1.1")) {
  test(`accept() throws NotSupportedError, handle() answers 505 (${way.name})`, async () => {
    const seen: unknown[] = [];
    await withServer(way, (request, info) => {
      try {
        accept(request);
      } catch (error) {
        seen.push(error);
      }
      return handle(() => {})(request, info);
    }, async (server) => {
      const answer = await ask(way, server, {
        method: "POST",
        body: bytes("x"),
      });
      assert.equal(answer.status, 505);
      assert.equal(
        text(answer.body),
        "Cannot accept: the request is not HTTP/2\n",
      );
      assert.ok(seen[0] instanceof NotSupportedError);
    });
  });
}
