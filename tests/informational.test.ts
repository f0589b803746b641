import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  type Handler,
  type InformationalResponse,
  serve,
  type ServeInfo,
} from "../mod.ts";
import { bytes, readAll, text, within } from "./support/pair.ts";

async function withServer(
  handler: Handler,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = await serve({ port: 0 }, handler);
  try {
    await use(server.url);
  } finally {
    await server.shutdown(0);
  }
}

/** Sends a request by node:http2; gives the header sections, then the body. */
async function ask(
  url: string,
  headers: http2.OutgoingHttpHeaders,
  onHeaders?: (status: number, stream: http2.ClientHttp2Stream) => void,
): Promise<string[]> {
  const session = http2.connect(url);
  session.on("error", () => {});
  const seen: string[] = [];
  // On Deno, 'data' can come before 'response' (denoland/deno#35947).
  let body = "";
  try {
    const stream = session.request(headers, { endStream: false });
    stream.on("headers", (head) => {
      const status = Number(head[":status"]);
      seen.push(`${status} ${head.link ?? ""}`.trim());
      onHeaders?.(status, stream);
    });
    stream.on("response", (head) => seen.push(String(head[":status"])));
    stream.on("data", (chunk) => body += chunk);
    const ended = new Promise<void>((resolve) => stream.on("end", resolve));
    if (onHeaders === undefined) stream.end();
    await within(ended, "end");
    return [...seen, body];
  } finally {
    const closed = new Promise((resolve) => session.on("close", resolve));
    session.destroy();
    await closed;
  }
}

test("103 goes before the response, and the client is told", async () => {
  const sent: boolean[] = [];
  await withServer((request, info) => {
    sent.push(info.sendInformational({ link: "</a.css>; rel=preload" }));
    sent.push(info.sendInformational({ "x-progress": "50" }, 102));
    const { conn, response } = accept(request);
    sent.push(info.sendInformational({ link: "</late.css>" }));
    conn.write(bytes("hello")).then(() => conn.close());
    return response;
  }, async (url) => {
    const told: InformationalResponse[] = [];
    await using client = new Client();
    const conn = client.connect(url, {
      onInformational: (response) => void told.push(response),
    });
    await within(conn.opened, "response");
    assert.deepEqual(sent, [true, true, false]);
    assert.deepEqual(told.map(({ status }) => status), [103, 102]);
    assert.equal(told[0].headers.get("link"), "</a.css>; rel=preload");
    assert.equal(told[1].headers.get("x-progress"), "50");
    assert.equal(text(await readAll(conn)), "hello");
    await conn.close();
  });
});

test("nobody has to listen for 103", async () => {
  await withServer((_request, info) => {
    info.sendInformational({ link: "</a.css>" });
    return new Response("done");
  }, async (url) => {
    await using client = new Client();
    const conn = client.connect(url);
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "done");
  });
});

test("what the listener throws aborts the Conn and nothing else", async () => {
  await withServer((_request, info) => {
    info.sendInformational({ link: "</a.css>" });
    return new Response("done");
  }, async (url) => {
    const cause = new Error("mine");
    await using client = new Client();
    const conn = client.connect(url, {
      onInformational() {
        throw cause;
      },
    });
    await assert.rejects(within(conn.closed, "end"), { cause, remote: false });
    const other = client.connect(url);
    await other.closeWrite();
    assert.equal(text(await readAll(other)), "done");
  });
});

test("a bad informational response throws", async () => {
  const thrown: unknown[] = [];
  const calls: ((info: ServeInfo) => void)[] = [
    (info) => info.sendInformational({}, 101),
    (info) => info.sendInformational({}, 100),
    (info) => info.sendInformational({}, 200),
    (info) => info.sendInformational({ connection: "close" }),
  ];
  await withServer((_request, info) => {
    for (const call of calls) {
      try {
        call(info);
        thrown.push("nothing");
      } catch (error) {
        thrown.push(error);
      }
    }
    return new Response("done");
  }, async (url) => {
    assert.deepEqual(await ask(url, { ":path": "/" }), ["200", "done"]);
    assert.equal(thrown.length, calls.length);
    for (const error of thrown) assert(error instanceof ArgumentError);
  });
});

for (const version of ["1.1", "1.0"]) {
  test(`103 over HTTP/${version}`, async () => {
    const sent: boolean[] = [];
    await withServer((_request, info) => {
      sent.push(info.sendInformational({ link: "</a.css>" }));
      sent.push(info.sendInformational({ "x-y": "z" }, 102));
      return new Response("done");
    }, async (url) => {
      const { hostname, port } = new URL(url);
      const socket = net.connect(Number(port), hostname);
      let answer = "";
      socket.on("data", (chunk) => answer += chunk);
      const ended = new Promise((resolve) => socket.on("close", resolve));
      socket.write(
        `GET / HTTP/${version}\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`,
      );
      await within(ended, "end");
      const heads = answer.split("\r\n\r\n");
      assert.equal(heads.at(-1), "done");
      assert.match(heads.at(-2)!, /^HTTP\/1.1 200 OK\r\n/);
      const interim = version === "1.0" ? [] : [
        "HTTP/1.1 103 Early Hints\r\nlink: </a.css>",
        "HTTP/1.1 102 Processing\r\nx-y: z",
      ];
      assert.deepEqual(heads.slice(0, -2), interim);
      assert.deepEqual(
        sent,
        interim.length > 0 ? [true, true] : [false, false],
      );
    });
  });
}

test("node:http2's client gets our 103", async () => {
  await withServer((_request, info) => {
    info.sendInformational({ link: "</a.css>" });
    return new Response("done");
  }, async (url) => {
    const seen = await ask(url, { ":path": "/" });
    assert.deepEqual(seen, ["103 </a.css>", "200", "done"]);
  });
});

test("node:http2's 103 reaches our client", async () => {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.additionalHeaders({ ":status": 103, link: "</a.css>" });
    stream.respond({ ":status": 200 });
    stream.end("done");
    stream.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = new Client();
  try {
    const told: string[] = [];
    const conn = client.connect(`http://127.0.0.1:${port}/`, {
      onInformational: ({ status, headers }) =>
        void told.push(`${status} ${headers.get("link")}`),
    });
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "done");
    assert.deepEqual(told, ["103 </a.css>"]);
  } finally {
    await client.close({ graceMs: 0 });
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a client that waits for 100 gets it when its content is read", async () => {
  await withServer(
    async (request) => new Response(`got ${await request.text()}`),
    async (url) => {
      const seen = await ask(
        url,
        { ":path": "/", ":method": "POST", expect: "100-continue" },
        (status, stream) => {
          if (status === 100) stream.end("content");
        },
      );
      assert.deepEqual(seen, ["100", "200", "got content"]);
    },
  );
});

test("a client that waits for 100 does not get it when it is refused", async () => {
  await withServer(
    () => new Response("too much", { status: 413 }),
    async (url) => {
      const seen = await ask(
        url,
        { ":path": "/", ":method": "POST", expect: "100-continue" },
        () => {},
      );
      assert.deepEqual(seen, ["413", "too much"]);
    },
  );
});
