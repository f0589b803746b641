import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import {
  accept,
  Client,
  type ClientOptions,
  type Conn,
  H2ConnError,
  type H2ConnErrorCode,
  serve,
} from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, readExactly, text, within } from "../support/pair.ts";
import { FLOOD_CASES } from "./flood_cases.ts";
import { FRAME_CASES } from "./frame_cases.ts";
import {
  ascii,
  block,
  continuation,
  data,
  END_HEADERS,
  END_STREAM,
  field,
  frame,
  goaway,
  headers,
  integer,
  join,
  longHeaders,
  OK_BLOCK,
  ping,
  type RawPeer,
  RawServer,
  repeat,
  reset,
  SETTING,
  settings,
  SETTINGS_ACK,
  sleep,
  TYPE,
} from "./raw_peer.ts";
import { during } from "./target.ts";

interface Victim {
  /** Connects to the hostile server. */
  connect(): Conn;
  readonly server: RawServer;
}

/**
 * Runs a hostile server against a Client that also has an honest one: that
 * one's Conn works before, during and after.
 */
async function hostile(
  onPeer: (peer: RawPeer) => void | Promise<void>,
  run: (victim: Victim) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  await using honest = await serve({ port: 0 }, (request) => {
    const { conn, response } = accept(request);
    conn.readable.pipeTo(conn.writable).catch(() => {});
    return response;
  });
  await using server = await RawServer.listen(onPeer);
  const client = new Client(options);
  const conn = client.connect(honest.url);
  async function echo(): Promise<void> {
    const word = `hello ${Math.random()}`;
    await within(conn.write(bytes(word)), "honest write");
    const back = await within(readExactly(conn, word.length), "honest echo");
    assert.equal(text(back), word);
  }
  try {
    await echo();
    const connect = () => client.connect(server.url);
    await during(echo, run({ connect, server }));
    await echo();
  } finally {
    await within(client.close({ graceMs: 0 }), "close of the Client", 3000);
  }
}

/** Answers SETTINGS, waits for a request and answers 200. */
async function answer(peer: RawPeer): Promise<void> {
  await begin(peer);
  await peer.send(headers(1, OK_BLOCK, END_HEADERS));
}

/** Answers SETTINGS and waits for a request. */
async function begin(peer: RawPeer): Promise<void> {
  await peer.send(settings());
  await peer.shakeHands();
  await peer.expectHeaders(1);
}

/** The error that a Conn ends with: in all its parts, and never as EOF. */
async function ending(
  conn: Conn,
  { ms = 5000, mayReadEof = false } = {},
): Promise<H2ConnError> {
  let error: unknown;
  await within(conn.closed, "end", ms).catch((reason) => error = reason);
  assert(error instanceof H2ConnError, `It ended with ${error}`);
  // What came before it can be read first.
  const buffer = new Uint8Array(65_536);
  const reads = (async () => {
    while (await conn.read(buffer) !== null);
  })();
  if (mayReadEof) await reads;
  else await assert.rejects(reads, H2ConnError);
  await assert.rejects(conn.write(bytes("x")), H2ConnError);
  return error;
}

async function endsWith(
  conn: Conn,
  code: H2ConnErrorCode,
  h2Code?: string,
): Promise<void> {
  const error = await ending(conn) as H2ConnError & {
    h2Code?: { name: string };
  };
  assert.equal(error.code, code, error.message);
  if (h2Code !== undefined) assert.equal(error.h2Code?.name, h2Code);
}

test("frames that break a rule cost a client the session or the stream", {
  timeout: 30_000,
}, async (t) => {
  for (const row of FRAME_CASES) {
    if (row.only === "server") continue;
    await t.test(row.name, async () => {
      let done: Promise<void> | undefined;
      await using server = await RawServer.listen((peer) => {
        done = (async () => {
          await answer(peer);
          await peer.send(row.send);
          if (row.goaway !== undefined) await peer.expectGoaway(row.goaway);
          else {
            if (row.reset !== undefined) await peer.expectReset(1, row.reset);
            await peer.expectAlive();
          }
        })();
        done.catch(() => {});
      });
      const client = new Client();
      const conn = client.connect(server.url);
      if (row.goaway ?? row.reset) {
        const error = await ending(conn, { mayReadEof: row.hasEnded });
        const codes = ["ERR_PROTOCOL", "ERR_RESET"];
        assert(codes.includes(error.code), error.message);
        if (error.code === "ERR_PROTOCOL") {
          const { h2Code } = error as H2ConnError & { h2Code: unknown };
          assert.equal((h2Code as { name: string }).name, row.goaway);
        }
      } else {
        await within(conn.opened, "response");
      }
      await done;
      await within(client.close({ graceMs: 0 }), "close");
    });
  }
});

