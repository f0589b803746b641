import assert from "node:assert/strict";
import http2 from "node:http2";
import { test } from "node:test";
import {
  accept,
  ArgumentError,
  Client,
  connect,
  handle,
  type Handler,
  NotSupportedError,
  serve,
  type ServeOptions,
  StatusError,
} from "../mod.ts";
import { makeCertificates } from "./support/certificates.ts";
import { bytes, readAll, text, within } from "./support/pair.ts";

async function withServer(
  handler: Handler,
  use: (url: string) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const server = await serve({
    port: 0,
    enableConnectProtocol: true,
    ...options,
  }, handler);
  try {
    await use(server.url);
  } finally {
    await server.shutdown(0);
  }
}

const echo = handle(async (conn) => {
  for await (const chunk of conn) await conn.write(chunk);
}) as Handler;

for (const tls of [false, true]) {
  test(`an extended CONNECT is accepted and carries bytes (${tls ? "TLS" : "cleartext"})`, async () => {
    const { ca, cert, key } = await makeCertificates();
    const seen: unknown[] = [];
    await withServer((request, info) => {
      const { pathname } = new URL(request.url);
      seen.push(request.method, info.connectProtocol, pathname);
      seen.push(request.headers.get("x-y"));
      return echo(request, info);
    }, async (url) => {
      await using client = new Client({ tls: { ca } });
      const conn = client.connect(`${url}/chat`, {
        protocol: "bytes",
        headers: { "x-y": "z" },
      });
      await conn.write(bytes("hello"));
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "hello");
      const { method, status } = await conn.opened;
      assert.equal(method, "CONNECT");
      assert.equal(status, 200);
      await within(conn.closed, "end");
      assert.deepEqual(seen, ["CONNECT", "bytes", "/chat", "z"]);
    }, tls ? { tls: { cert, key } } : {});
  });
}

test("the server's end is told the method", async () => {
  const info = Promise.withResolvers<string>();
  await withServer((request) => {
    const { conn, response } = accept(request);
    conn.opened.then(({ method }) => info.resolve(method));
    conn.close();
    return response;
  }, async (url) => {
    await using conn = connect(url, { protocol: "bytes" });
    await within(conn.opened, "response");
    assert.equal(await within(info.promise, "info"), "CONNECT");
  });
});

test("a server that does not take it fails the Conn, not the session", async () => {
  await withServer(echo, async (url) => {
    await using client = new Client();
    const conn = client.connect(url, { protocol: "bytes" });
    await assert.rejects(within(conn.opened, "answer"), NotSupportedError);
    await assert.rejects(conn.read(new Uint8Array(1)), NotSupportedError);
    const other = client.connect(url);
    await other.write(bytes("hello"));
    await other.closeWrite();
    assert.equal(text(await readAll(other)), "hello");
  }, { enableConnectProtocol: false });
});

test("a handler may refuse it", async () => {
  await withServer(
    (_request, info) =>
      info.connectProtocol === "bytes"
        ? new Response("no such protocol", { status: 501 })
        : new Response("?"),
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url, { protocol: "bytes" });
      await assert.rejects(within(conn.opened, "answer"), (error) => {
        assert(error instanceof StatusError);
        assert.equal(error.status, 501);
        assert.equal(error.body, "no such protocol");
        return true;
      });
    },
  );
});

test("other requests have no connectProtocol", async () => {
  await withServer(
    (request, info) =>
      new Response(`${request.method} ${info.connectProtocol}`),
    async (url) => {
      await using client = new Client();
      const conn = client.connect(url);
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "POST undefined");
    },
  );
});

test("a protocol that is none, or with a method, throws", () => {
  for (
    const options of [
      { protocol: "" },
      { protocol: "two words" },
      { protocol: "a\r\nb" },
      { protocol: "bytes", method: "POST" },
    ]
  ) {
    assert.throws(() => connect("http://127.0.0.1:1", options), ArgumentError);
  }
});

test("node:http2's client can CONNECT to us", async () => {
  await withServer(echo, async (url) => {
    const session = http2.connect(url);
    session.on("error", () => {});
    try {
      const settings = new Promise<http2.Settings>((resolve) =>
        session.once("remoteSettings", resolve)
      );
      const { enableConnectProtocol } = await within(settings, "SETTINGS");
      assert.equal(enableConnectProtocol, true);
      const stream = session.request({
        ":method": "CONNECT",
        ":protocol": "bytes",
        ":scheme": "http",
        ":authority": new URL(url).host,
        ":path": "/",
      });
      let body = "";
      stream.on("data", (chunk) => body += chunk);
      const ended = new Promise<void>((resolve) => stream.on("end", resolve));
      stream.end("hello");
      await within(ended, "end");
      assert.equal(body, "hello");
    } finally {
      const closed = new Promise((resolve) => session.on("close", resolve));
      session.destroy();
      await closed;
    }
  });
});

test("we can CONNECT to node:http2's server", async () => {
  const server = http2.createServer({
    settings: { enableConnectProtocol: true },
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "x-protocol": headers[":protocol"] });
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = new Client();
  try {
    const conn = client.connect(`http://127.0.0.1:${port}/`, {
      protocol: "bytes",
    });
    await conn.write(bytes("hello"));
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "hello");
    const { headers } = await conn.opened;
    assert.equal(headers.get("x-protocol"), "bytes");
  } finally {
    await client.close({ graceMs: 0 });
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
