import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  type Conn,
  handle,
  type Handler,
  ListenError,
  NotSupportedError,
  ResetError,
  serve,
  type ServeOptions,
  StatusError,
} from "../mod.ts";
import {
  makeCertificates,
  makeCertificatesFor,
} from "./support/certificates.ts";
import { bytes, pattern, readAll, text, within } from "./support/pair.ts";

interface Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  body: Uint8Array;
  resetCode: number;
}

/** One request by the HTTP/2 client of the runtime. */
async function ask(
  url: string,
  headers: http2.OutgoingHttpHeaders = {},
  body?: Uint8Array,
): Promise<Answer> {
  const session = http2.connect(url);
  session.on("error", () => {});
  try {
    const stream = session.request({ ":path": "/", ...headers }, {
      endStream: body === undefined,
    });
    const chunks: Uint8Array[] = [];
    const answer = new Promise<Answer>((resolve, reject) => {
      let head: http2.IncomingHttpHeaders & { ":status"?: number } = {};
      stream.on("response", (headers) => head = headers);
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () =>
        resolve({
          status: head[":status"]!,
          headers: head,
          body: Buffer.concat(chunks),
          resetCode: stream.rstCode ?? 0,
        }));
    });
    if (body !== undefined) stream.end(body);
    return await within(answer, "answer");
  } finally {
    const closed = new Promise((resolve) => session.on("close", resolve));
    session.destroy();
    await closed;
  }
}

async function withServer<T>(
  handler: Handler,
  use: (url: string) => Promise<T>,
  options: Partial<ServeOptions> = {},
): Promise<T> {
  const server = await serve({ port: 0, ...options }, handler);
  try {
    return await use(server.url);
  } finally {
    await server.shutdown(0);
  }
}

test("a handler answers with a Response like under Deno.serve", async () => {
  await withServer(
    (request, info) => {
      assert.equal(info.protocol, "h2");
      assert.equal(info.remoteAddr!.hostname, "127.0.0.1");
      const url = new URL(request.url);
      return new Response(`${request.method} ${url.pathname}${url.search}`, {
        status: 201,
        headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-y", "z"]],
      });
    },
    async (url) => {
      const answer = await ask(url, { ":method": "DELETE", ":path": "/p?q=1" });
      assert.equal(answer.status, 201);
      assert.equal(text(answer.body), "DELETE /p?q=1");
      assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
      assert.equal(answer.headers["x-y"], "z");
      assert.ok(!Number.isNaN(Date.parse(answer.headers.date!)));
    },
  );
});

test("bodies stream both ways", async () => {
  const sent = pattern(1024 * 1024);
  await withServer(
    (request) => new Response(request.body),
    async (url) => {
      const answer = await ask(url, { ":method": "POST" }, sent);
      assert.equal(answer.status, 200);
      assert.deepEqual(new Uint8Array(answer.body), sent);
    },
  );
});

test("a large body is read whole before there is a response", async () => {
  await withServer(async (request) => {
    const { byteLength } = await request.arrayBuffer();
    return new Response(String(byteLength));
  }, async (url) => {
    await using client = new Client();
    // Again on the same session: credit that is lost would stall it.
    for (let turn = 0; turn < 10; turn++) {
      const conn = client.connect(url);
      const write = conn.write(new Uint8Array(2_000_000));
      await Promise.all([write, conn.closeWrite()]);
      assert.equal(text(await within(readAll(conn), "answer")), "2000000");
    }
  });
});

test("a request's text and json are read whole", async () => {
  await withServer(
    async (request) => Response.json({ got: await request.json() }),
    async (url) => {
      const answer = await ask(url, { ":method": "POST" }, bytes('{"a":1}'));
      assert.deepEqual(JSON.parse(text(answer.body)), { got: { a: 1 } });
      assert.match(answer.headers["content-type"]!, /^application\/json/);
    },
  );
});

test("responses without content have none", async () => {
  await withServer(
    (request) => {
      const status = Number(new URL(request.url).pathname.slice(1));
      if (status !== 200) return new Response(null, { status });
      return new Response("content of GET", {
        headers: { "content-length": "14" },
      });
    },
    async (url) => {
      for (const status of [204, 304]) {
        const answer = await ask(url, { ":path": `/${status}` });
        assert.equal(answer.status, status);
        assert.equal(answer.body.length, 0);
      }
      const head = await ask(url, { ":method": "HEAD", ":path": "/200" });
      assert.equal(head.status, 200);
      assert.equal(head.headers["content-length"], "14");
      assert.equal(head.body.length, 0);
    },
  );
});

