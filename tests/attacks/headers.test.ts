import assert from "node:assert/strict";
import { test } from "node:test";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import {
  block,
  continuation,
  END_HEADERS,
  field,
  headers,
  integer,
  join,
  longHeaders,
  type RawPeer,
  repeat,
  request,
} from "./raw_peer.ts";
import { attack, type Target } from "./target.ts";

type Fields = readonly (readonly [string, string])[];

const PSEUDO = {
  method: [":method", "POST"],
  scheme: [":scheme", "http"],
  authority: [":authority", "localhost"],
  path: [":path", "/"],
} as const;
const { method, scheme, authority, path } = PSEUDO;
const GOOD = [method, scheme, authority, path];

function withField(name: string, value: string): Fields {
  return [...GOOD, [name, value]];
}

/** Requests that RFC 9113 section 8.1.1 calls malformed. */
const MALFORMED: { name: string; fields: Fields }[] = [
  { name: "CR in a value", fields: withField("a", "b\rc") },
  { name: "LF in a value", fields: withField("a", "b\nc: d") },
  { name: "NUL in a value", fields: withField("a", "b\0") },
  { name: "a control character in a value", fields: withField("a", "b\x1b") },
  { name: "DEL in a value", fields: withField("a", "\x7f") },
  { name: "white space before a value", fields: withField("a", " b") },
  { name: "white space after a value", fields: withField("a", "b\t") },
  { name: "CR and LF in a name", fields: withField("a\r\nb", "c") },
  { name: "NUL in a name", fields: withField("a\0", "c") },
  { name: "a colon in a name", fields: withField("a:b", "c") },
  { name: "a space in a name", fields: withField("a b", "c") },
  { name: "a name that is not ASCII", fields: withField("\xe9", "c") },
  { name: "an empty name", fields: withField("", "c") },
  { name: "a name in upper case", fields: withField("Accept", "c") },
  {
    name: "CR and LF in :path",
    fields: [method, scheme, authority, [":path", "/ HTTP/1.1\r\na: b"]],
  },
  {
    name: "CR and LF in :method",
    fields: [[":method", "GET / HTTP/1.1\r\n"], scheme, authority, path],
  },
  {
    name: "NUL in :authority",
    fields: [method, scheme, [":authority", "a\0b"], path],
  },
  { name: "no :method", fields: [scheme, authority, path] },
  { name: "no :scheme", fields: [method, authority, path] },
  { name: "no :path", fields: [method, scheme, authority] },
  {
    name: "an empty :path",
    fields: [method, scheme, authority, [":path", ""]],
  },
  {
    name: "an empty :method",
    fields: [[":method", ""], scheme, authority, path],
  },
  {
    name: "a :path without a slash",
    fields: [method, scheme, authority, [":path", "x"]],
  },
  {
    name: "a :path that is a URL",
    fields: [method, scheme, authority, [":path", "http://other/"]],
  },
  { name: ":method twice", fields: [method, ...GOOD] },
  { name: ":path twice", fields: [...GOOD, path] },
  { name: ":authority twice", fields: [...GOOD, [":authority", "other"]] },
  {
    name: "a pseudo-header after a field",
    fields: [method, scheme, path, ["a", "b"], authority],
  },
  { name: ":status in a request", fields: withField(":status", "200") },
  { name: "an unknown pseudo-header", fields: withField(":foo", "bar") },
  { name: "a pseudo-header without a name", fields: withField(":", "bar") },
  {
    name: ":protocol without CONNECT",
    fields: withField(":protocol", "websocket"),
  },
  {
    name: "CONNECT with a path",
    fields: [[":method", "CONNECT"], authority, path],
  },
  { name: "CONNECT without :authority", fields: [[":method", "CONNECT"]] },
  { name: "host that is not :authority", fields: withField("host", "other") },
  {
    name: "host twice",
    fields: [method, scheme, path, ["host", "a"], ["host", "b"]],
  },
  { name: "connection", fields: withField("connection", "keep-alive") },
  { name: "keep-alive", fields: withField("keep-alive", "timeout=5") },
  { name: "proxy-connection", fields: withField("proxy-connection", "close") },
  {
    name: "transfer-encoding",
    fields: withField("transfer-encoding", "chunked"),
  },
  { name: "upgrade", fields: withField("upgrade", "h2c") },
  { name: "te of gzip", fields: withField("te", "gzip") },
  {
    name: "te of trailers and more",
    fields: withField("te", "trailers, gzip"),
  },
];

