import assert from "node:assert/strict";
import http from "node:http";
import http2 from "node:http2";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  connect,
  ConnectError,
  handle,
  type Handler,
  NotSupportedError,
  type Push,
  type PushResult,
  ResetError,
  serve,
  type ServeInfo,
  type ServeOptions,
} from "../mod.ts";
import { makeCertificates } from "./support/certificates.ts";
import { bytes, pattern, readAll, text, within } from "./support/pair.ts";

/** A listener that collects pushes, and a way to wait for one. */
function collect() {
  const waiting: ((push: Push) => void)[] = [];
  const arrived: Push[] = [];
  return {
    onPush(push: Push): void {
      const next = waiting.shift();
      if (next) next(push);
      else arrived.push(push);
    },
    next(): Promise<Push> {
      const push = arrived.shift();
      if (push) return Promise.resolve(push);
      return within(new Promise((resolve) => waiting.push(resolve)), "push");
    },
    arrived,
  };
}

async function withServer(
  handler: Handler,
  use: (url: string) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const server = await serve({ port: 0, ...options }, handler);
  try {
    await use(server.url);
  } finally {
    await server.shutdown(0);
  }
}

/** Accepts, lets `act` do what it likes with `info`, and echoes. */
function echoAfter(act: (info: ServeInfo) => void): Handler {
  return handle(async (conn, _request, info) => {
    act(info!);
    for await (const chunk of conn) await conn.write(chunk);
  }) as Handler;
}

for (const tls of [false, true]) {
  test(`a handler's answer to a GET is pushed and received (${tls ? "TLS" : "cleartext"})`, async () => {
    const { ca, cert, key } = await makeCertificates();
    const results: PushResult[] = [];
    const handler: Handler = (request, info) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/2nd") {
        assert.equal(request.method, "GET");
        assert.equal(request.headers.get("x-why"), "because");
        return new Response("Hello Again!", { headers: { "x-second": "yes" } });
      }
      results.push(info.push("/2nd?a=b", { headers: { "x-why": "because" } }));
      return new Response("Hello");
    };
    await withServer(handler, async (url) => {
      await using client = new Client({ tls: { ca } });
      const pushes = collect();
      const conn = client.connect(url, { onPush: pushes.onPush });
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "Hello");
      const { request, response } = await pushes.next();
      assert.equal(request.method, "GET");
      assert.equal(request.url, `${new URL(url).origin}/2nd?a=b`);
      assert.equal(request.headers.get("x-why"), "because");
      const answer = await within(response, "pushed response");
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("x-second"), "yes");
      assert.equal(await answer.text(), "Hello Again!");
      assert.deepEqual(results, [{ pushed: true }]);
    }, tls ? { tls: { cert, key } } : {});
  });
}

test("a given Response is pushed, with a large body", async () => {
  const large = pattern(3 * 1024 * 1024);
  const handler: Handler = (_request, info) => {
    const response = new Response(large, { status: 203 });
    assert.deepEqual(info.push("/large", { response }), { pushed: true });
    return new Response("main");
  };
  await withServer(handler, async (url) => {
    const pushes = collect();
    await using client = new Client({ onPush: pushes.onPush });
    const conn = client.connect(url);
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "main");
    const answer = await (await pushes.next()).response;
    assert.equal(answer.status, 203);
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), large);
  });
});

test("a promised HEAD, and a 304, have no body", async () => {
  const handler: Handler = (request, info) => {
    if (request.method === "HEAD") {
      return new Response("not sent", { headers: { "x-head": "1" } });
    }
    info.push("/head", { method: "HEAD" });
    info.push("/same", { response: new Response(null, { status: 304 }) });
    return new Response("main");
  };
  await withServer(handler, async (url) => {
    const pushes = collect();
    await using client = new Client({ onPush: pushes.onPush });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    const head = await pushes.next();
    assert.equal(head.request.method, "HEAD");
    const answer = await head.response;
    assert.equal(answer.headers.get("x-head"), "1");
    assert.equal(answer.body, null);
    assert.equal((await (await pushes.next()).response).status, 304);
  });
});

test("a push can be made while a Conn is open", async () => {
  await withServer(
    (request, info) =>
      new URL(request.url).pathname === "/pushed"
        ? new Response("pushed")
        : echoAfter((info) => {
          assert.deepEqual(info.push("/pushed"), { pushed: true });
        })(request, info),
    async (url) => {
      const pushes = collect();
      await using client = new Client();
      const conn = client.connect(url, { onPush: pushes.onPush });
      await conn.write(bytes("hello"));
      assert.equal(
        await (await (await pushes.next()).response).text(),
        "pushed",
      );
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "hello");
    },
  );
});

test("push is off unless someone listens, and says so", async () => {
  const results: PushResult[] = [];
  await withServer(
    echoAfter((info) => results.push(info.push("/x"))),
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await conn.closeWrite();
      await readAll(conn);
      assert.deepEqual(results, [{ pushed: false, reason: "disabled" }]);
      // With and without a listener are different settings of a session.
      const other = client.connect(url, { onPush: (push) => push.cancel() });
      await other.closeWrite();
      await readAll(other);
      assert.deepEqual(results[1], { pushed: true });
      assert.notEqual(conn.localAddr!.port, other.localAddr!.port);
    },
  );
});

