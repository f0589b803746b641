/**
 * `accept` and `handle` in the servers of the runtimes themselves. What their
 * Conns promise is in tests/promises.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  type Conn,
  handle,
  NotSupportedError,
  ResetError,
  serve,
  type ServeInfo,
  StatusError,
} from "../mod.ts";
import { type ConnPair, testConn } from "../src/testing/mod.ts";
import { makeCertificates } from "./support/certificates.ts";
import {
  hasNativeServer,
  type NativeHandler,
  nativeServe,
  type NativeServeOptions,
} from "./support/native_serve.ts";
import { bytes, readAll, readExactly, text, within } from "./support/pair.ts";

const skip = !hasNativeServer && "Node has no such server";
const isBun = "Bun" in globalThis;

const echo = handle(async (conn) => {
  for await (const chunk of conn) await conn.write(chunk);
});

/** Runs a handler in the runtime's server, with a client of it. */
async function withServer(
  handler: NativeHandler,
  run: (client: Client, url: string) => Promise<void>,
  options: NativeServeOptions = {},
): Promise<void> {
  await using server = nativeServe(handler, options);
  const client = new Client({ tls: { ca: options.tls?.ca } });
  try {
    await run(client, server.url);
  } finally {
    await client.close({ graceMs: 0 });
  }
}

async function roundTrip(conn: Conn, word = "hello"): Promise<void> {
  await within(conn.write(bytes(word)), "write");
  const back = await within(readExactly(conn, word.length), "echo");
  assert.equal(text(back), word);
}

for (const secure of [false, true]) {
  test(
    `an echo ${secure ? "over TLS" : "in cleartext"}`,
    { skip },
    async () => {
      const tls = secure ? await makeCertificates() : undefined;
      await withServer(echo, async (client, url) => {
        const conn = client.connect(url);
        await roundTrip(conn);
        await conn.closeWrite();
        assert.equal(await within(conn.read(new Uint8Array(1)), "EOF"), null);
        await within(conn.closed, "end");
      }, { tls });
    },
  );
}

test("handle tells what the server knows", { skip }, async () => {
  const told = Promise.withResolvers<ServeInfo>();
  const handler = handle((conn, _request, info) => {
    told.resolve(info!);
    return conn.readable.pipeTo(conn.writable);
  });
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await roundTrip(conn);
    const info = await told.promise;
    assert.equal(info.protocol, "h2");
    assert.deepEqual(info.remoteAddr, conn.localAddr);
    assert.equal(info.localAddr, undefined);
    assert.equal(info.sendInformational({ link: "</a>" }), false);
    assert.deepEqual(info.push("/a"), { pushed: false, reason: "unsupported" });
    assert.throws(() => info.push("a"), ArgumentError);
    await conn.closeWrite();
    await within(info.completed, "completion");
  });
});

test(
  "a request that is not accepted is answered as ever",
  { skip },
  async () => {
    const handler = handle(() => {}, {
      authorize: (request, info) =>
        info?.remoteAddr?.hostname === "127.0.0.1" &&
        (request.headers.has("x-ticket") ||
          new Response("no", { status: 402 })),
    });
    await withServer(handler, async (client, url) => {
      await assert.rejects(client.connect(url).opened, { status: 402 });
      const headers = { "x-ticket": "1" };
      assert.equal((await readAll(client.connect(url, { headers }))).length, 0);
    });
  },
);

test("a page of another site is refused", { skip }, async () => {
  await withServer(echo, async (client, url) => {
    const own = client.connect(url, { headers: { origin: url } });
    await roundTrip(own);
    const other = client.connect(url, {
      headers: { origin: "https://evil.example" },
    });
    await assert.rejects(within(other.opened, "refusal"), { status: 403 });
  });
});

test("a GET is refused: it would carry nothing", { skip }, async () => {
  await withServer(echo, async (client, url) => {
    const conn = client.connect(url, { method: "GET" });
    await assert.rejects(within(conn.opened, "refusal"), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.status, 405);
      assert.equal(error.headers.get("allow"), "POST, PUT, PATCH");
      return true;
    });
  });
});

test("HTTP/1.1 is refused", { skip }, async () => {
  const tls = await makeCertificates();
  let refusal: unknown;
  const handler: NativeHandler = (request, info) => {
    try {
      accept(request, { info });
    } catch (error) {
      refusal = error;
    }
    return echo(request, info);
  };
  await withServer(handler, async (_client, url) => {
    const request = https.request(url, {
      method: "POST",
      ca: tls.ca,
      agent: false,
    });
    request.flushHeaders();
    request.write("hello");
    const [response] = await within(once(request, "response"), "response");
    assert.equal(response.statusCode, 505);
    assert.ok(refusal instanceof NotSupportedError);
    request.on("error", () => {});
    request.destroy();
  }, { tls });
});

