import assert from "node:assert/strict";
import { test } from "node:test";
import { startDemo } from "../../src/demo/mod.ts";
import { ListenError } from "../../mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";
import { withSite } from "./site.ts";

test("the index says whether it came by HTTP/2", async () => {
  await withSite(async ({ server, ask, askHttp1 }) => {
    const index = await ask("/");
    assert.equal(index.status, 200);
    assert.equal(index.headers["content-type"], "text/html; charset=utf-8");
    assert.match(index.text, /<h1 id="headline">You are using HTTP\/2<\/h1>/);
    for (const port of [undefined, server.addr.port]) {
      const old = await askHttp1("/", { port });
      assert.match(old.text, /<h1 id="headline">You are not using HTTP\/2</);
    }
  });
});

test("the index is whole: nothing to fill in, and all that it loads is there", async () => {
  await withSite(async ({ server, ask }) => {
    const { text } = await ask("/");
    assert.doesNotMatch(text, /\{\{|\}\}|undefined/);
    assert.match(text, new RegExp(`data-http1="${server.http1Url}"`));
    const seen = new Set<string>();
    const queue = [...text.matchAll(/(?:src|href)="(\/site\/[^"]+)"/g)]
      .map(([, path]) => path);
    for (let path = queue.shift(); path; path = queue.shift()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = await ask(path);
      assert.equal(file.status, 200, path);
      const imports = file.text.matchAll(/^import .*? from "\.\/(\S+)";$/gm);
      queue.push(...Array.from(imports, ([, name]) => `/site/${name}`));
    }
    // The page, the style, the icon, and a dozen modules.
    assert.ok(seen.size > 10, `${seen.size} files`);
  });
});

test("every answer has the security headers", async () => {
  await withSite(async ({ server, ask }) => {
    const { http1Url, addr } = server;
    for (
      const path of ["/", "/site/style.css", "/nowhere", "/reqinfo", "/crc32"]
    ) {
      const { headers } = await ask(path);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /^default-src 'none'; script-src 'self'; /);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      const images =
        `img-src 'self' ${http1Url} https://localhost:${addr.port};`;
      assert.ok(policy.includes(images), policy);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
      assert.equal(headers["referrer-policy"], "no-referrer", path);
      assert.equal(headers["x-frame-options"], "DENY", path);
    }
  });
});

test("pages have no script or style of their own", async () => {
  await withSite(async ({ ask }) => {
    for (const path of ["/", "/gophertiles?latency=30", "/serverpush"]) {
      const { text } = await ask(path);
      assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=|<script>/);
    }
  });
});

test("a host that a client makes up does not get into headers and pages", async () => {
  await withSite(async ({ ask }) => {
    for (const host of ["a;b:1", "a'b", 'x"y']) {
      const { status, headers, text } = await ask("/", {
        headers: { ":authority": host },
      });
      if (status !== 200) assert.equal(status, 400);
      const policy = String(headers["content-security-policy"] ?? "");
      assert.ok(!policy.includes(host.slice(0, 3)), policy);
      assert.ok(!text.includes(`data-http1="https`), text);
    }
  });
});

test("there is nothing else, whatever the path", async () => {
  await withSite(async ({ ask }) => {
    for (
      const path of [
        "/nowhere",
        "/index.html",
        "/reqinfo/",
        "/ECHO/",
        "/echo",
        "/site/",
        "/site/index.html",
        "/site/__proto__",
        "/site/../mod.ts",
        "/site/..%2f..%2fdeno.json",
        "/file/../../etc/passwd",
        "/file/%2e%2e/%2e%2e/etc/passwd",
        "/file/..%2f..%2fetc%2fpasswd",
        "/file/..%5c..%5cetc%5cpasswd",
        "/file/..\\..\\etc\\passwd",
        "/file//etc/passwd",
        "/file/1MiB.bin/",
        "/file/1MiB.bin%00",
        "/file/constructor",
        "/serverpush/index.html",
        "/serverpush/../../etc/passwd",
      ]
    ) {
      const { status, text } = await ask(path);
      assert.ok(status === 404 || status === 400, `${path}: ${status}`);
      assert.doesNotMatch(text, /root:|import|\n\s+at /);
    }
    // Dots that lead to a page that there is are no escape.
    assert.equal((await ask("/file/../reqinfo")).status, 200);
  });
});

test("pages are for GET and HEAD", async () => {
  await withSite(async ({ ask }) => {
    const { status, headers } = await ask("/", { method: "POST", body: "a" });
    assert.equal(status, 405);
    assert.equal(headers.allow, "GET, HEAD");
    const head = await ask("/", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });
});

test("/redirect leads to the index", async () => {
  await withSite(async ({ ask }) => {
    const { status, headers } = await ask("/redirect");
    assert.equal(status, 302);
    assert.equal(headers.location, "/");
  });
});

test("/reqinfo shows the request, in every HTTP version and method", async () => {
  await withSite(async ({ server, ask, askHttp1 }) => {
    const { text, headers } = await ask("/reqinfo?a=b", {
      method: "POST",
      headers: { "x-one": "<b>1</b>", "content-length": "3" },
      body: "abc",
    });
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    for (
      const line of [
        "Method: POST",
        "Protocol: HTTP/2.0",
        `Host: localhost:${server.addr.port}`,
        'RequestURI: "/reqinfo?a=b"',
        "Body.ContentLength: 3 (-1 means unknown)",
        "TLS: yes, ALPN h2",
        "x-one: <b>1</b>",
      ]
    ) {
      assert.ok(text.split("\n").includes(line), `${line} in\n${text}`);
    }
    assert.match(text, /^RemoteAddr: 127\.0\.0\.1:\d+$/m);
    const old = await askHttp1("/reqinfo");
    assert.match(old.text, /^Protocol: HTTP\/1\.1$/m);
    assert.match(old.text, /^Body\.ContentLength: 0 /m);
  });
});

test("without TLS there is one port, and the index says what is missing", async () => {
  const server = await startDemo({
    port: 0,
    hostname: "127.0.0.1",
    tls: undefined,
  });
  try {
    assert.equal(server.http1Url, undefined);
    const response = await fetch(server.url);
    const text = await response.text();
    assert.match(text, /You are not using HTTP\/2/);
    assert.match(text, /Browsers speak HTTP\/2 over TLS only/);
    assert.match(text, /data-http1=""\s+data-http2=""/);
  } finally {
    await server.shutdown(0);
  }
});

test("a port in use is said so, and nothing stays behind", async () => {
  const { cert, key } = await makeCertificates();
  const options = { port: 0, hostname: "127.0.0.1", tls: { cert, key } };
  const first = await startDemo(options);
  try {
    const httpPort = Number(new URL(first.http1Url!).port);
    await assert.rejects(startDemo({ ...options, httpPort }), ListenError);
  } finally {
    await first.shutdown(0);
  }
  await within(first.finished, "end");
});