test("headers of HTTP/1.1 connections are left out of a response", async () => {
  await withServer(
    () =>
      new Response("x", {
        headers: { connection: "close", "keep-alive": "5", "x-ok": "1" },
      }),
    async (url) => {
      const answer = await ask(url);
      assert.equal(answer.headers.connection, undefined);
      assert.equal(answer.headers["keep-alive"], undefined);
      assert.equal(answer.headers["x-ok"], "1");
    },
  );
});

test("onError hears what a handler of handle() does wrong", async () => {
  const seen = Promise.withResolvers<unknown>();
  await withServer(
    handle(async (conn) => {
      await conn.closeWrite({ "content-length": "1" });
    }),
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await assert.rejects(within(conn.closed, "end"), ResetError);
      assert.ok(await within(seen.promise, "error") instanceof ArgumentError);
    },
    { onError: seen.resolve },
  );
});

test("what a handler throws is 500 without a word, and reaches onError", async () => {
  const seen: unknown[] = [];
  const error = new Error("secret");
  await withServer(
    () => {
      throw error;
    },
    async (url) => {
      const answer = await ask(url);
      assert.equal(answer.status, 500);
      assert.doesNotMatch(text(answer.body), /secret/);
      assert.deepEqual(seen, [error]);
    },
    { onError: (error) => void seen.push(error) },
  );
  await withServer(
    () => Promise.reject(error),
    async (url) => assert.equal((await ask(url)).status, 503),
    { onError: () => new Response("busy", { status: 503 }) },
  );
  await withServer(
    () => "no response" as unknown as Response,
    async (url) => assert.equal((await ask(url)).status, 500),
    { onError: () => {} },
  );
});

test("a StatusError that a handler throws is the response", async () => {
  await withServer(
    () => {
      throw new StatusError(418, { body: "teapot", headers: { "x-t": "1" } });
    },
    async (url) => {
      const answer = await ask(url);
      assert.equal(answer.status, 418);
      assert.equal(answer.headers["x-t"], "1");
      assert.equal(text(answer.body), "teapot");
    },
  );
});

test("a body that fails resets the stream, and never ends it", async () => {
  const seen: unknown[] = [];
  await withServer(
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
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await assert.rejects(readAll(conn), {
        name: "ResetError",
        h2Code: { name: "INTERNAL_ERROR", number: 2 },
      });
      assert.match(String(seen[0]), /disk is gone/);
    },
    { onError: (error) => void seen.push(error) },
  );
});

test("a client that leaves aborts the request's signal and the body", async () => {
  const signalled = Promise.withResolvers<unknown>();
  const cancelled = Promise.withResolvers<void>();
  const completed = Promise.withResolvers<void>();
  await withServer(
    (request, info) => {
      request.signal.addEventListener("abort", () => {
        signalled.resolve(request.signal.reason);
      });
      info.completed.catch(completed.resolve);
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(bytes("tick")),
          cancel: () => cancelled.resolve(),
        }),
      );
    },
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await conn.read(new Uint8Array(4));
      conn.abort();
      assert.ok(
        await within(signalled.promise, "signal") instanceof ResetError,
      );
      await within(cancelled.promise, "cancel");
      await within(completed.promise, "completed");
    },
  );
});

test("a request that is malformed is refused, and the session goes on", async () => {
  await withServer(() => new Response("fine"), async (url) => {
    assert.equal((await ask(url, { ":authority": "bad host" })).status, 400);
    assert.equal((await ask(url, { ":authority": "a:b:c" })).status, 400);
    assert.equal((await ask(url, { ":method": "TRACE" })).status, 501);
    assert.equal((await ask(url)).status, 200);
  });
});

test("an unread request body does not hold a response back", async () => {
  await withServer(() => new Response("early"), async (url) => {
    const answer = await ask(
      url,
      { ":method": "POST" },
      new Uint8Array(4 * 1024 * 1024),
    );
    assert.equal(answer.status, 200);
    assert.equal(text(answer.body), "early");
  });
});

test("serve() refuses bad input at the call", async () => {
  const { cert, key } = await makeCertificates();
  const other = await makeCertificatesFor("other.example");
  const ok = () => new Response();
  const bad: Promise<unknown>[] = [
    serve({ port: -1 }, ok),
    serve({ port: 70_000 }, ok),
    serve({ port: "80" as unknown as number }, ok),
    serve({ port: 0 }, undefined as unknown as Handler),
    serve({ port: 0, tls: { cert, key: "" } }, ok),
    serve({ port: 0, tls: { cert, key: other.key } }, ok),
    serve({ port: 0, tls: { cert: "no pem", key } }, ok),
    serve({ port: 0, limits: { maxResets: NaN } }, ok),
    serve(8000 as ServeOptions, ok),
    // Where Deno.serve takes them: it must not become cleartext.
    serve({ port: 0, cert, key } as ServeOptions, ok),
  ];
  for (const [index, result] of bad.entries()) {
    await assert.rejects(result, ArgumentError, `case ${index}`);
  }
});