test("over HTTP/1.1 there is no push, and it says so", async () => {
  const results: PushResult[] = [];
  await withServer((_request, info) => {
    assert.throws(() => info.push("no-slash"), ArgumentError);
    results.push(info.push("/x"));
    return new Response("main");
  }, async (url) => {
    const body = new Promise<string>((resolve, reject) => {
      http.get(url, { agent: false }, (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("end", () => resolve(text));
      }).on("error", reject);
    });
    assert.equal(await within(body, "body"), "main");
    assert.deepEqual(results, [{ pushed: false, reason: "http1" }]);
  });
});

test("a pushed request does not push, and cannot be accepted", async () => {
  const seen: unknown[] = [];
  const accepting = handle(() => {});
  const handler: Handler = (request, info) => {
    if (new URL(request.url).pathname === "/main") {
      info.push("/nested");
      info.push("/accepts");
      return new Response("main");
    }
    seen.push(info.push("/more"));
    return accepting(request, info);
  };
  await withServer(handler, async (url) => {
    const pushes = collect();
    await using client = new Client({ onPush: pushes.onPush });
    const conn = client.connect(`${url}/main`);
    await conn.closeWrite();
    await readAll(conn);
    for (let index = 0; index < 2; index++) {
      const answer = await (await pushes.next()).response;
      assert.equal(answer.status, 505);
      await answer.body!.cancel();
    }
    const nested = { pushed: false, reason: "nested" };
    assert.deepEqual(seen, [nested, nested]);
  });
});

test("pushes beyond the client's limit are not made", async () => {
  const results: PushResult[] = [];
  await withServer(
    echoAfter((info) => {
      for (let index = 0; index < 6; index++) {
        results.push(info.push(`/${index}`, { response: endless() }));
      }
    }),
    async (url) => {
      const pushes = collect();
      await using client = new Client({
        limits: { maxConcurrentStreams: 4 },
        onPush: pushes.onPush,
      });
      const conn = client.connect(url);
      await conn.closeWrite();
      await readAll(conn);
      assert.equal(results.filter((result) => result.pushed).length, 4);
      assert.deepEqual(results.slice(4), [
        { pushed: false, reason: "limit" },
        { pushed: false, reason: "limit" },
      ]);
      for (let index = 0; index < 4; index++) (await pushes.next()).cancel();
    },
  );
});

test("a push after the response says that it is closed", async () => {
  const late = Promise.withResolvers<PushResult>();
  await withServer((_request, info) => {
    info.completed.then(() => late.resolve(info.push("/late")));
    return new Response("done");
  }, async (url) => {
    await using client = new Client({ onPush: (push) => push.cancel() });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    assert.deepEqual(await within(late.promise, "late push"), {
      pushed: false,
      reason: "closed",
    });
  });
});

test("bad arguments of push throw", async () => {
  const thrown: unknown[] = [];
  const used = new Response("used");
  await used.text();
  const calls: ((info: ServeInfo) => void)[] = [
    (info) => info.push("no-slash"),
    (info) => info.push("/with space"),
    (info) => info.push("/x", { method: "POST" as "GET" }),
    (info) => info.push("/x", { headers: { connection: "close" } }),
    (info) => info.push("/x", { response: used }),
    (info) => info.push("/x", { headers: { "content-length": "3" } }),
    (info) => info.push("/x", { headers: { host: "elsewhere" } }),
  ];
  await withServer(
    echoAfter((info) => {
      for (const call of calls) {
        try {
          call(info);
          thrown.push("nothing");
        } catch (error) {
          thrown.push(error);
        }
      }
    }),
    async (url) => {
      await using client = new Client({ onPush: (push) => push.cancel() });
      const conn = client.connect(url);
      await conn.closeWrite();
      await readAll(conn);
      assert.equal(thrown.length, calls.length);
      for (const error of thrown) assert(error instanceof ArgumentError);
    },
  );
});

test("a cancelled push reaches the handler of the server", async () => {
  const aborted = Promise.withResolvers<unknown>();
  const handler: Handler = (request, info) => {
    if (new URL(request.url).pathname === "/slow") {
      request.signal.addEventListener(
        "abort",
        () => aborted.resolve(request.signal.reason),
      );
      return endless();
    }
    info.push("/slow");
    return new Response("main");
  };
  await withServer(handler, async (url) => {
    const pushes = collect();
    await using client = new Client({ onPush: pushes.onPush });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    const push = await pushes.next();
    const { body } = await push.response;
    const reader = body!.getReader();
    await reader.read();
    push.cancel();
    await assert.rejects(reader.read(), ResetError);
    const reason = await within(aborted.promise, "abort") as ResetError;
    assert.equal(reason.name, "ResetError");
    assert.equal(reason.h2Code.name, "CANCEL");
  });
});

