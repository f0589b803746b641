/** Peers of HTTP/1.x that break off, stall, flood or say nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConnectError,
  type Handler,
  serve,
  type ServeOptions,
  type Server,
} from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, within } from "../support/pair.ts";
import { startProxy } from "../support/tcp_proxy.ts";
import { get, Wire } from "./wire.ts";

/** Serves, and checks in the end that the server still does. */
async function withServer(
  handler: Handler,
  use: (server: Server) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const server = await serve(
    { port: 0, ...options },
    (request, info) =>
      new URL(request.url).pathname === "/fine"
        ? new Response("fine")
        : handler(request, info),
  );
  try {
    await use(server);
    using wire = await Wire.open(server, { secure: !!options.tls });
    wire.send(get("/fine"));
    await wire.receive(/fine/);
  } finally {
    await within(server.shutdown(0), "shutdown", 3000);
  }
}

function post(path: string, ...headers: string[]): string {
  return [`POST ${path} HTTP/1.1`, "Host: h", ...headers, "", ""].join("\r\n");
}

const CUTS = ["FIN", "RST"] as const;

function cut(wire: Wire, how: typeof CUTS[number]): void {
  if (how === "FIN") wire.socket.end();
  else wire.socket.resetAndDestroy();
}

/** What the handler of a request that breaks off hears. */
interface Heard {
  bodyError: unknown;
  signalError: unknown;
  completedError: unknown;
}

function listener(): {
  handler: Handler;
  started: Promise<void>;
  heard: Promise<Heard>;
} {
  const started = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<Heard>();
  return {
    started: started.promise,
    heard: heard.promise,
    async handler(request, info) {
      const signal = new Promise((resolve) =>
        request.signal.addEventListener(
          "abort",
          () => resolve(request.signal.reason),
        )
      );
      const completed = info.completed.catch((error) => error);
      started.resolve();
      const bodyError = await request.text().catch((error) => error);
      heard.resolve({
        bodyError,
        signalError: await signal,
        completedError: await completed,
      });
      return new Response("nobody is there");
    },
  };
}

for (const how of CUTS) {
  const bodies: [what: string, headers: string, start: string][] = [
    ["by length", "Content-Length: 100", "abc"],
    ["chunked", "Transfer-Encoding: chunked", "3\r\nabc\r\n"],
    ["chunked, cut in a chunk", "Transfer-Encoding: chunked", "9\r\nabc"],
  ];
  for (const [what, header, start] of bodies) {
    test(`a request body that ends early is an error: ${what}, ${how}`, async () => {
      const { handler, started, heard } = listener();
      await withServer(handler, async (server) => {
        using wire = await Wire.open(server);
        wire.send(post("/", header));
        await within(started, "handler");
        wire.send(start);
        await new Promise((resolve) => setTimeout(resolve, 50));
        cut(wire, how);
        const { bodyError, signalError, completedError } = await within(
          heard,
          "errors",
        );
        for (const error of [bodyError, signalError, completedError]) {
          assert.ok(error instanceof ConnectError, String(error));
        }
      });
    });
  }

  test(`a client that leaves before the response aborts the signal: ${how}`, async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const cancelled = Promise.withResolvers<void>();
    await withServer(async (request) => {
      request.signal.addEventListener(
        "abort",
        () => aborted.resolve(request.signal.reason),
      );
      started.resolve();
      await aborted.promise;
      return new Response(
        new ReadableStream({ cancel: () => cancelled.resolve() }),
      );
    }, async (server) => {
      using wire = await Wire.open(server);
      wire.send(get());
      await within(started.promise, "handler");
      cut(wire, how);
      assert.ok(
        await within(aborted.promise, "abort") instanceof ConnectError,
      );
      await within(cancelled.promise, "cancel");
    });
  });

  test(`a client that leaves in the midst of a response cancels it: ${how}`, async () => {
    const cancelled = Promise.withResolvers<void>();
    const completed = Promise.withResolvers<unknown>();
    await withServer((_request, info) => {
      info.completed.catch(completed.resolve);
      return new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setImmediate(resolve));
            controller.enqueue(bytes("tick"));
          },
          cancel: () => cancelled.resolve(),
        }),
      );
    }, async (server) => {
      using wire = await Wire.open(server);
      wire.send(get());
      await wire.receive(/tick/);
      cut(wire, how);
      await within(cancelled.promise, "cancel");
      assert.ok(await within(completed.promise, "end") instanceof ConnectError);
    });
  });

  test(`requests that break off in their head leave nothing: ${how}`, () =>
    withServer(() => new Response(), async (server) => {
      const whole = get("/", "X-Header: value");
      for (let length = 1; length < whole.length; length += 7) {
        using wire = await Wire.open(server);
        wire.send(whole.slice(0, length));
        cut(wire, how);
        await wire.closed();
      }
    }));
}

const BAD_BODIES = ["zz\r\nabc", "3\r\nabcd\r\n", "FFFFFFFFFFFFFFFFFF\r\n"];