test("floods of a server end the session", {
  timeout: 60_000,
}, async (t) => {
  for (const { name, unit, count, only } of FLOOD_CASES) {
    if (only === "server") continue;
    await t.test(name, async () => {
      let done: Promise<void> | undefined;
      await hostile((peer) => {
        done = (async () => {
          await (name.startsWith("informational") ? begin : answer)(peer);
          if (name === "CONTINUATION") await peer.send(headers(5, OK_BLOCK, 0));
          await peer.flood(repeat(unit, count));
          await peer.expectGoaway("ENHANCE_YOUR_CALM");
        })();
        done.catch(() => {});
      }, async ({ connect }) => {
        await endsWith(connect(), "ERR_PROTOCOL", "ENHANCE_YOUR_CALM");
        await done;
      });
    });
  }
});

type Fields = readonly (readonly [string, string])[];

const MALFORMED: { name: string; fields: Fields; endStream?: boolean }[] = [
  { name: "no fields", fields: [] },
  { name: "no :status", fields: [["a", "b"]] },
  { name: "an empty :status", fields: [[":status", ""]] },
  { name: ":status 101", fields: [[":status", "101"]] },
  { name: ":status 20", fields: [[":status", "20"]] },
  { name: ":status 2000", fields: [[":status", "2000"]] },
  { name: ":status 600", fields: [[":status", "600"]] },
  { name: ":status of letters", fields: [[":status", "abc"]] },
  { name: ":status with CR and LF", fields: [[":status", "200\r\na: b"]] },
  { name: ":status twice", fields: [[":status", "200"], [":status", "200"]] },
  { name: ":status after a field", fields: [["a", "b"], [":status", "200"]] },
  { name: ":path in a response", fields: [[":status", "200"], [":path", "/"]] },
  {
    name: "103 that ends the stream",
    fields: [[":status", "103"]],
    endStream: true,
  },
  {
    name: "CR and LF in a value",
    fields: [[":status", "200"], ["a", "b\r\nc: d"]],
  },
  { name: "NUL in a value", fields: [[":status", "200"], ["a", "b\0"]] },
  { name: "LF in a name", fields: [[":status", "200"], ["a\n", "b"]] },
  { name: "a name in upper case", fields: [[":status", "200"], ["A", "b"]] },
  { name: "connection", fields: [[":status", "200"], ["connection", "close"]] },
  {
    name: "transfer-encoding",
    fields: [[":status", "200"], ["transfer-encoding", "chunked"]],
  },
  { name: "upgrade", fields: [[":status", "200"], ["upgrade", "websocket"]] },
  {
    name: "content-length twice",
    fields: [[":status", "200"], ["content-length", "1"], [
      "content-length",
      "2",
    ]],
  },
];

test("malformed responses reset their stream", {
  timeout: 30_000,
}, async (t) => {
  for (const { name, fields, endStream } of MALFORMED) {
    await t.test(name, async () => {
      let done: Promise<void> | undefined;
      await hostile((peer) => {
        done = (async () => {
          await begin(peer);
          const flags = END_HEADERS | (endStream ? END_STREAM : 0);
          await peer.send(headers(1, block(fields), flags));
          await peer.expectReset(1, "PROTOCOL_ERROR");
          await peer.expectAlive();
        })();
        done.catch(() => {});
      }, async ({ connect }) => {
        const conn = connect();
        await assert.rejects(conn.opened, { code: "ERR_RESET", remote: false });
        await endsWith(conn, "ERR_RESET", "PROTOCOL_ERROR");
        await done;
      });
    });
  }
});

const LARGE = field("a", "x".repeat(9967));

const TOO_LARGE: { name: string; fields: Uint8Array }[] = [
  { name: "70 kB", fields: repeat(LARGE, 7) },
  { name: "10 000 fields", fields: new Uint8Array(10_000).fill(0x90) },
  {
    name: "10 000 set-cookie",
    fields: repeat(field("set-cookie", "a"), 10_000),
  },
  {
    name: "an HPACK bomb",
    fields: join(
      field("a", "x".repeat(4000), true),
      new Uint8Array(12_000).fill(integer(62, 7, 0x80)[0]),
    ),
  },
];