/** Requests that are well-formed, and what a server can't make of them. */
const REFUSED: { name: string; fields: Fields; status: string }[] = [
  {
    name: "CONNECT",
    fields: [[":method", "CONNECT"], authority],
    status: "501",
  },
  {
    name: "extended CONNECT",
    fields: [
      [":method", "CONNECT"],
      [":protocol", "websocket"],
      scheme,
      authority,
      path,
    ],
    status: "501",
  },
  {
    name: "TRACE",
    fields: [[":method", "TRACE"], scheme, authority, path],
    status: "501",
  },
  {
    name: "a method that is no token",
    fields: [[":method", "G T"], scheme, authority, path],
    status: "400 or 501",
  },
  {
    name: "user information in :authority",
    fields: [method, scheme, [":authority", "u:p@localhost"], path],
    status: "400",
  },
  {
    name: "a path in :authority",
    fields: [method, scheme, [":authority", "localhost/hold?"], path],
    status: "400",
  },
  {
    name: "a backslash in :authority",
    fields: [method, scheme, [":authority", "localhost\\hold"], path],
    status: "400",
  },
  {
    name: "a query in :authority",
    fields: [method, scheme, [":authority", "localhost?"], path],
    status: "400",
  },
  {
    name: "a fragment in :authority",
    fields: [method, scheme, [":authority", "localhost#"], path],
    status: "400",
  },
  {
    name: "half an IPv6 address",
    fields: [method, scheme, [":authority", "[::1"], path],
    status: "400",
  },
  {
    name: "a port that is none",
    fields: [method, scheme, [":authority", "localhost:99999"], path],
    status: "400",
  },
  {
    name: "an :authority of spaces",
    fields: [method, scheme, [":authority", "a b"], path],
    status: "400",
  },
  {
    name: "a bad percent sign in :path",
    fields: [method, scheme, authority, [":path", "/%"]],
    status: "200",
  },
  {
    name: "two slashes in :path",
    fields: [method, scheme, authority, [":path", "//other/\\..\\"]],
    status: "200",
  },
  {
    name: "another scheme",
    fields: [method, [":scheme", "javascript"], authority, path],
    status: "200",
  },
  { name: "__proto__", fields: withField("__proto__", "x"), status: "200" },
];

/** Reads responses with their fields. */
function responses(peer: RawPeer) {
  const decoder = new HpackDecoder();
  return async (streamId: number) => {
    const { payload } = await peer.expectHeaders(streamId);
    return new Map(decoder.decode(payload).fields);
  };
}

test("malformed requests reset their stream, and no more", {
  timeout: 30_000,
}, async (t) => {
  await attack({}, async (target) => {
    const peer = await target.connect();
    let id = 1;
    for (const { name, fields } of MALFORMED) {
      await t.test(name, async () => {
        await peer.send(headers(id, block(fields)));
        await peer.expectReset(id, "PROTOCOL_ERROR");
      });
      id += 2;
    }
    await peer.expectAlive();
  });
});

test("requests that cannot be served get a status", {
  timeout: 20_000,
}, async (t) => {
  await attack({}, async (target) => {
    const peer = await target.connect();
    const response = responses(peer);
    let id = 1;
    for (const { name, fields, status } of REFUSED) {
      await t.test(name, async () => {
        await peer.send(headers(id, block(fields)));
        const answer = (await response(id)).get(":status")!;
        assert(status.includes(answer), `${answer} and not ${status}`);
      });
      id += 2;
    }
    await peer.expectAlive();
  });
});

/** A field of 10 000 bytes, as it is counted. */
const LARGE = field("a", "x".repeat(9967));

