import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { test } from "node:test";
import {
  ArgumentError,
  Client,
  ClosedError,
  type Conn,
  connect,
  ConnectError,
  handle,
  NotSupportedError,
  serve,
  StatusError,
} from "../mod.ts";
import {
  makeCertificates,
  makeCertificatesFor,
  makeClientCertificate,
} from "./support/certificates.ts";
import { bytes, openPair, readAll, text, within } from "./support/pair.ts";

async function echo(conn: Conn) {
  for await (const chunk of conn) await conn.write(chunk);
}

test("opened tells what the peer said in SETTINGS", async () => {
  await using pair = await openPair({
    server: { limits: { maxConcurrentStreams: 7 } },
    client: { windows: { initialStreamWindow: 12_345 } },
  });
  const near = await within(pair.near.opened, "response");
  assert.equal(near.settings!.maxConcurrentStreams, 7);
  const far = await pair.far.opened;
  assert.equal(far.settings!.initialWindowSize, 12_345);
  assert.equal(far.settings!.enablePush, false);
});

test("connect() refuses bad input at the call", () => {
  const bad: [string, object?][] = [
    ["not a url"],
    ["ftp://localhost/"],
    ["ws://localhost/"],
    ["http://user:secret@localhost/"],
    ["http://localhost/", { method: "" }],
    ["http://localhost/", { method: "BAD METHOD" }],
    ["http://localhost/", { method: "CONNECT" }],
    ["http://localhost/", { method: "HEAD" }],
    ["http://localhost/", { headers: { connection: "close" } }],
    ["http://localhost/", { headers: { "transfer-encoding": "chunked" } }],
    ["http://localhost/", { headers: { te: "gzip" } }],
    ["http://localhost/", { headers: { host: "other" } }],
    ["http://localhost/", { headers: { "bad name": "1" } }],
    ["http://localhost/", { headers: { name: "a\nb" } }],
  ];
  for (const [url, options] of bad) {
    assert.throws(
      () => connect(url, options),
      (error) => error instanceof ArgumentError,
      `${url} ${JSON.stringify(options)}`,
    );
  }
});

test("a Client refuses options that cannot be", () => {
  const bad = [
    { limits: { maxResets: -1 } },
    { limits: { unknown: 1 } },
    { timeouts: { pingTimeout: 1.5 } },
    { windows: { initialStreamWindow: 0 } },
    { tls: { cert: "only" } },
    { tls: { ca: "no certificate" } },
    { tls: { cert: "no certificate", key: "no key" } },
    { windows: { initialStreamWindow: 16 * 1024 * 1024 } },
    { windows: { growth: 2 ** 31 - 1 } },
    { windows: { maxStreamWindow: 2 ** 31 - 1 } },
    { limits: { maxHeaderListSize: 0 } },
  ];
  for (const options of bad) {
    assert.throws(() => new Client(options as object), ArgumentError);
  }
});

test("the method and the headers arrive, and are copied", async () => {
  let seen: Request | undefined;
  await using server = await serve(
    { port: 0 },
    handle((conn, request) => {
      seen = request;
      return echo(conn);
    }),
  );
  await using client = new Client();
  const headers = new Headers({ "x-one": "1", cookie: "a=b" });
  const conn = client.connect(`${server.url}/some/path?q=1`, {
    method: "PUT",
    headers,
  });
  headers.set("x-one", "changed");
  const info = await conn.opened;
  assert.equal(info.status, 200);
  assert.equal(info.protocol, "h2");
  assert.equal(info.method, "PUT");
  assert.equal(seen!.method, "PUT");
  assert.equal(seen!.headers.get("x-one"), "1");
  assert.equal(seen!.headers.get("cookie"), "a=b");
  assert.equal(new URL(seen!.url).pathname, "/some/path");
  assert.equal(new URL(seen!.url).search, "?q=1");
  await conn.close();
});