test("a copy of a request of h2conn's own server is refused", async () => {
  const refusals: unknown[] = [];
  await using server = await serve({ port: 0 }, (request, info) => {
    const copy = new Request(request);
    for (const options of [{}, { info }]) {
      try {
        accept(copy, options);
      } catch (error) {
        refusals.push(error);
      }
    }
    return new Response("refused", { status: 400 });
  });
  await using client = new Client();
  await assert.rejects(client.connect(server.url).opened, { status: 400 });
  assert.equal(refusals.length, 2);
  for (const error of refusals) {
    assert.ok(error instanceof NotSupportedError);
    assert.match(error.message, /pass on the Request that the handler got/);
  }
});

test("handle without the server's info says what is missing", {
  skip,
}, async () => {
  const handler: NativeHandler = (request) => echo(request);
  await withServer(handler, async (client, url) => {
    await assert.rejects(within(client.connect(url).opened, "refusal"), {
      status: 505,
      body: /pass the handler's second argument as info/,
    });
  });
});

test("a runtime without such a server says so", {
  skip: hasNativeServer && "this one has",
}, () => {
  const request = new Request("https://localhost/", { method: "POST" });
  assert.throws(() => accept(request, { info: {} }), NotSupportedError);
});

test("what cannot be accepted throws at once", { skip }, async () => {
  const errors: unknown[] = [];
  function note(run: () => unknown): void {
    try {
      run();
    } catch (error) {
      errors.push(error);
    }
  }
  const handler: NativeHandler = (request, info) => {
    note(() => accept(request, { info, status: 204 }));
    note(() => accept(request));
    const { conn, response } = accept(request, {
      info,
      status: 201,
      headers: { "x-a": "b" },
    });
    note(() => accept(request, { info }));
    conn.readable.pipeTo(conn.writable).catch(() => {});
    return response;
  };
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await roundTrip(conn);
    const opened = await conn.opened;
    assert.equal(opened.status, 201);
    assert.equal(opened.headers.get("x-a"), "b");
    assert.deepEqual(
      errors.map((error) => (error as Error).name),
      ["ArgumentError", "NotSupportedError", "ArgumentError"],
    );
  });
});

test("a body that was read cannot carry a Conn", { skip }, async () => {
  let refusal: unknown;
  const handler: NativeHandler = async (request, info) => {
    await request.text();
    try {
      accept(request, { info });
    } catch (error) {
      refusal = error;
    }
    return new Response(null, { status: 400 });
  };
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await conn.write(bytes("text"));
    await conn.closeWrite();
    await assert.rejects(within(conn.opened, "refusal"), { status: 400 });
    assert.ok(refusal instanceof ArgumentError);
  });
});

test("a greeting may be written before the response is returned", {
  skip,
}, async () => {
  const handler: NativeHandler = async (request, info) => {
    const { conn, response } = accept(request, { info });
    await within(conn.write(bytes("welcome")), "write");
    conn.close();
    return response;
  };
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await conn.closeWrite();
    assert.equal(text(await within(readAll(conn), "greeting")), "welcome");
  });
});

for (const code of ["NO_ERROR", "CANCEL", "INTERNAL_ERROR"] as const) {
  test(`a reset with ${code} before there is a response is no EOF`, {
    skip,
  }, async () => {
    const accepted = Promise.withResolvers<Conn>();
    const done = Promise.withResolvers<void>();
    const handler: NativeHandler = async (request, info) => {
      const { conn, response } = accept(request, { info });
      accepted.resolve(conn);
      await done.promise;
      return response;
    };
    await withServer(handler, async (client, url) => {
      const conn = client.connect(url);
      await conn.write(bytes("hello"));
      const far = await within(accepted.promise, "accept");
      assert.equal(text(await within(readExactly(far, 5), "hello")), "hello");
      conn.abort({ code });
      await assert.rejects(within(far.read(new Uint8Array(1)), "cut"), {
        name: "ResetError",
        remote: true,
      });
      done.resolve();
    });
  });
}

test("another response than that of accept() fails the Conn", {
  skip: skip || isBun && "Bun does not tell",
}, async () => {
  const accepted = Promise.withResolvers<Conn>();
  const handler: NativeHandler = (request, info) => {
    accepted.resolve(accept(request, { info }).conn);
    return new Response("another", { status: 400 });
  };
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await assert.rejects(within(conn.opened, "answer"), { status: 400 });
    const far = await accepted.promise;
    await assert.rejects(within(far.closed, "failure"), ArgumentError);
  });
});