test("header lists of a server that are too large reset their stream", {
  timeout: 30_000,
}, async (t) => {
  for (const part of ["response", "trailers"]) {
    for (const { name, fields } of TOO_LARGE) {
      await t.test(`${part}: ${name}`, () =>
        hostile(async (peer) => {
          await begin(peer);
          if (part === "response") {
            await peer.send(longHeaders(1, join(OK_BLOCK, fields), 0));
          } else {
            await peer.send(headers(1, OK_BLOCK, END_HEADERS));
            await peer.send(longHeaders(1, fields, END_STREAM));
          }
        }, async ({ connect }) => {
          await endsWith(connect(), "ERR_RESET", "ENHANCE_YOUR_CALM");
        }));
    }
  }
});

test(
  "1 MiB of response headers ends the session",
  { timeout: 20_000 },
  () =>
    hostile(async (peer) => {
      await begin(peer);
      await peer.flood(longHeaders(1, join(OK_BLOCK, repeat(LARGE, 105))));
    }, async ({ connect }) => {
      await endsWith(connect(), "ERR_PROTOCOL", "ENHANCE_YOUR_CALM");
    }),
);

/** What a server says first, or does, and the error for it. */
const STARTS: {
  name: string;
  start(peer: RawPeer): void | Promise<void>;
  code: H2ConnErrorCode;
}[] = [
  {
    name: "GOAWAY before SETTINGS",
    start: (peer) => peer.send(goaway(0)),
    code: "ERR_PROTOCOL",
  },
  {
    name: "PING before SETTINGS",
    start: (peer) => peer.send(ping()),
    code: "ERR_PROTOCOL",
  },
  {
    name: "HEADERS before SETTINGS",
    start: (peer) => peer.send(headers(1, OK_BLOCK)),
    code: "ERR_PROTOCOL",
  },
  {
    name: "a SETTINGS ACK before SETTINGS",
    start: (peer) => peer.send(SETTINGS_ACK),
    code: "ERR_PROTOCOL",
  },
  {
    name: "noise",
    start: (peer) => peer.send(new Uint8Array(4096).fill(0xa5)),
    code: "ERR_PROTOCOL",
  },
  {
    name: "HTTP/1.1",
    start: (peer) =>
      peer.send(ascii("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    code: "ERR_NOT_SUPPORTED",
  },
  {
    name: "HTTP/1.0",
    start: (peer) => peer.send(ascii("HTTP/1.0 505 No\r\n\r\n")),
    code: "ERR_NOT_SUPPORTED",
  },
  {
    name: "the banner of SSH",
    start: (peer) => peer.send(ascii("SSH-2.0-OpenSSH_9.2p1\r\n")),
    code: "ERR_NOT_SUPPORTED",
  },
  { name: "FIN", start: (peer) => void peer.socket.end(), code: "ERR_CONNECT" },
  {
    name: "RST",
    start: (peer) => void peer.socket.resetAndDestroy(),
    code: "ERR_CONNECT",
  },
  {
    name: "FIN inside SETTINGS",
    start(peer) {
      peer.socket.end(
        frame(TYPE.SETTINGS, 0, 0, new Uint8Array(6)).slice(0, 11),
      );
    },
    code: "ERR_CONNECT",
  },
  {
    name: "SETTINGS and FIN",
    start: (peer) => void peer.socket.end(settings()),
    code: "ERR_CONNECT",
  },
  {
    name: "no streams allowed",
    start: (peer) =>
      peer.send(
        settings([SETTING.MAX_CONCURRENT_STREAMS, 0]),
        reset(1, "REFUSED_STREAM"),
      ),
    code: "ERR_RESET",
  },
];

test("servers that begin badly give an error that says so", {
  timeout: 30_000,
}, async (t) => {
  for (const { name, start, code } of STARTS) {
    await t.test(name, () =>
      hostile(async (peer) => {
        await peer.until(() => peer.received > 24, "preface");
        await start(peer);
      }, async ({ connect, server }) => {
        const conn = connect();
        const error = await ending(conn);
        assert.equal(error.code, code, error.message);
        await assert.rejects(conn.opened, { code });
        assert(server.peers.length <= 4, `${server.peers.length} sessions`);
      }));
  }
});

/** What a server does with a Conn that is open, and the error for it. */
const CUTS: {
  name: string;
  cut(peer: RawPeer): void | Promise<void>;
  code: H2ConnErrorCode;
}[] = [
  { name: "FIN", cut: (peer) => void peer.socket.end(), code: "ERR_CONNECT" },
  {
    name: "RST",
    cut: (peer) => void peer.socket.resetAndDestroy(),
    code: "ERR_CONNECT",
  },
  {
    name: "FIN inside DATA",
    cut: (peer) => void peer.socket.end(data(1, 9).slice(0, 12)),
    code: "ERR_CONNECT",
  },
  {
    name: "RST_STREAM of NO_ERROR",
    cut: (peer) => peer.send(reset(1, "NO_ERROR")),
    code: "ERR_RESET",
  },
  {
    name: "RST_STREAM of CANCEL",
    cut: (peer) => peer.send(reset(1)),
    code: "ERR_RESET",
  },
  {
    name: "GOAWAY that drops it",
    cut: (peer) => peer.send(goaway(0)),
    code: "ERR_GOAWAY",
  },
  {
    name: "GOAWAY that keeps it, then FIN",
    async cut(peer) {
      await peer.send(goaway(1));
      peer.socket.end();
    },
    code: "ERR_GOAWAY",
  },
  {
    name: "GOAWAY that keeps it, then one that drops it",
    cut: (peer) => peer.send(goaway(2 ** 31 - 1), goaway(0)),
    code: "ERR_GOAWAY",
  },
  {
    name: "GOAWAY that drops it, then one that keeps it",
    cut: (peer) => peer.send(goaway(0), goaway(1)),
    code: "ERR_GOAWAY",
  },
  {
    name: "content short of content-length",
    cut: (peer) => peer.send(data(1, 1, END_STREAM)),
    code: "ERR_RESET",
  },
  {
    name: "content over content-length",
    cut: (peer) => peer.send(data(1, 1001)),
    code: "ERR_RESET",
  },
];

test("a Conn that is cut says so, and never EOF", {
  timeout: 30_000,
}, async (t) => {
  for (const { name, cut, code } of CUTS) {
    await t.test(name, () =>
      hostile(async (peer) => {
        await begin(peer);
        const fields = join(OK_BLOCK, field("content-length", "1000"));
        await peer.send(headers(1, fields, END_HEADERS), data(1, 5));
        await cut(peer);
      }, async ({ connect }) => {
        const conn = connect();
        await conn.write(bytes("hello")).catch(() => {});
        await endsWith(conn, code);
      }));
  }
});

test(
  "GOAWAY that keeps a stream lets it end well",
  { timeout: 20_000 },
  () =>
    hostile(async (peer) => {
      await answer(peer);
      await peer.send(goaway(1), data(1, 5));
      await peer.expectAlive();
      await peer.send(data(1, 5, END_STREAM));
    }, async ({ connect }) => {
      const conn = connect();
      await within(readExactly(conn, 10), "bytes");
      assert.equal(await within(conn.read(new Uint8Array(1)), "EOF"), null);
      await conn.closeWrite();
      await within(conn.closed, "end");
    }),
);

test("a server that refuses all streams is asked three times", {
  timeout: 20_000,
}, () =>
  hostile(async (peer) => {
    await peer.send(settings());
    await peer.shakeHands();
    for (let id = 1; id < 100; id += 2) {
      await peer.expectHeaders(id);
      await peer.send(reset(id, "REFUSED_STREAM"));
    }
  }, async ({ connect, server }) => {
    await endsWith(connect(), "ERR_RESET", "REFUSED_STREAM");
    assert(server.peers.length <= 3);
  }));

test("a server that says GOAWAY to all is asked three times", {
  timeout: 20_000,
}, () =>
  hostile(async (peer) => {
    await peer.send(settings(), goaway(0));
  }, async ({ connect, server }) => {
    await endsWith(connect(), "ERR_GOAWAY");
    assert(server.peers.length <= 3, `${server.peers.length} sessions`);
  }));

/** Servers that keep a client waiting, with timeouts of 500 ms. */
const WAITS: {
  name: string;
  wait(peer: RawPeer): void | Promise<void>;
  code: H2ConnErrorCode;
  message: RegExp;
}[] = [
  {
    name: "no byte at all",
    wait: () => {},
    code: "ERR_CONNECT",
    message: /no SETTINGS|No response/,
  },
  {
    name: "a drip of SETTINGS",
    async wait(peer) {
      for (const byte of frame(TYPE.SETTINGS, 0, 0, new Uint8Array(600))) {
        if (peer.isClosed) break;
        await peer.send(Uint8Array.of(byte));
        await sleep(50);
      }
    },
    code: "ERR_CONNECT",
    message: /no SETTINGS|No response/,
  },
  {
    name: "no acknowledgement of SETTINGS",
    async wait(peer) {
      await peer.send(settings());
      await peer.expectHeaders(1);
      await peer.send(headers(1, OK_BLOCK, END_HEADERS));
    },
    code: "ERR_PROTOCOL",
    message: /acknowledge/,
  },
  {
    name: "no response",
    wait: begin,
    code: "ERR_CONNECT",
    message: /No response headers/,
  },
  {
    name: "informational responses only",
    async wait(peer) {
      await begin(peer);
      for (let count = 0; count < 30 && !peer.isClosed; count++) {
        await peer.send(headers(1, block([[":status", "103"]]), END_HEADERS));
        await sleep(50);
      }
    },
    code: "ERR_CONNECT",
    message: /No response headers/,
  },
  {
    name: "a drip of trailers",
    async wait(peer) {
      await answer(peer);
      await peer.send(headers(1, field("a", "b"), END_STREAM));
      for (let count = 0; count < 30 && !peer.isClosed; count++) {
        await peer.send(continuation(1, Uint8Array.of(0x90)));
        await sleep(50);
      }
    },
    code: "ERR_PROTOCOL",
    message: /for one frame/,
  },
];

test("a server that keeps a client waiting is given up", {
  timeout: 30_000,
}, async (t) => {
  const timeouts = {
    connectTimeout: 500,
    headersTimeout: 500,
    settingsTimeout: 500,
  };
  for (const { name, wait, code, message } of WAITS) {
    await t.test(name, () =>
      hostile(wait, async ({ connect }) => {
        const error = await ending(connect(), { ms: 3000 });
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
      }, { timeouts }));
  }
});

test("a server that is silent during TLS is given up", {
  timeout: 20_000,
}, async () => {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await using client = new Client({ timeouts: { connectTimeout: 500 } });
  const conn = client.connect(`https://127.0.0.1:${port}`);
  await assert.rejects(within(conn.opened, "error", 3000), {
    code: "ERR_CONNECT",
    phase: "tls",
  });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("servers that are no TLS, or no HTTP/2, are named", {
  timeout: 20_000,
}, async () => {
  const { ca } = await makeCertificates();
  await using server = await RawServer.listen(async (peer) => {
    await peer.send(ascii("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await using client = new Client({ tls: { ca } });
  const conn = client.connect(server.url.replace("http:", "https:"));
  await assert.rejects(within(conn.opened, "error"), {
    code: "ERR_CONNECT",
    phase: "tls",
  });
});

test(
  "a redirect is an error",
  { timeout: 20_000 },
  () =>
    hostile(async (peer) => {
      await begin(peer);
      const fields = [[":status", "302"], [
        "location",
        "http://other/",
      ]] as const;
      await peer.send(headers(1, block(fields)));
    }, async ({ connect }) => {
      await assert.rejects(within(connect().opened, "error"), {
        code: "ERR_STATUS",
        status: 302,
      });
    }),
);

test(
  "a refusal whose body is endless is cut short",
  { timeout: 20_000 },
  () =>
    hostile(async (peer) => {
      await begin(peer);
      await peer.send(headers(1, block([[":status", "403"]]), END_HEADERS));
      for (let count = 0; count < 100; count++) {
        await peer.send(data(1, 16_384));
      }
    }, async ({ connect }) => {
      await assert.rejects(within(connect().opened, "error"), (error) => {
        const { status, body } = error as { status: number; body: string };
        assert.equal(status, 403);
        assert(body.length <= 4096);
        return true;
      });
    }),
);

test("a window that stays shut keeps a write waiting, up to its deadline", {
  timeout: 20_000,
}, () =>
  hostile(async (peer) => {
    await peer.send(settings([SETTING.INITIAL_WINDOW_SIZE, 0]));
    await peer.shakeHands();
    await peer.expectHeaders(1);
    await peer.send(headers(1, OK_BLOCK, END_HEADERS));
  }, async ({ connect }) => {
    const conn = connect();
    await within(conn.opened, "response");
    conn.setWriteDeadline(Date.now() + 300);
    await assert.rejects(within(conn.write(new Uint8Array(1000)), "error"), {
      name: "TimeoutError",
      bytesWritten: 0,
    });
    conn.abort();
  }));