test("cancelling the body cancels the push", async () => {
  const aborted = Promise.withResolvers<void>();
  await withServer((request, info) => {
    if (new URL(request.url).pathname === "/slow") {
      request.signal.addEventListener("abort", () => aborted.resolve());
      return endless();
    }
    info.push("/slow");
    return new Response("main");
  }, async (url) => {
    const pushes = collect();
    await using client = new Client({ onPush: pushes.onPush });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    await (await (await pushes.next()).response).body!.cancel();
    await within(aborted.promise, "abort");
  });
});

test("what a push listener throws aborts the Conn and nothing else", async () => {
  await withServer(
    echoAfter((info) => info.push("/x", { response: endless() })),
    async (url) => {
      await using client = new Client();
      const cause = new Error("mine");
      for (
        const onPush of [() => {
          throw cause;
        }, () => Promise.reject(cause)]
      ) {
        const conn = client.connect(url, { onPush });
        await assert.rejects(within(conn.closed, "end"), {
          name: "ResetError",
          remote: false,
          cause,
        });
      }
      const conn = client.connect(url, { onPush: (push) => push.cancel() });
      await conn.write(bytes("still here"));
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "still here");
    },
  );
});

test("connect() takes a listener too", async () => {
  await withServer((_request, info) => {
    info.push("/x", { response: new Response("pushed") });
    return new Response("main");
  }, async (url) => {
    const pushes = collect();
    const conn = connect(url, { onPush: pushes.onPush });
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "main");
    assert.equal(await (await (await pushes.next()).response).text(), "pushed");
  });
});

test("node:http2's client receives our pushes", async () => {
  await withServer((request, info) => {
    if (new URL(request.url).pathname === "/2nd") return new Response("2nd");
    info.push("/2nd");
    return new Response("1st");
  }, async (url) => {
    const session = http2.connect(url);
    session.on("error", () => {});
    try {
      const pushed = new Promise<string>((resolve) => {
        session.on("stream", (stream, headers) => {
          let body = `${headers[":path"]} `;
          stream.on("data", (chunk) => body += chunk);
          stream.on("end", () => resolve(body));
        });
      });
      const stream = session.request({ ":path": "/" });
      let body = "";
      stream.on("data", (chunk) => body += chunk);
      const ended = new Promise<void>((resolve) => stream.on("end", resolve));
      stream.end();
      await within(ended, "response");
      assert.equal(body, "1st");
      assert.equal(await within(pushed, "push"), "/2nd 2nd");
    } finally {
      const closed = new Promise((resolve) => session.on("close", resolve));
      session.destroy();
      await closed;
    }
  });
});

test("pushes of node:http2's server are received", async () => {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.pushStream({ ":path": "/2nd" }, (error, push) => {
      assert.equal(error, null);
      push.on("error", () => {});
      push.respond({ ":status": 200 });
      push.end("Hello Again!");
      stream.respond({ ":status": 200 });
      stream.end("Hello");
    });
    stream.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const pushes = collect();
  const client = new Client({ onPush: pushes.onPush });
  try {
    const conn = client.connect(`http://127.0.0.1:${port}/`);
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "Hello");
    const push = await pushes.next();
    assert.equal(new URL(push.request.url).pathname, "/2nd");
    assert.equal(await (await push.response).text(), "Hello Again!");
  } finally {
    await client.close({ graceMs: 0 });
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a promise without a response ends after headersTimeout", async () => {
  const held = Promise.withResolvers<Response>();
  await withServer((request, info) => {
    if (new URL(request.url).pathname === "/never") return held.promise;
    info.push("/never");
    return new Response("main");
  }, async (url) => {
    const pushes = collect();
    await using client = new Client({
      timeouts: { headersTimeout: 300 },
      onPush: pushes.onPush,
    });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    const { response } = await pushes.next();
    await assert.rejects(within(response, "response"), ConnectError);
    held.resolve(new Response());
  });
});

test("accept of a pushed request throws NotSupportedError", async () => {
  const thrown = Promise.withResolvers<unknown>();
  await withServer((request, info) => {
    if (new URL(request.url).pathname === "/pushed") {
      try {
        accept(request);
      } catch (error) {
        thrown.resolve(error);
      }
      return new Response("plain");
    }
    info.push("/pushed");
    return new Response("main");
  }, async (url) => {
    await using client = new Client({ onPush: (push) => push.cancel() });
    const conn = client.connect(url);
    await conn.closeWrite();
    await readAll(conn);
    assert(await within(thrown.promise, "error") instanceof NotSupportedError);
  });
});

test("a pushed HEAD may say the length of what it leaves out", async () => {
  await withServer((request, info) => {
    if (request.method === "HEAD") {
      return new Response(null, { headers: { "content-length": "5" } });
    }
    info.push("/head", { method: "HEAD" });
    return new Response("main");
  }, async (url) => {
    const pushes = collect();
    // One reset more, and the session would end.
    await using client = new Client({
      onPush: pushes.onPush,
      limits: { maxResets: 0 },
    });
    for (let turn = 0; turn < 2; turn++) {
      const conn = client.connect(url);
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "main");
      const { headers } = await (await pushes.next()).response;
      assert.equal(headers.get("content-length"), "5");
    }
  });
});

/** A response that is never done. */
function endless(): Response {
  return new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1024));
      },
    }),
  );
}
