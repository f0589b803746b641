import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import { type Conn, handle, type Handler, serve } from "../../mod.ts";
import { Pace } from "../../src/chat/pace.ts";
import {
  isResetOnRequest,
  RESET_ON_REQUEST,
} from "../../src/cli/reset_on_request.ts";
import { echoService } from "../../src/cli/services.ts";
import {
  makeCertificates,
  makeClientCertificate,
} from "../support/certificates.ts";
import { h2conn, startH2conn, startServe } from "./h2conn.ts";

interface Finding {
  name: string;
  outcome: string;
  ms?: number;
  detail: string;
}

async function echo(conn: Conn) {
  for await (const chunk of conn) await conn.write(chunk);
}

/** What the doctor says of a server with this handler. */
async function examine(handler: Handler, ...args: string[]) {
  await using server = await serve({ port: 0 }, handler);
  return await examineUrl(server.url, ...args);
}

async function examineUrl(url: string, ...args: string[]) {
  const { code, text, stderr } = await h2conn(
    ["doctor", "--json", ...args, url],
  );
  assert.equal(stderr, "");
  const { findings, verdict } = JSON.parse(text) as {
    findings: Finding[];
    verdict: string;
  };
  const of = (name: string) =>
    findings.find((finding) => finding.name === name);
  return { code, verdict, of };
}