for (const bad of BAD_BODIES) {
  test(`a chunked body that is malformed is an error: ${JSON.stringify(bad)}`, async () => {
    const { handler, started, heard } = listener();
    await withServer(handler, async (server) => {
      using wire = await Wire.open(server);
      wire.send(post("/", "Transfer-Encoding: chunked") + "1\r\na\r\n");
      await within(started, "handler");
      wire.send(bad);
      assert.ok(
        (await within(heard, "errors")).bodyError instanceof ConnectError,
      );
      await wire.closed();
      assert.doesNotMatch(wire.text, /nobody/);
    });
  });
}

test("noise after good requests closes once they are answered", async () => {
  const go = Promise.withResolvers<void>();
  await withServer(async () => {
    await go.promise;
    return new Response("answer");
  }, async (server) => {
    using wire = await Wire.open(server);
    wire.send(get() + "\0\0\0\0\r\n\r\n");
    setTimeout(go.resolve, 50);
    await wire.receive(/^HTTP\/1.1 200 [\s\S]*answer/);
    await wire.closed();
  });
});

const LENGTHS: [what: string, length: string, parts: string[]][] = [
  ["shorter", "10", ["1234", "56"]],
  ["longer", "3", ["1234", "56"]],
  ["longer in a later chunk", "5", ["1234", "56"]],
];

for (const [what, length, parts] of LENGTHS) {
  test(`a body ${what} than its content-length is cut, and reported`, async () => {
    const seen: unknown[] = [];
    await withServer(() => {
      const rest = [...parts];
      return new Response(
        new ReadableStream({
          pull(controller) {
            const part = rest.shift();
            if (part === undefined) controller.close();
            else controller.enqueue(bytes(part));
          },
        }),
        { headers: { "content-length": length } },
      );
    }, async (server) => {
      using wire = await Wire.open(server);
      wire.send(get());
      await wire.closed();
      const [, body] = wire.text.split("\r\n\r\n");
      assert.ok(body.length < Number(length) || what !== "shorter");
      assert.ok(body.length <= Number(length));
      assert.match(String(seen[0]), /content-length/);
      assert.equal(seen.length, 1);
    }, { onError: (error) => void seen.push(error) });
  });
}

test("a response that cannot be sent is 500, and reported", async () => {
  const seen: unknown[] = [];
  await withServer((request) => {
    const path = new URL(request.url).pathname;
    const response = new Response("x", {
      headers: path === "/length" ? { "content-length": "1x" } : {},
    });
    if (path === "/locked") response.body!.getReader();
    return response;
  }, async (server) => {
    using wire = await Wire.open(server);
    for (const path of ["/length", "/locked"]) {
      wire.send(get(path));
      await wire.receive(/^HTTP\/1.1 500 [\s\S]*Internal Server Error\n/);
    }
    assert.equal(seen.length, 2);
  }, { onError: (error) => void seen.push(error) });
});

test("an onError that throws is 500, and no end of the connection", () =>
  withServer(() => {
    throw new Error("first");
  }, async (server) => {
    using wire = await Wire.open(server);
    for (let turn = 0; turn < 2; turn++) {
      wire.send(get());
      await wire.receive(/^HTTP\/1.1 500 [\s\S]*Internal Server Error\n/);
    }
  }, {
    onError() {
      throw new Error("second");
    },
  }));

test("a body of strings is cut, and reported", async () => {
  const seen: unknown[] = [];
  await withServer(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(bytes("good"));
            controller.enqueue("bad" as unknown as Uint8Array);
          },
        }),
      ),
    async (server) => {
      using wire = await Wire.open(server);
      wire.send(get());
      await wire.closed();
      assert.doesNotMatch(wire.text, /\r\n0\r\n\r\n/);
      assert.equal(seen.length, 1);
    },
    { onError: (error) => void seen.push(error) },
  );
});

async function tlsOptions(secure: boolean) {
  const { cert, key } = await makeCertificates();
  return secure ? { cert, key } : undefined;
}

