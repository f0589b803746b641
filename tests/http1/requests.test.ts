/** Requests of HTTP/1.x as they come on the wire. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Handler,
  serve,
  type ServeOptions,
  type Server,
} from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { get, Wire } from "./wire.ts";

/** Answers with what it was asked. */
async function tell(request: Request, info: { protocol: string }) {
  const body = request.body ? await request.text() : "";
  const text = `${info.protocol} ${request.method} ${request.url} [${body}]`;
  return new Response(text, {
    headers: { "content-length": `${text.length}` },
  });
}

async function withServer(
  use: (server: Server) => Promise<void>,
  handler: Handler = tell,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const server = await serve({ port: 0, ...options }, handler);
  try {
    await use(server);
  } finally {
    await server.shutdown(0);
  }
}

/** Sends a request, and gives the first answer. */
async function answerTo(server: Server, request: string): Promise<string> {
  using wire = await Wire.open(server);
  wire.send(request);
  return await wire.receive(/^HTTP[\s\S]*?\r\n\r\n(.*\])?/);
}

const TARGETS: [what: string, request: string, answer: RegExp][] = [
  [
    "origin form",
    "GET /a?b HTTP/1.1\r\nHost: h:81\r\n\r\n",
    /^HTTP\/1.1 200 [\s\S]*http\/1.1 GET http:\/\/h:81\/a\?b \[\]$/,
  ],
  [
    "absolute form, which goes before Host",
    "GET http://other:82/a?b HTTP/1.1\r\nHost: h\r\n\r\n",
    /http\/1.1 GET http:\/\/other:82\/a\?b \[\]$/,
  ],
  [
    "absolute form without a path",
    "GET http://other HTTP/1.1\r\nHost: h\r\n\r\n",
    /http\/1.1 GET http:\/\/other\/ \[\]$/,
  ],
  [
    "asterisk form",
    "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    /http\/1.1 OPTIONS http:\/\/h\/ \[\]$/,
  ],
  [
    "HTTP/1.0 with Host",
    "GET /old HTTP/1.0\r\nHost: h\r\n\r\n",
    /http\/1.0 GET http:\/\/h\/old \[\]$/,
  ],
  [
    "HTTP/1.0 without Host",
    "GET /old HTTP/1.0\r\n\r\n",
    /http\/1.0 GET http:\/\/127.0.0.1:\d+\/old \[\]$/,
  ],
  [
    "a chunked body",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nTrailer: t\r\n\r\n",
    /http\/1.1 POST http:\/\/h\/ \[abcde\]$/,
  ],
  [
    "an Upgrade, which is left alone",
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    /^HTTP\/1.1 200 /,
  ],
  [
    "a WebSocket, which is left alone",
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    /^HTTP\/1.1 200 /,
  ],
  [
    "an expectation that nobody knows",
    "GET / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\n\r\n",
    /^HTTP\/1.1 200 /,
  ],
  [
    "a method of WebDAV",
    "PROPFIND /dav HTTP/1.1\r\nHost: h\r\n\r\n",
    /^HTTP\/1.1 (200|501) /,
  ],
  [
    "a GET with a body, which Request has no place for",
    "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
    /http\/1.1 GET http:\/\/h\/ \[\]$/,
  ],
];

const REFUSED: [what: string, status: number, request: string][] = [
  ["no Host", 400, "GET / HTTP/1.1\r\n\r\n"],
  ["two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
  ["a Host with a user", 400, "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n"],
  ["a Host that is none", 400, "GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n"],
  ["a target that is no path", 400, "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n"],
  [
    "a target of another scheme",
    400,
    "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
  ],
  ["an asterisk for GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a method that nobody knows", 400, "FROB / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["CONNECT", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"],
  ["TRACE", 501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["noise after the method", 400, "GET \0\x01\x02 \r\n\r\n"],
  ["a version that is none", 400, "GET / HTTQ/1.1\r\nHost: a\r\n\r\n"],
  ["HTTP/2.0 as a version of HTTP/1", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
  ["a header without a colon", 400, "GET / HTTP/1.1\r\nHost a\r\n\r\n"],
  [
    "a body with two lengths",
    400,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" +
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "too many bytes of headers",
    431,
    get("/", `X-Long: ${"x".repeat(70_000)}`),
  ],
  [
    "too many headers",
    431,
    get("/", ...Array.from({ length: 300 }, (_, at) => `X-${at}: 1`)),
  ],
  [
    "very many headers",
    431,
    get("/", ...Array.from({ length: 3000 }, (_, at) => `X-${at}: 1`)),
  ],
];

for (const [what, request, answer] of TARGETS) {
  test(`a request is served: ${what}`, () =>
    withServer(async (server) => {
      assert.match(await answerTo(server, request), answer);
    }));
}

for (const [what, status, request] of REFUSED) {
  test(`a request is refused: ${what}`, () =>
    withServer(async (server) => {
      const answer = await answerTo(server, request);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(await answerTo(server, get()), /^HTTP\/1.1 200 /);
    }));
}

test("Expect: 100-continue is answered before the body comes", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" +
        "Content-Length: 3\r\n\r\n",
    );
    await wire.receive(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    wire.send("abc");
    await wire.receive(/^HTTP\/1.1 200 [\s\S]*\[abc\]/);
  }));

test("a connection carries one request after the other", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    for (let turn = 0; turn < 200; turn++) {
      if (turn % 2 === 0) wire.send(get(`/${turn}`));
      else {
        wire.send(
          `POST /${turn} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok`,
        );
      }
      const answer = await wire.receive(/\]/);
      assert.match(answer, /^HTTP\/1.1 200 /);
      assert.ok(answer.includes(`/${turn} [${turn % 2 ? "ok" : ""}]`), answer);
    }
  }));

