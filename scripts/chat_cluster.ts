/**
 * Two chat servers behind HAProxy, with Redis between them, on each runtime:
 *
 *     deno task chat:cluster [deno] [bun] [node]
 *
 * It prints a line for each check, and fails if any did. HAProxy and Redis are
 * Debian's: they are installed where that is possible, and where it is not
 * nothing is checked, with the reason.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startExample, startServer } from "../tests/support/example.ts";
import type { Program } from "../tests/support/program.ts";
import { freePort, Service, startRedis } from "../tests/chat/service.ts";
import { makeAuthority } from "./certificates.ts";
import { hasCommand } from "./debian.ts";
import { findRuntimes, type RuntimeCommand } from "./runtimes.ts";

const CONFIG = new URL("../examples/chat_cluster/haproxy.cfg", import.meta.url);
const NEEDED = { haproxy: "haproxy", "redis-server": "redis-server" };

let passed = 0;
let failed = 0;

/** What runs behind the proxy, and who has come through it. */
class Cluster implements AsyncDisposable {
  readonly #runtime: readonly string[];
  readonly #stack = new AsyncDisposableStack();
  readonly #servers = new Map<string, Program>();
  readonly #ports = new Map<string, number>();
  readonly #folder: string;
  redis!: Service;
  #url = "";

  constructor({ command, args }: RuntimeCommand, folder: string) {
    this.#runtime = [command, ...args];
    this.#folder = folder;
  }

  async start(): Promise<void> {
    this.redis = this.#stack.use(await startRedis());
    for (const name of ["one", "two"]) {
      this.#ports.set(name, await freePort());
      await this.startServer(name);
    }
    const port = await freePort();
    this.#url = `https://localhost:${port}`;
    const proxy = new Service(port, "haproxy", ["-f", CONFIG.pathname], {
      CHAT_BIND: `127.0.0.1:${port}`,
      CHAT_PEM: `${this.#folder}/chat.pem`,
      CHAT_ONE: `127.0.0.1:${this.#ports.get("one")}`,
      CHAT_TWO: `127.0.0.1:${this.#ports.get("two")}`,
    });
    await this.#stack.use(proxy).start();
  }

  async startServer(name: string): Promise<void> {
    const { program } = await startServer("chat_server", [
      `--port=${this.#ports.get(name)}`,
      `--redis=redis://127.0.0.1:${this.redis.port}`,
    ], { runtime: this.#runtime });
    this.#servers.set(name, this.#stack.use(program));
  }

  /** A client that comes in through the proxy. */
  client(name: string): Program {
    const args = ["--name", name, "--ca", `${this.#folder}/ca.pem`, this.#url];
    return this.#stack.use(
      startExample("chat_client", args, { runtime: this.#runtime }),
    );
  }

  /** The server that a user came in at last. */
  serverOf(user: string): string {
    const come = `${user} has come in`;
    for (const [name, { stderr }] of this.#servers) {
      if (stderr.includes(come)) return name;
    }
    throw new Error(`No server has "${user}"`);
  }

  /** Ends a server without a word. */
  async kill(name: string): Promise<void> {
    const server = this.#servers.get(name)!;
    this.#servers.delete(name);
    server.signal("SIGKILL");
    await server.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function check(
  label: string,
  what: string,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
    passed++;
    console.log(`ok   ${label}: ${what}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${label}: ${what} — ${(error as Error).message}`);
  }
}

async function checkOn(runtime: RuntimeCommand, folder: string): Promise<void> {
  const { label } = runtime;
  await using cluster = new Cluster(runtime, folder);
  await cluster.start();
  const ann = cluster.client("ann");
  await ann.said(/ann logged in/);
  const bob = cluster.client("bob");

  await check(label, "the proxy leads to both servers", async () => {
    await bob.said(/bob logged in/);
    assert.notEqual(cluster.serverOf("ann"), cluster.serverOf("bob"));
  });
  await check(label, "members of both hear each other", async () => {
    ann.write("from ann\n");
    await bob.said(/<ann> from ann/);
    bob.write("from bob\n");
    await ann.said(/<bob> from bob/);
  });
  await check(label, "a name is in use at both", async () => {
    for (let turn = 0; turn < 2; turn++) {
      const other = cluster.client("ann");
      assert.equal((await other.ended).code, 3);
      assert.match(other.stderr, /user already exists/);
    }
  });
  await check(label, "a newcomer hears the history of both", async () => {
    const eve = cluster.client("eve");
    await eve.said(/<ann> from ann[^]*<bob> from bob/);
    eve.endInput();
    assert.equal((await eve.ended).code, 0);
  });
  await check(label, "who loses its server is at the other", async () => {
    const lost = cluster.serverOf("bob");
    await cluster.kill(lost);
    await bob.said(/; trying again/);
    await bob.said(/Back in the room as "bob"/);
    bob.write("still here\n");
    await ann.said(/<bob> still here/);
    ann.write("welcome back\n");
    await bob.said(/<ann> welcome back/);
    assert.equal(cluster.serverOf("bob"), cluster.serverOf("ann"));
    assert.doesNotMatch(ann.stdout, /bob logged out/);
    assert.equal(bob.stdout.match(/<ann> from ann/g)?.length, 1);
    await cluster.startServer(lost);
  });
  await check(label, "members hear of the loss of Redis", async () => {
    await cluster.redis.stop();
    await ann.said(/other servers are out of reach/);
    ann.write("into the void\n");
    await ann.said(/may not have been delivered: "into the void"/);
    await cluster.redis.start();
    await ann.said(/other servers are within reach again/);
    ann.write("and again\n");
    await bob.said(/<ann> and again/);
  });
  await check(label, "who leaves by ctrl-C logs out", async () => {
    bob.signal("SIGINT");
    assert.equal((await bob.ended).code, 0);
    await ann.said(/bob logged out/);
  });
}

async function missingCommand(): Promise<string | undefined> {
  for (const [command, debian] of Object.entries(NEEDED)) {
    if (await hasCommand(command, debian)) continue;
    return `there is no ${command}, and apt-get could not install ${debian}`;
  }
  return undefined;
}

const missing = await missingCommand();
if (missing !== undefined) {
  console.log(`SKIP chat cluster — ${missing}`);
  console.log("0 passed, 0 failed, 1 skipped");
  Deno.exit(0);
}

const folder = await Deno.makeTempDir({ prefix: "h2conn-chat-" });
try {
  const { ca, cert, key } = await (await makeAuthority()).server();
  await Deno.writeTextFile(`${folder}/ca.pem`, ca);
  await Deno.writeTextFile(`${folder}/chat.pem`, cert + key, { mode: 0o600 });
  for (const [name, runtime] of Object.entries(await findRuntimes())) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    await checkOn(runtime, folder);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