test("what is written before the headers come is sent", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      await conn.write(await new Response(conn.readable).bytes());
    }),
  );
  await using client = new Client();
  const conn = client.connect(server.url);
  const writes = Promise.all(
    ["a", "b", "c"].map((word) => conn.write(bytes(word))),
  );
  const end = conn.closeWrite();
  assert.equal(text(await readAll(conn)), "abc");
  await Promise.all([writes, end]);
});

test("Conns to one origin share a session, up to the server's limit", async () => {
  const remotes = new Set<number>();
  await using server = await serve(
    { port: 0, limits: { maxConcurrentStreams: 4 } },
    handle((conn) => {
      remotes.add(conn.remoteAddr!.port);
      return echo(conn);
    }),
  );
  await using client = new Client();
  const conns = Array.from({ length: 10 }, () => client.connect(server.url));
  await within(Promise.all(conns.map((conn) => conn.opened)), "all open");
  assert.equal(remotes.size, 3);
  for (const conn of conns) {
    await conn.write(bytes("x"));
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), "x");
  }
  await using later = client.connect(server.url);
  await later.opened;
  assert.equal(remotes.size, 3, "a session that is idle is used again");
});

test("a server that takes no streams is an error", async () => {
  await using server = await serve(
    { port: 0, limits: { maxConcurrentStreams: 0 } },
    () => new Response(),
  );
  await using client = new Client();
  await assert.rejects(within(client.connect(server.url).opened, "refusal"));
});

test("a request that a closing server did not take is sent again", async () => {
  await using first = await serve({ port: 0 }, handle(echo));
  await using client = new Client();
  const conn = client.connect(first.url);
  await conn.opened;
  const { port } = first.addr;
  const finished = first.shutdown();
  // A round trip, so that the client knows that the session drains.
  await conn.write(bytes("x"));
  await conn.read(new Uint8Array(1));
  await using _second = await serve({ port }, handle(echo));
  const again = client.connect(first.url);
  await within(again.opened, "second session");
  assert.notEqual(again.localAddr!.port, conn.localAddr!.port);
  await conn.write(bytes("old"));
  await conn.closeWrite();
  assert.equal(text(await readAll(conn)), "old");
  await within(finished, "drain");
  await again.close();
});

/** A port whose first connection drops its streams; later ones are served. */
async function listenAfterGoaway(port: number) {
  let isFirst = true;
  return await listen((socket) => {
    if (!isFirst) {
      const target = net.connect(port, "127.0.0.1");
      target.on("error", () => {});
      socket.on("close", () => target.destroy());
      socket.pipe(target).pipe(socket);
      return;
    }
    isFirst = false;
    socket.once("data", () => {
      socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0));
      socket.write(
        Uint8Array.of(0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      );
    });
  });
}

test("a stream that GOAWAY drops before a byte was sent is tried again", async () => {
  await using server = await serve({ port: 0 }, handle(echo));
  await using port = await listenAfterGoaway(server.addr.port);
  await using client = new Client();
  const conn = client.connect(port.url);
  await within(conn.opened, "second try");
  await conn.write(bytes("hello"));
  await conn.closeWrite();
  assert.equal(text(await readAll(conn)), "hello");
  await within(conn.closed, "clean end");
});

test("a stream that carried bytes is not tried again behind one's back", async () => {
  await using server = await serve({ port: 0 }, handle(echo));
  await using port = await listenAfterGoaway(server.addr.port);
  await using client = new Client();
  const conn = client.connect(port.url);
  await conn.write(bytes("hello"));
  await assert.rejects(within(conn.opened, "GOAWAY"), {
    name: "GoawayError",
    retryable: true,
  });
});

test("a status that is not 2xx rejects opened, with the start of the body", async () => {
  await using server = await serve(
    { port: 0 },
    (request) => {
      const status = Number(new URL(request.url).pathname.slice(1));
      return new Response("why ".repeat(4000), {
        status,
        headers: { "x-why": "because", location: "/elsewhere" },
      });
    },
  );
  await using client = new Client();
  for (const status of [302, 404, 500]) {
    const conn = client.connect(`${server.url}/${status}`);
    const write = conn.write(new Uint8Array(1024 * 1024));
    await assert.rejects(within(conn.opened, "refusal"), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.status, status);
      assert.equal(error.headers.get("x-why"), "because");
      assert.equal(error.body, "why ".repeat(1024));
      return true;
    });
    await assert.rejects(write, StatusError);
    await assert.rejects(conn.read(new Uint8Array(1)), StatusError);
    await assert.rejects(conn.closed, StatusError);
  }
});