for (const secure of [false, true]) {
  const over = secure ? "TLS" : "cleartext";

  test(`who says nothing is let go (${over})`, async () => {
    await withServer(() => new Response(), async (server) => {
      using silent = await Wire.open(server, { secure });
      using started = await Wire.open(server, { secure });
      started.send("GE");
      await silent.closed(3000);
      await started.closed(3000);
    }, {
      tls: await tlsOptions(secure),
      timeouts: { connectTimeout: 300, headersTimeout: 300 },
    });
  });

  test(`headers that take too long are 408 (${over})`, async () => {
    await withServer(() => new Response(), async (server) => {
      using wire = await Wire.open(server, { secure });
      wire.send("GET / HTTP/1.1\r\nHost: h\r\n");
      const drip = setInterval(() => wire.send("X: y\r\n"), 50);
      await wire.receive(/^HTTP\/1.1 408 /, 3000).finally(() =>
        clearInterval(drip)
      );
      await wire.closed();
    }, { tls: await tlsOptions(secure), timeouts: { headersTimeout: 300 } });
  });

  test(`an idle connection is closed, a busy one is not (${over})`, async () => {
    await withServer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      return new Response("late");
    }, async (server) => {
      using wire = await Wire.open(server, { secure });
      wire.send(get());
      await wire.receive(/late/);
      await wire.closed(3000);
    }, { tls: await tlsOptions(secure), timeouts: { idleTimeout: 300 } });
  });

  test(`who is silent in the midst of a body is let go (${over})`, async () => {
    const { handler, heard } = listener();
    await withServer(handler, async (server) => {
      using wire = await Wire.open(server, { secure });
      wire.send(post("/", "Content-Length: 100") + "abc");
      const { bodyError } = await within(heard, "errors");
      assert.ok(bodyError instanceof ConnectError);
      await wire.closed();
    }, {
      tls: await tlsOptions(secure),
      timeouts: { pingInterval: 200, pingTimeout: 100 },
    });
  });

  test(`who does not read holds the writer back, and is let go (${over})`, async () => {
    let produced = 0;
    const cancelled = Promise.withResolvers<void>();
    const chunk = new Uint8Array(64 * 1024);
    await withServer(() =>
      new Response(
        new ReadableStream({
          pull(controller) {
            produced += chunk.length;
            controller.enqueue(chunk.slice());
          },
          cancel: () => cancelled.resolve(),
        }),
      ), async (server) => {
      // Deno's node:tls reads on although it is paused: TCP has to stall.
      await using proxy = await startProxy(server.addr.port);
      using wire = await Wire.open({ addr: proxy }, { secure });
      wire.send(get());
      await wire.receive(/HTTP/);
      proxy.stall();
      await within(cancelled.promise, "cancel", 8000);
      // The kernels on both sides hold some MiB of it.
      assert.ok(produced < 24 * 1024 * 1024, `${produced} bytes`);
    }, { tls: await tlsOptions(secure), timeouts: { writeTimeout: 500 } });
  });

  test(`a handler that does not read holds its client back (${over})`, async () => {
    const stop = Promise.withResolvers<void>();
    await withServer(async (request) => {
      await stop.promise;
      const { byteLength } = await request.arrayBuffer();
      return new Response(`read ${byteLength}`);
    }, async (server) => {
      using wire = await Wire.open(server, { secure });
      const total = 48 * 1024 * 1024;
      wire.send(post("/", `Content-Length: ${total}`));
      let sent = 0;
      const chunk = new Uint8Array(64 * 1024);
      const blocked = Promise.withResolvers<void>();
      async function send() {
        while (sent < total) {
          sent += chunk.length;
          if (wire.socket.write(chunk)) continue;
          const timer = setTimeout(blocked.resolve, 500);
          await new Promise((resolve) => wire.socket.once("drain", resolve));
          clearTimeout(timer);
        }
      }
      const sending = send();
      await within(blocked.promise, "backpressure");
      assert.ok(sent < 24 * 1024 * 1024, `${sent} bytes`);
      stop.resolve();
      await within(sending, "rest of the body", 20_000);
      await wire.receive(new RegExp(`read ${total}$`), 20_000);
    }, { tls: await tlsOptions(secure) });
  });
}

test("a flood of pipelined requests runs one handler, and is held back", async () => {
  let running = 0;
  let most = 0;
  const stop = Promise.withResolvers<void>();
  await withServer(async () => {
    most = Math.max(most, ++running);
    await stop.promise;
    running--;
    return new Response();
  }, async (server) => {
    using wire = await Wire.open(server);
    const flood = get().repeat(10_000);
    let sent = 0;
    const blocked = Promise.withResolvers<void>();
    (async () => {
      while (!wire.isClosed) {
        sent += flood.length;
        if (wire.socket.write(flood)) continue;
        const timer = setTimeout(blocked.resolve, 500);
        await new Promise((resolve) => wire.socket.once("drain", resolve));
        clearTimeout(timer);
      }
    })();
    await within(blocked.promise, "backpressure");
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
    assert.equal(most, 1);
    stop.resolve();
  });
});

test("a request that goes on after its response ends the connection", () =>
  withServer(() => new Response("enough"), async (server) => {
    using wire = await Wire.open(server);
    wire.send(post("/", "Content-Length: 1000000") + "start");
    await wire.receive(/enough/);
    await wire.closed();
  }));

test("a request that is whole soon after its response keeps the connection", () =>
  withServer(() => new Response("enough"), async (server) => {
    using wire = await Wire.open(server);
    wire.send(post("/", "Content-Length: 10") + "start");
    await wire.receive(/enough/);
    wire.send("12345" + get("/fine"));
    await wire.receive(/fine/);
  }));

test("connections of all kinds leave nothing", async () => {
  await withServer(
    async (request) => new Response(await request.text()),
    async (server) => {
      const starts = [
        "",
        "G",
        get().slice(0, 20),
        get(),
        get() + get(),
        post("/", "Content-Length: 9") + "a",
      ];
      for (let round = 0; round < 10; round++) {
        for (const start of starts) {
          using wire = await Wire.open(server);
          wire.send(start);
          if (round % 2) await new Promise((resolve) => setImmediate(resolve));
          cut(wire, CUTS[round % 2]);
          await wire.closed();
        }
      }
    },
  );
});