const TOO_LARGE: { name: string; send(id: number): Uint8Array }[] = [
  {
    name: "70 kB of headers",
    send: (id) => longHeaders(id, join(request(), repeat(LARGE, 7))),
  },
  {
    name: "one field of 70 kB",
    send: (id) => longHeaders(id, request("/", [["a", "x".repeat(70_000)]])),
  },
  {
    name: "a path of 70 kB",
    send: (id) => longHeaders(id, request("/" + "x".repeat(70_000))),
  },
  {
    name: "10 000 fields",
    send: (id) =>
      headers(id, join(request(), new Uint8Array(10_000).fill(0x90))),
  },
  {
    name: "10 000 empty fields",
    send: (id) =>
      longHeaders(id, join(request(), repeat(field("a", ""), 10_000))),
  },
  {
    name: "10 000 cookie crumbs",
    send: (id) =>
      longHeaders(id, join(request(), repeat(field("cookie", "a=b"), 10_000))),
  },
  {
    // One entry of the dynamic table, 4 KB long, named by a byte each time.
    name: "an HPACK bomb",
    send: (id) =>
      headers(
        id,
        join(
          request(),
          field("a", "x".repeat(4000), true),
          new Uint8Array(12_000).fill(integer(62, 7, 0x80)[0]),
        ),
      ),
  },
];

for (const endStream of [true, false]) {
  const kind = endStream ? "without" : "with";
  test(`header lists over the limit get 431 (requests ${kind} content)`, {
    timeout: 20_000,
  }, async (t) => {
    await attack({}, async (target) => {
      const peer = await target.connect();
      const response = responses(peer);
      let id = 1;
      for (const { name, send } of TOO_LARGE) {
        await t.test(name, async () => {
          const frames = send(id);
          if (!endStream) frames[4] &= ~1;
          await peer.send(frames);
          assert.equal((await response(id)).get(":status"), "431");
          if (!endStream) await peer.expectReset(id, "NO_ERROR");
        });
        id += 2;
      }
      await peer.expectAlive();
      await peer.send(headers(id, request("/")));
      assert.equal((await response(id)).get(":status"), "200");
    });
  });
}

test(
  "header lists within the limits pass",
  { timeout: 10_000 },
  () =>
    attack({}, async (target) => {
      const peer = await target.connect();
      const response = responses(peer);
      await peer.send(longHeaders(1, join(request(), repeat(LARGE, 6))));
      assert.equal((await response(1)).get(":status"), "200");
      const crumbs = repeat(field("cookie", "a=b"), 200);
      await peer.send(longHeaders(3, join(request("/cookie"), crumbs)));
      const { length } = (await response(3)).get("x-cookie")!;
      assert.equal(length, 200 * "a=b; ".length - 2);
    }),
);

test(
  "HPACK bombs cost neither time nor memory",
  { timeout: 20_000 },
  () =>
    attack({}, async (target) => {
      const peer = await target.connect();
      const { send } = TOO_LARGE[TOO_LARGE.length - 1];
      const before = process.memoryUsage().rss;
      const start = performance.now();
      // 48 MB each, were they unpacked.
      for (let id = 1; id < 200; id += 2) await peer.send(send(id));
      await peer.expectAlive();
      assert(performance.now() - start < 5000);
      assert(process.memoryUsage().rss - before < 64 * 1024 * 1024);
    }),
);

/** Header blocks so long that they are not even decoded. */
const ENDLESS: { name: string; send(target: Target): Promise<RawPeer> }[] = [
  {
    name: "1 MiB of headers",
    async send(target) {
      const peer = await target.connect();
      const fields = join(request(), repeat(LARGE, 105));
      await peer.flood(longHeaders(1, fields));
      return peer;
    },
  },
  {
    name: "1 MiB of headers in small frames",
    async send(target) {
      const peer = await target.connect();
      const fields = join(request(), repeat(LARGE, 105));
      await peer.flood(longHeaders(1, fields, 1, 1000));
      return peer;
    },
  },
  {
    name: "CONTINUATION frames of nothing",
    async send(target) {
      const peer = await target.connect();
      await peer.send(headers(1, request(), 0));
      await peer.flood(repeat(continuation(1), 20_000));
      return peer;
    },
  },
];

test("header blocks without end cost the session", {
  timeout: 20_000,
}, async (t) => {
  await attack({}, async (target) => {
    for (const { name, send } of ENDLESS) {
      await t.test(name, async () => {
        const peer = await send(target);
        await peer.expectGoaway("ENHANCE_YOUR_CALM");
      });
    }
  });
});

test("header blocks that are begun and dropped leave nothing", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    for (let round = 0; round < 50; round++) {
      const peer = await target.connect();
      await peer.send(
        headers(1, request(), 0),
        continuation(1, new Uint8Array(16_000)),
      );
      await peer.close();
    }
    const peer = await target.connect();
    await peer.send(headers(1, request("/hold"), END_HEADERS));
    await peer.expectHeaders(1);
  }));