test("a port in use says so", async () => {
  await using server = await serve({ port: 0 }, () => new Response());
  await assert.rejects(
    serve({ port: server.addr.port }, () => new Response()),
    (error) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, /the port is in use/);
      return true;
    },
  );
});

test("the port is free again after shutdown, and finished resolves", async () => {
  const server = await serve({ port: 0 }, () => new Response());
  await server.shutdown();
  await server.shutdown();
  await server.finished;
  const again = await serve({ port: server.addr.port }, () => new Response());
  await again.shutdown();
});

test("shutdown lets a Conn end, and cuts one that does not", async () => {
  const server = await serve(
    { port: 0 },
    handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    }),
  );
  await using client = new Client();
  const ends = client.connect(server.url);
  const stays = client.connect(server.url);
  await Promise.all([ends.opened, stays.opened]);
  const finished = server.shutdown(300);
  await ends.write(bytes("x"));
  await ends.closeWrite();
  assert.equal(text(await readAll(ends)), "x");
  await ends.closed;
  await within(finished, "shutdown", 3000);
  await assert.rejects(within(stays.closed, "cut"));
});

test("a signal shuts a server down", async () => {
  const aborter = new AbortController();
  const server = await serve(
    { port: 0, signal: aborter.signal },
    () => new Response(),
  );
  aborter.abort();
  await within(server.finished, "shutdown");
});

test("accept() and handle() follow the policy on other sites", async () => {
  const echo = handle(async (conn) => {
    for await (const chunk of conn) await conn.write(chunk);
  }, {
    origins: ["https://friend.example"],
  });
  await withServer(echo, async (url) => {
    const host = new URL(url).host;
    const post = { ":method": "POST" };
    const cases: [object, number][] = [
      [{}, 200],
      [{ origin: `http://${host}` }, 200],
      [{ origin: "https://friend.example" }, 200],
      [{ origin: "https://evil.example" }, 403],
      [{ origin: "null" }, 403],
      [{ origin: `chrome-extension://${host}` }, 403],
      [{ origin: "not an origin" }, 403],
      [{ "sec-fetch-site": "cross-site" }, 403],
      [{ "sec-fetch-site": "same-site" }, 403],
      [{ "sec-fetch-site": "same-origin" }, 200],
      [{ "sec-fetch-site": "none" }, 200],
      [{
        origin: "https://friend.example",
        "sec-fetch-site": "cross-site",
      }, 200],
      [{ origin: `http://${host}`, "sec-fetch-site": "cross-site" }, 403],
    ];
    for (const [headers, status] of cases) {
      const answer = await ask(url, { ...post, ...headers }, bytes("x"));
      assert.equal(answer.status, status, JSON.stringify(headers));
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
  });
});

test("a list of authorities keeps rebound names out", async () => {
  const handler = handle(() => {}, { authorities: ["localhost:1"] });
  await withServer(handler, async (url) => {
    const at = (authority: string) =>
      ask(url, { ":method": "POST", ":authority": authority }, bytes(""));
    assert.equal((await at("evil.example")).status, 421);
    assert.equal((await at("localhost:1")).status, 200);
  });
});

test("authorize decides before anything is answered", async () => {
  const opened: string[] = [];
  const handler = handle((_conn, request) => {
    opened.push(new URL(request.url).pathname);
  }, {
    async authorize(request) {
      await null;
      const path = new URL(request.url).pathname;
      if (path === "/own") return new Response("own", { status: 401 });
      return path === "/yes";
    },
  });
  await withServer(handler, async (url) => {
    for (const [path, status] of [["/own", 401], ["/no", 403], ["/yes", 200]]) {
      const answer = await ask(
        url,
        { ":method": "POST", ":path": path },
        bytes(""),
      );
      assert.equal(answer.status, status);
    }
    assert.deepEqual(opened, ["/yes"]);
  });
});

test("handle() closes on return, and resets on throw", async () => {
  const seen: unknown[] = [];
  const handler = handle(async (conn, request) => {
    await conn.write(bytes("hi"));
    if (new URL(request.url).pathname === "/throw") throw new Error("oops");
  });
  await withServer(handler, async (url) => {
    await using client = new Client();
    const fine = client.connect(url);
    assert.equal(text(await readAll(fine)), "hi");
    await fine.close();
    await within(fine.closed, "clean end");
    const cut = client.connect(`${url}/throw`);
    await assert.rejects(readAll(cut), {
      name: "ResetError",
      h2Code: { name: "INTERNAL_ERROR", number: 2 },
    });
    assert.match(String(seen[0]), /oops/);
    assert.equal(seen.length, 1);
  }, { onError: (error) => void seen.push(error) });
});

test("accept() sends status and headers at once, before any byte", async () => {
  let far: Conn | undefined;
  await withServer((request) => {
    const { conn, response } = accept(request, {
      status: 202,
      headers: { "x-mine": "1" },
    });
    far = conn;
    return response;
  }, async (url) => {
    await using client = new Client();
    const conn = client.connect(url);
    const info = await within(conn.opened, "headers");
    assert.equal(info.status, 202);
    assert.equal(info.headers.get("x-mine"), "1");
    assert.equal((await far!.opened).method, "POST");
    await far!.close();
    await conn.close();
  });
});

test("handle() wants a function", () => {
  const fn = undefined as unknown as () => void;
  assert.throws(() => handle(fn), ArgumentError);
});

test("who accepts and forgets to return the response is told", async () => {
  const forgotten: Handler[] = [
    (request) => void accept(request) as unknown as Response,
    (request) => accept(request).conn as unknown as Response,
    (request) => {
      accept(request);
      return new Response("another");
    },
  ];
  for (const handler of forgotten) {
    const seen = Promise.withResolvers<unknown>();
    await withServer(handler, async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await assert.rejects(within(conn.closed, "end"), {
        name: "ResetError",
        message: /INTERNAL_ERROR/,
      });
      const error = await within(seen.promise, "error");
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, /return the response (that|of)/);
    }, { onError: seen.resolve });
  }
});