test("a signal cuts a Conn before and after it opens", async () => {
  await using pair = await openPair();
  const reason = new Error("enough");
  const aborted = pair.client.connect(pair.server.url, {
    signal: AbortSignal.abort(reason),
  });
  await assert.rejects(aborted.opened, { name: "ResetError", cause: reason });

  const aborter = new AbortController();
  const { near, far } = await pair.another({ signal: aborter.signal });
  await near.opened;
  aborter.abort(reason);
  await assert.rejects(near.read(new Uint8Array(1)), { cause: reason });
  await assert.rejects(within(far.closed, "reset"), {
    h2Code: { name: "CANCEL", number: 8 },
  });
});

test("a Client that is closed takes no more, and ends what is open", async () => {
  await using pair = await openPair();
  await pair.client.close({ graceMs: 0 });
  await assert.rejects(within(pair.near.closed, "close"), ClosedError);
  const late = pair.client.connect(pair.server.url);
  await assert.rejects(late.opened, ClosedError);
  await assert.rejects(late.write(bytes("x")), ClosedError);
  await late.close();
});

test("close() before there is a connection cancels it", async () => {
  await using silent = await listen(() => {});
  await using client = new Client();
  const conn = client.connect(silent.url);
  const read = conn.read(new Uint8Array(1));
  await conn.close();
  await assert.rejects(read, ClosedError);
  await assert.rejects(conn.opened, ClosedError);
});

test("a port where nobody listens says so", async () => {
  const silent = await listen(() => {});
  await silent[Symbol.asyncDispose]();
  await using client = new Client();
  const conn = client.connect(silent.url);
  await assert.rejects(within(conn.opened, "refusal"), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.phase, "tcp");
    assert.match(error.message, /connection refused/);
    return true;
  });
  await assert.rejects(conn.read(new Uint8Array(1)), ConnectError);
  await assert.rejects(conn.write(bytes("x")), ConnectError);
});

test("a host name that does not exist says so", async () => {
  await using client = new Client();
  const conn = client.connect("http://no-such-host.invalid/");
  await assert.rejects(within(conn.opened, "DNS error", 10_000), {
    name: "ConnectError",
    phase: "dns",
  });
});

test("a server that says nothing fails within connectTimeout", async () => {
  await using silent = await listen(() => {});
  await using client = new Client({ timeouts: { connectTimeout: 200 } });
  for (const scheme of ["http", "https"]) {
    const conn = client.connect(silent.url.replace("http", scheme));
    await assert.rejects(within(conn.opened, "timeout", 3000), {
      name: "ConnectError",
      phase: scheme === "http" ? "http2" : "tls",
    });
  }
});

test("a timeout of 0 is none", async () => {
  await using server = await serve(
    { port: 0, timeouts: { connectTimeout: 0, settingsTimeout: 0 } },
    handle(echo),
  );
  await using client = new Client({
    timeouts: {
      connectTimeout: 0,
      headersTimeout: 0,
      settingsTimeout: 0,
      idleTimeout: 0,
      writeTimeout: 0,
      pingInterval: 0,
      pingTimeout: 0,
    },
  });
  await using conn = client.connect(server.url);
  await within(conn.opened, "open");
});

test("a response that never comes fails within headersTimeout", async () => {
  await using server = await serve(
    { port: 0 },
    (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener(
          "abort",
          () => resolve(new Response()),
        );
      }),
  );
  await using client = new Client({ timeouts: { headersTimeout: 100 } });
  const conn = client.connect(server.url);
  await assert.rejects(within(conn.opened, "timeout"), {
    name: "ConnectError",
    message: /No response headers .* within 100 ms/,
  });
  await assert.rejects(conn.closed, ConnectError);
});