test("an echo over TLS is well, and the report fits people", async () => {
  const { ca, cert, key } = await makeCertificates();
  await using server = await serve(
    { port: 0, tls: { cert, key } },
    handle(echo),
  );
  const cwd = await mkdtemp(join(tmpdir(), "h2conn-cli-"));
  try {
    await writeFile(join(cwd, "ca.pem"), ca);
    const url = server.url;
    const well = await h2conn(["doctor", "--ca=ca.pem", url], { cwd });
    assert.equal(well.stderr, "");
    assert.equal(well.code, 0, well.text);
    for (
      const line of [
        /^ {2}ok {4}TCP +[\d.]+ ms {2}127\.0\.0\.1:\d+$/m,
        /^ {2}ok {4}TLS +[\d.]+ ms {2}TLSv1\.3, ALPN chose h2$/m,
        /^ {2}ok {4}certificate +for localhost, .*; by h2conn trusted; 0 days/m,
        /^ {2}ok {4}response headers .* status 200, before a byte was sent$/m,
        /^ {2}ok {4}SETTINGS +256 streams, windows of 32768 bytes/m,
        /^ {2}ok {4}first byte back +[\d.]+ ms/m,
        /^ {2}ok {4}small writes/m,
        /^ {2}\? {5}idle .*not tested/m,
        /^ {2}ok {4}half-close/m,
        /^ {2}ok {4}our reset +[\d.]+ ms {2}it leaves the session as it is$/m,
        /^ {2}\? {5}server's reset .*not tested/m,
        /\n\nNothing is in the way of full duplex\n$/,
      ]
    ) assert.match(well.text, line);
    const untrusted = await h2conn(["doctor", url]);
    assert.match(untrusted.text, /^ {2}FAIL {2}certificate .*with --ca/m);
    assert.match(
      untrusted.text,
      /\n\nThe server's certificate is not trusted\n$/,
    );
    assert.equal(untrusted.code, 1);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test("it shows what it finds as it finds it", async () => {
  await using server = await serve({ port: 0 }, handle(echo));
  await using doctor = startH2conn(["doctor", "--idle", "3600", server.url]);
  await doctor.said(/^ {2}ok {4}small writes/m);
});

test("a URL that cannot be is wrong usage, before anything is looked up", async () => {
  for (const url of ["ftp://localhost", "http://me:secret@localhost"]) {
    const { code, text, stderr } = await h2conn(["doctor", url]);
    assert.equal(text, "");
    assert.match(
      stderr,
      /^h2conn: Cannot connect: .*"h2conn doctor --help"\n$/,
    );
    assert.doesNotMatch(stderr, /secret/);
    assert.equal(code, 2);
  }
});

test("a server's reset is looked at with the echo of h2conn serve", async () => {
  const { program, url } = await startServe();
  await using _ = program;
  const { text, code } = await h2conn(["doctor", url]);
  assert.match(
    text,
    /^ {2}ok {4}server's reset .* as one, with ENHANCE_YOUR_CALM$/m,
  );
  assert.equal(code, 0);
});

test("it finds a server's reset that comes as something else", async () => {
  const service = echoService(undefined);
  const outcomes: [end: (conn: Conn) => unknown, what: RegExp][] = [
    [(conn) => conn.close(), /^warning: it comes as EOF: what is cut looks/],
    [
      (conn) => conn.abort({ code: "INTERNAL_ERROR" }),
      /^ok: it comes as an error, with INTERNAL_ERROR instead of ENHANCE_/,
    ],
    [() => new Promise(() => {}), /^warning: it does not come within 3 s$/],
  ];
  for (const [end, what] of outcomes) {
    // As a proxy passes it on.
    const changed = handle(async (conn) => {
      await conn.write(new TextEncoder().encode("What follows is cut"));
      await end(conn);
    }, { headers: RESET_ON_REQUEST });
    const { code, verdict, of } = await examine((request, info) => {
      const isReset = isResetOnRequest(request.headers);
      return (isReset ? changed : service)(request, info);
    });
    const { outcome, detail } = of("server's reset")!;
    assert.match(`${outcome}: ${detail}`, what);
    const isWell = outcome === "ok";
    assert.equal(code, isWell ? 0 : 4);
    if (!isWell) {
      assert.equal(verdict, "Something is in the way: server's reset");
    }
  }
});

test("who wants a certificate of the client gets it", async () => {
  const { ca, cert, key } = await makeCertificates();
  const mine = await makeClientCertificate();
  await using server = await serve(
    { port: 0, tls: { cert, key, ca: mine.ca } },
    handle(echo),
  );
  const cwd = await mkdtemp(join(tmpdir(), "h2conn-cli-"));
  try {
    await writeFile(join(cwd, "ca.pem"), ca);
    await writeFile(join(cwd, "me.pem"), mine.cert);
    await writeFile(join(cwd, "me-key.pem"), mine.key);
    const args = ["doctor", "--ca=ca.pem", server.url];
    const without = await h2conn(args, { cwd });
    assert.match(
      without.text,
      /^ {2}FAIL {2}response headers .* a certificate of the client.*--cert/m,
    );
    assert.equal(without.stderr, "");
    assert.equal(without.code, 1);
    const mineToo = ["--cert=me.pem", "--key=me-key.pem"];
    const { code, text } = await h2conn([...args, ...mineToo], { cwd });
    assert.equal(code, 0, text);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test("it names the layer that fails", async () => {
  const { code, text } = await h2conn(["doctor", "http://127.0.0.1:9"]);
  assert.match(text, /^ {2}ok {4}DNS .*not needed$/m);
  assert.match(text, /^ {2}FAIL {2}TCP .*connection refused$/m);
  assert.equal(code, 1);
});

test("it says when ALPN gives no HTTP/2", async () => {
  const { cert, key } = await makeCertificates();
  const server = createServer({
    cert,
    key,
    ALPNProtocols: ["http/1.1"],
  }, (socket) => void socket.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const { code, text } = await h2conn(["doctor", "--insecure", url]);
  await new Promise((done) => server.close(done));
  assert.match(text, /^ {2}FAIL {2}TLS .*ALPN chose http\/1\.1/m);
  assert.equal(code, 1);
});

test("it says when the server refuses, and what to change", async () => {
  const refusal = () => new Response("no", { status: 405 });
  const { code, verdict, of } = await examine(refusal);
  assert.match(of("response headers")!.detail, /405: "no"; --method/);
  assert.match(verdict, /refuses/);
  assert.equal(code, 3);
});

test("it finds headers that are held until a byte was sent", async () => {
  const { code, of } = await examine(async (request) => {
    const reader = request.body!.getReader();
    const { value } = await reader.read();
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(value),
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      }),
    );
  });
  const { outcome, detail } = of("response headers")!;
  assert.equal(outcome, "warning");
  assert.match(detail, /held back until a byte was sent/);
  assert.equal(of("first byte back")!.outcome, "ok");
  assert.equal(code, 4);
});

test("it finds a whole request that is buffered", async () => {
  const { code, of } = await examine(async (request) => {
    return new Response(await request.text());
  });
  const { outcome, detail } = of("response headers")!;
  assert.equal(outcome, "warning");
  assert.match(detail, /held back until the end was sent/);
  assert.equal(code, 4);
});

test("an answer that is no echo, and ends early, is no fault", async () => {
  const { code, of } = await examine(() => new Response("Hello"));
  const { outcome, detail } = of("first byte back")!;
  assert.equal(outcome, "unknown");
  assert.match(detail, /does not echo/);
  assert.equal(of("our reset")!.outcome, "ok");
  assert.equal(code, 0);
});

test("it says what a server that is no echo leaves open", async () => {
  const { code, verdict, of } = await examine(handle(async (conn) => {
    for await (const _ of conn);
  }));
  assert.equal(of("first byte back")!.outcome, "unknown");
  assert.equal(of("half-close")!.outcome, "ok");
  assert.match(verdict, /a server that echoes would show more/);
  assert.equal(code, 0);
});

test("it finds that an idle connection is cut", async () => {
  const handler = handle(async (conn) => {
    const p = new Uint8Array(100);
    while (true) {
      conn.setReadDeadline(Date.now() + 300);
      const length = await conn.read(p);
      if (length === null) return;
      await conn.write(p.subarray(0, length));
    }
  });
  const { code, of } = await examine(handler, "--idle=1");
  assert.equal(of("idle")!.outcome, "warning");
  assert.match(of("idle")!.detail, /cut within 1 s: .*INTERNAL_ERROR/);
  assert.equal(code, 4);
});

/** Says something again and again, whatever it hears. */
async function talk(conn: Conn) {
  const pace = new Pace({ perSecond: 20, burst: 1 });
  conn.closed.catch(() => pace.end());
  while (await pace.next()) {
    await conn.write(new TextEncoder().encode("and so on, "));
  }
}

test("it ends, though a server's answers do not", async () => {
  const service = echoService(undefined);
  const endless = handle(talk, { headers: RESET_ON_REQUEST });
  const [answer, reset] = await Promise.all([
    examine(handle(talk)),
    examine((request, info) => {
      const isReset = isResetOnRequest(request.headers);
      return (isReset ? endless : service)(request, info);
    }),
  ]);
  const halfClose = answer.of("half-close")!;
  assert.match(halfClose.detail, /^no EOF within 10 s of ours/);
  assert.equal(halfClose.outcome, "unknown");
  assert.equal(answer.code, 0);
  assert.match(reset.of("server's reset")!.detail, /not come within 10 s$/);
  assert.equal(reset.code, 4);
});

test("it ends, though a server takes no more bytes", async () => {
  const hello = "H2CONN DOCTOR\n";
  const windows = { initialStreamWindow: hello.length, growth: 0 };
  await using server = await serve(
    { port: 0, windows },
    handle(async (conn) => {
      await conn.write(new TextEncoder().encode(hello));
      await conn.closed.catch(() => {});
    }),
  );
  const { code, of } = await examineUrl(server.url);
  const { outcome, detail } = of("small writes")!;
  assert.match(detail, /^byte 1 of 5 could not leave: the peer's window/);
  assert.equal(outcome, "warning");
  assert.equal(code, 4);
});

test("it ends, though a server answers one request alone", async () => {
  const answer = handle(echo);
  let requests = 0;
  const { code, of } = await examine((request, info) => {
    return requests++ === 0 ? answer(request, info) : new Promise(() => {});
  }, "--timeout=0");
  for (const name of ["our reset", "server's reset"]) {
    const { outcome, detail } = of(name)!;
    assert.match(detail, /^not tested, for no other stream opens within 3 s$/);
    assert.equal(outcome, "warning");
  }
  assert.equal(code, 4);
});

test("the end of a server that ends first is no answer to ours", async () => {
  const { code, of } = await examine(handle(async (conn) => {
    await conn.write(new TextEncoder().encode("hi\n"));
  }));
  const { outcome, detail } = of("half-close")!;
  assert.equal(detail, "not tested, for the server had ended before");
  assert.equal(outcome, "unknown");
  assert.equal(code, 0);
});