test("accept() refuses what cannot be accepted", async () => {
  assert.throws(
    () => accept(new Request("http://localhost/")),
    NotSupportedError,
  );
  const results: unknown[] = [];
  await withServer(async (request) => {
    for (const options of [{ status: 404 }, { status: 204 }, { status: 1.5 }]) {
      try {
        accept(request, options);
      } catch (error) {
        results.push(error);
      }
    }
    await request.text();
    try {
      accept(request);
    } catch (error) {
      results.push(error);
    }
    return new Response("done");
  }, async (url) => {
    await ask(url, { ":method": "POST" }, bytes("x"));
    assert.equal(results.length, 4);
    for (const error of results) assert.ok(error instanceof ArgumentError);
  });
});

test("a HEAD is not accepted: its response has no content", async () => {
  await withServer(handle(() => {}), async (url) => {
    assert.equal((await ask(url, { ":method": "HEAD" })).status, 501);
  });
});

test("an HTTP/1.1 client is told if the server speaks HTTP/2 only", async () => {
  await withServer(() => new Response(), async (url) => {
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += chunk;
    assert.match(answer, /^HTTP\/1\.1 505 /);
    assert.match(answer, /HTTP\/2 only/);
  }, { allowHttp1: false });
});

test("a request that was answered is not accepted any more", async () => {
  const tried = Promise.withResolvers<unknown>();
  await withServer((request) => {
    setTimeout(() => {
      try {
        tried.resolve(accept(request));
      } catch (error) {
        tried.resolve(error);
      }
    }, 20);
    return new Response("too late");
  }, async (url) => {
    assert.equal(text((await ask(url)).body), "too late");
    assert.ok(await tried.promise instanceof ArgumentError);
  });
});

test("a body is cancelled if the client leaves before there is a response", async () => {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await withServer(async (request) => {
    request.signal.addEventListener("abort", () => left.resolve());
    asked.resolve();
    await left.promise;
    return new Response(
      new ReadableStream({ cancel: () => cancelled.resolve() }),
    );
  }, async (url) => {
    await using client = new Client();
    const conn = client.connect(url);
    await asked.promise;
    conn.abort();
    await within(cancelled.promise, "cancel");
  });
});

test("handlers count until they are done, whatever becomes of their streams", async () => {
  let running = 0;
  let most = 0;
  const stop = Promise.withResolvers<void>();
  const handler = handle(async () => {
    most = Math.max(most, ++running);
    await stop.promise;
    running--;
  });
  const server = await serve(
    { port: 0, limits: { maxConcurrentStreams: 8 } },
    handler,
  );
  await using client = new Client();
  for (let turn = 0; turn < 40; turn++) {
    const conn = client.connect(server.url);
    await conn.opened.catch(() => {});
    conn.abort();
  }
  stop.resolve();
  await server.shutdown(0);
  assert.equal(most, 10);
});

test("a grace may be for ever, and must be a number", async () => {
  const server = await serve(
    { port: 0 },
    handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    }),
  );
  const client = new Client();
  const conn = client.connect(server.url);
  await conn.opened;
  const closed = client.close({ graceMs: Infinity });
  await conn.write(bytes("still"));
  await conn.closeWrite();
  assert.equal(text(await readAll(conn)), "still");
  await within(closed, "close");
  assert.throws(() => server.shutdown(NaN), ArgumentError);
  assert.throws(() => server.shutdown(-1), ArgumentError);
  await assert.rejects(client.close({ graceMs: NaN }), ArgumentError);
  await server.shutdown();
});