test("certificates are verified, and the error says what to do", async () => {
  const { cert, key, ca } = await makeCertificates();
  await using server = await serve(
    { port: 0, tls: { cert, key } },
    handle(echo),
  );
  await using stranger = new Client();
  await assert.rejects(within(stranger.connect(server.url).opened, "error"), {
    name: "ConnectError",
    phase: "tls",
    message: /unknown authority; give its CA to a Client as tls\.ca/,
  });
  await using careless = new Client({ tls: { rejectUnauthorized: false } });
  await openAndClose(careless, server.url);
  const other = await makeCertificatesFor("other.example");
  await using wrong = await serve(
    { port: 0, tls: { cert: other.cert, key: other.key } },
    handle(echo),
  );
  await using client = new Client({ tls: { ca: [ca, other.ca] } });
  await openAndClose(client, server.url);
  await assert.rejects(within(client.connect(wrong.url).opened, "error"), {
    name: "ConnectError",
    phase: "tls",
    message: /another host name; set tls\.serverName/,
  });
  await using named = new Client({
    tls: { ca: other.ca, serverName: "other.example" },
  });
  await openAndClose(named, wrong.url);
});

test("a server may ask for client certificates", async () => {
  const { cert, key, ca } = await makeCertificates();
  const mine = await makeClientCertificate();
  await using server = await serve(
    { port: 0, tls: { cert, key, ca: mine.ca } },
    handle(echo),
  );
  await using known = new Client({
    tls: { ca, cert: mine.cert, key: mine.key },
  });
  await openAndClose(known, server.url);
  await using unknown = new Client({ tls: { ca } });
  await assert.rejects(within(unknown.connect(server.url).opened, "refusal"), {
    name: "ConnectError",
    // Not every runtime hears why it was closed, each time.
    message: /wants? a certificate of the client/,
  });
});

test("a server that only speaks HTTP/1.1 is not supported", async () => {
  const { cert, key, ca } = await makeCertificates();
  const servers = [
    http.createServer((_, response) => response.end("hi")),
    https.createServer({ cert, key }, (_, response) => response.end("hi")),
  ];
  await using client = new Client({ tls: { ca } });
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as net.AddressInfo;
    const scheme = server === servers[0] ? "http" : "https";
    const conn = client.connect(`${scheme}://localhost:${port}/`);
    await assert.rejects(within(conn.opened, "error"), {
      name: "NotSupportedError",
      message: scheme === "http" ? /; try "https:"$/ : /does not speak HTTP\/2/,
    });
    await assert.rejects(conn.write(bytes("x")), NotSupportedError);
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a server of another protocol, or one of TLS, is told apart", async () => {
  const { cert, key } = await makeCertificates();
  await using secure = await serve(
    { port: 0, tls: { cert, key } },
    () => new Response(),
  );
  await using ssh = await listen((socket) => socket.end("SSH-2.0-Test\r\n"));
  // The alert of a TLS server that got what is no handshake.
  await using alert = await listen((socket) =>
    socket.end(new Uint8Array([21, 3, 3, 0, 2, 2, 10]))
  );
  await using mute = await listen((socket) => socket.destroy());
  const cases: [url: string, message: RegExp][] = [
    // Runtimes differ: some send an alert, others close.
    [secure.url.replace("https", "http"), /^Server at localhost:.*"https:"/],
    [ssh.url, /^Server at .* does not speak HTTP\/2: it says "SSH-2\.0-Test"$/],
    [alert.url, /^Server at .* answered in TLS; use "https:"$/],
    [mute.url, /^Server at .* closed the connection .*"https:"\?$/],
  ];
  await using client = new Client();
  for (const [url, message] of cases) {
    const { opened } = client.connect(url);
    await assert.rejects(within(opened, "error"), { message }, url);
  }
});

async function openAndClose(client: Client, url: string) {
  await using conn = client.connect(url);
  await within(conn.opened, "open");
}

async function listen(onSocket: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.resume();
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) {
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