test("what the server ends, the client cannot send to any more", {
  skip,
}, async () => {
  const accepted = Promise.withResolvers<Conn>();
  const handler = handle(async (conn) => {
    accepted.resolve(conn);
    await conn.write(bytes("bye"));
  });
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    assert.equal(text(await within(readAll(conn), "end")), "bye");
    const far = await accepted.promise;
    await assert.rejects(within(far.closed, "end"), (error) => {
      assert.ok(error instanceof ResetError);
      assert.equal(error.remote, false);
      assert.equal(error.h2Code.name, "NO_ERROR");
      return true;
    });
  });
});

test("what a handler throws resets the stream", { skip }, async () => {
  const told: unknown[] = [];
  const cause = new Error("mistake");
  const { error: log } = console;
  console.error = (...args: unknown[]) => told.push(args.at(-1));
  try {
    const handler = handle(async (conn) => {
      await conn.write(bytes("so far"));
      await conn.read(new Uint8Array(1));
      throw cause;
    });
    await withServer(handler, async (client, url) => {
      const conn = client.connect(url);
      assert.equal(text(await within(readExactly(conn, 6), "bytes")), "so far");
      await conn.write(bytes("x"));
      await assert.rejects(
        within(conn.read(new Uint8Array(1)), "reset"),
        ResetError,
      );
    });
  } finally {
    console.error = log;
  }
  assert.deepEqual(told, [cause]);
});

test("trailers are refused, not dropped", { skip }, async () => {
  const accepted = Promise.withResolvers<Conn>();
  const handler = handle(async (conn) => {
    accepted.resolve(conn);
    await assert.rejects(conn.closeWrite({ "x-a": "1" }), NotSupportedError);
    for await (const chunk of conn) await conn.write(chunk);
  });
  await withServer(handler, async (client, url) => {
    const conn = client.connect(url);
    await roundTrip(conn);
    await conn.closeWrite({ "x-b": "2" });
    const far = await accepted.promise;
    await within(far.closed, "end");
    await assert.rejects(within(far.trailers, "refusal"), NotSupportedError);
  });
});

test("a server that stops cuts its Conns at both ends", { skip }, async () => {
  const accepted = Promise.withResolvers<Conn>();
  await using client = new Client();
  const server = nativeServe(handle((conn) => {
    accepted.resolve(conn);
    return conn.readable.pipeTo(conn.writable);
  }));
  const conn = client.connect(server.url);
  await roundTrip(conn);
  const far = await accepted.promise;
  await within(server.stop(), "stop");
  await assert.rejects(within(conn.closed, "cut"));
  await assert.rejects(within(far.closed, "cut"), ResetError);
});

test("an idle Conn outlives the idle timeout of Bun.serve", {
  skip: isBun ? false : "only Bun has one",
}, async () => {
  const handler: NativeHandler = (request, info) =>
    new URL(request.url).pathname === "/echo"
      ? echo(request, info)
      : new Response(
        new ReadableStream({ start: (c) => c.enqueue(bytes("x")) }),
      );
  await withServer(handler, async (client, url) => {
    const conn = client.connect(`${url}/echo`);
    await roundTrip(conn);
    await using other = new Client();
    const idle = other.connect(url);
    await assert.rejects(within(idle.closed, "idle timeout", 15_000));
    await roundTrip(conn);
  }, { idleTimeout: 1 });
});

/** A pair with the runtime's server at one end. */
async function makePair(underTest: "client" | "server"): Promise<ConnPair> {
  const accepted = Promise.withResolvers<Conn>();
  const server = nativeServe((request, info) => {
    const { conn, response } = accept(request, { info });
    accepted.resolve(conn);
    return response;
  });
  const client = new Client();
  const near = client.connect(server.url);
  const far = await accepted.promise;
  async function stop(): Promise<void> {
    await client.close({ graceMs: 0 });
    await server.stop();
  }
  return underTest === "client"
    ? { conn: near, peer: far, stop }
    : { conn: far, peer: near, stop };
}

/** The subtests of nettest in which the end under test does not end first. */
const ENDS_SECOND = ["PingPong", "RacyRead", "WriteTimeout", "PresentTimeout"];

if (hasNativeServer) {
  testConn(() => makePair("server"), (name, run) => {
    if (ENDS_SECOND.includes(name)) test(`nettest, server: ${name}`, run);
  });
  testConn(() => makePair("client"), (name, run) => {
    if (name !== "PingPong") test(`nettest, client: ${name}`, run);
  });
}