test("the bytes of a request may come one by one", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    for (const byte of get("/slow")) {
      wire.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match(await wire.receive(/\]/), /\/slow/);
  }));

test("pipelined requests are answered in order, one handler at a time", async () => {
  let running = 0;
  let most = 0;
  await withServer(
    async (server) => {
      using wire = await Wire.open(server);
      let all = "";
      for (let at = 0; at < 50; at++) all += get(`/${at}`);
      wire.send(all);
      for (let at = 0; at < 50; at++) {
        const answer = await wire.receive(/<\/\d+>/);
        assert.ok(answer.endsWith(`<\/${at}>`), answer);
      }
      wire.send(get("/after"));
      await wire.receive(/<\/after>/);
      assert.equal(most, 1);
    },
    async (request) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return new Response(`<${new URL(request.url).pathname}>`);
    },
  );
});

test("a request that asks for it is the connection's last", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send(get("/", "Connection: close"));
    assert.match(await wire.receive(/\]/), /\r\nconnection: close\r\n/i);
    await wire.closed();
  }));

test("a body that is there at once leaves with its length", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send(get());
    const answer = await wire.receive(/hello/);
    assert.match(answer, /\r\ncontent-length: 5\r\n/i);
  }, () => new Response("hello")));

test("headers leave before a body that is not there yet", async () => {
  const more = Promise.withResolvers<void>();
  await withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send(get());
    const head = await wire.receive(/\r\n\r\n/);
    assert.match(head, /\r\ntransfer-encoding: chunked\r\n/i);
    more.resolve();
    await wire.receive(/^4\r\nlate\r\n0\r\n\r\n/);
  }, () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await more.promise;
          controller.enqueue(new TextEncoder().encode("late"));
          controller.close();
        },
      }),
    ));
});

test("an absolute target is the Host, too", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send("GET http://other:82/ HTTP/1.1\r\nHost: h\r\n\r\n");
    await wire.receive(/\[other:82\]/);
  }, (request) => new Response(`[${request.headers.get("host")}]`)));

test("CONNECT after other requests waits for them, and closes", () =>
  withServer(async (server) => {
    using wire = await Wire.open(server);
    wire.send(get("/first") + "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    await wire.receive(/^HTTP\/1.1 200 [^]*\/first/);
    await wire.closed();
    assert.equal(wire.text.replace(" []", ""), "");
  }));

test("over TLS, HTTP/1.1 is for who agrees on it, or on nothing", async () => {
  const { cert, key } = await makeCertificates();
  await withServer(
    async (server) => {
      for (
        const alpn of [
          ["http/1.1"],
          ["http/1.0"],
          ["http/1.1", "h2c"],
          undefined,
        ]
      ) {
        using wire = await Wire.open(server, { secure: true, alpn });
        wire.send(get("/tls"));
        assert.match(
          await wire.receive(/\]/),
          /http\/1.1 GET https:\/\/localhost\/tls/,
        );
      }
      using both = await Wire.open(server, {
        secure: true,
        alpn: ["http/1.1", "h2"],
      });
      assert.match(
        String((both.socket as { alpnProtocol?: string }).alpnProtocol),
        /^h2$/,
      );
    },
    tell,
    { tls: { cert, key } },
  );
});

test("allowHttp1: false refuses, whatever carries it", async () => {
  const { cert, key } = await makeCertificates();
  for (const tls of [undefined, { cert, key }]) {
    await withServer(
      async (server) => {
        using wire = await Wire.open(server, { secure: tls !== undefined });
        wire.send(get());
        await wire.receive(/^HTTP\/1.1 505 [\s\S]*HTTP\/2 only/);
        await wire.closed();
      },
      tell,
      { tls, allowHttp1: false },
    );
  }
});
