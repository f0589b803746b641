/**
 * Reverse proxies between two ends of ours, with the configurations of
 * `examples/proxies`, which `docs/guides/behind_a_proxy.md` shows.
 *
 * @module
 */

import type { Report } from "../../src/cli/doctor/finding.ts";
import type { ClientReport } from "../../tests/interop/report.ts";
import { freePort } from "../../tests/chat/service.ts";
import { hasCommand } from "../debian.ts";
import type { RuntimeCommand } from "../runtimes.ts";
import type { Context } from "./context.ts";
import type { Peer } from "./log.ts";
import { run, startServer, startService } from "./processes.ts";

/** A proxy, and what it does: the table of the guide. */
interface Proxy {
  readonly name: string;
  readonly debian: string;
  /** Of `examples/proxies`. */
  readonly config: string;
  /** As the guide starts it. */
  readonly command: readonly string[];
  readonly version: { readonly args: string[]; readonly pattern: RegExp };
  /** What `h2conn doctor` finds in the way. */
  readonly doctor: readonly string[];
  /** What `proxied_client.ts` sees, where it is not as in {@link USUAL}. */
  readonly differs: Readonly<Record<string, string>>;
}

/** What a proxy does that is not in the way. */
const USUAL: Readonly<Record<string, string>> = {
  "response headers": "at once",
  "response headers with PING": "at once",
  "talk in 100 turns, the client ends first": "yes",
  "the server ends first": "lets the client go on",
  "the server's trailers": "arrive",
  "the client's trailers": "arrive",
  "the server resets with CANCEL": "CANCEL",
  "the server resets with ENHANCE_YOUR_CALM": "ENHANCE_YOUR_CALM",
  "the client resets with CANCEL": "CANCEL",
  "the client resets with ENHANCE_YOUR_CALM": "ENHANCE_YOUR_CALM",
  "a reset after the client's end": "CANCEL",
  "20 MiB there and back": "unharmed",
  "200 streams at once": "on 1 session",
  "who does not read": "stalls the writer",
  "a quiet stream, with PING": "stays",
  "a stream with a byte now and then": "stays",
};

const PROXIES: readonly Proxy[] = [
  {
    name: "nginx",
    debian: "nginx-light",
    config: "nginx.conf",
    command: ["nginx", "-e", "stderr", "-p", ".", "-c", "nginx.conf"],
    version: { args: ["-v"], pattern: /nginx\/(\S+)/ },
    doctor: ["response headers"],
    differs: {
      "response headers": "with the first byte back",
      "the server ends first": "cuts the client with NO_ERROR",
      "the client's trailers": "end the session with PROTOCOL_ERROR",
      "the server resets with CANCEL": "INTERNAL_ERROR",
      "the server resets with ENHANCE_YOUR_CALM": "INTERNAL_ERROR",
      "the client resets with CANCEL": "a lost connection",
      "the client resets with ENHANCE_YOUR_CALM": "a lost connection",
      "a reset after the client's end": "INTERNAL_ERROR",
      "200 streams at once": "on 2 sessions",
      "a quiet stream, with PING": "PROTOCOL_ERROR after 3 s",
    },
  },
  {
    name: "haproxy",
    debian: "haproxy",
    config: "haproxy.cfg",
    command: ["haproxy", "-f", "haproxy.cfg"],
    version: { args: ["-v"], pattern: /version (\d+\.\d+\.\d+)/ },
    doctor: ["server's reset"],
    differs: {
      "the server resets with CANCEL": "EOF, then CANCEL",
      "the server resets with ENHANCE_YOUR_CALM": "EOF, then CANCEL",
      "the client resets with ENHANCE_YOUR_CALM": "CANCEL",
      "a reset after the client's end": "EOF, then a clean end",
      "200 streams at once": "on 2 sessions",
      "a quiet stream, with PING": "EOF, then CANCEL after 3 s",
    },
  },
  {
    name: "caddy",
    debian: "caddy",
    config: "Caddyfile",
    command: ["caddy", "run"],
    version: { args: ["version"], pattern: /v?(\d\S*)/ },
    doctor: ["server's reset"],
    differs: {
      "the server ends first": "cuts the client with NO_ERROR",
      "the client's trailers": "are dropped",
      "the server resets with CANCEL": "EOF, then NO_ERROR",
      "the server resets with ENHANCE_YOUR_CALM": "EOF, then NO_ERROR",
      "the client resets with ENHANCE_YOUR_CALM": "CANCEL",
      "a reset after the client's end": "EOF, then a clean end",
    },
  },
];

/** The timeout for silence in the configurations, and one to wait for. */
const [LONG, SHORT] = ["1h", "3s"];

/** What a proxy runs as where that can be chosen: Debian's "nobody". */
const NOBODY = 65534;

/** Each proxy, with both ends on each runtime. */
export async function checkProxies(context: Context): Promise<void> {
  for (const proxy of PROXIES) {
    const { name, debian } = proxy;
    if (Deno.build.os !== "linux" || !await hasCommand(name, debian)) {
      context.log.skip(
        name,
        `it is not here, and apt-get could not install ${debian}`,
      );
      continue;
    }
    const version = await versionOf(proxy);
    for (const runtime of context.ours) {
      const peer: Peer = {
        name,
        version,
        role: "proxy",
        transport: "tls, h2c behind",
        ours: runtime.label,
      };
      try {
        await checkProxy(context, proxy, { peer, runtime });
      } catch (error) {
        context.log.result(peer, "it starts", String(error));
      }
    }
  }
}

async function versionOf({ name, version }: Proxy): Promise<string> {
  const { stdout, stderr } = await run(name, version.args, { seconds: 10 });
  return version.pattern.exec(stdout + stderr)?.[1] ?? "?";
}

interface Pass {
  readonly peer: Peer;
  readonly runtime: RuntimeCommand;
}

async function checkProxy(
  context: Context,
  proxy: Proxy,
  { peer, runtime }: Pass,
): Promise<void> {
  const { log, folder } = context;
  const command = [runtime.command, ...runtime.args];
  const server = await startServer(runtime.command, [
    ...runtime.args,
    ...["tests/interop/our_server.ts", "h2c", folder],
  ]);
  try {
    const behind = new URL(server.url).port;
    for (const part of ["full", "quiet"]) {
      const timeout = part === "quiet" ? SHORT : LONG;
      const front = await startProxy(context, proxy, { behind, timeout });
      try {
        await runClient(context, proxy, {
          peer,
          part,
          url: front.url,
          command,
        });
        if (part === "full") {
          const found = await doctor(command, front.url, `${folder}/ca.pem`);
          const expected = proxy.doctor.join(", ");
          const fault = found === expected ? undefined : `it found: ${found}`;
          log.result(peer, `the doctor finds in the way: ${expected}`, fault);
        }
      } finally {
        await front.stop();
      }
    }
  } finally {
    log.result(peer, "our server is well afterwards", await server.stop());
  }
}

/** Starts a proxy as the guide does, but for the ports and the timeout. */
async function startProxy(
  { folder }: Context,
  { config, command }: Proxy,
  { behind, timeout }: { behind: string; timeout: string },
): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const cwd = await Deno.makeTempDir({ prefix: "h2conn-proxy-" });
  const text = await Deno.readTextFile(`examples/proxies/${config}`);
  await Deno.writeTextFile(
    `${cwd}/${config}`,
    text.replaceAll("8443", `${port}`).replaceAll("8000", behind)
      .replaceAll(LONG, timeout),
  );
  const [cert, key] = await Promise.all(
    ["cert", "key"].map((name) => Deno.readTextFile(`${folder}/${name}.pem`)),
  );
  await Deno.mkdir(`${cwd}/certs`);
  await Deno.writeTextFile(`${cwd}/certs/cert.pem`, cert);
  await Deno.writeTextFile(`${cwd}/certs/key.pem`, key);
  await Deno.writeTextFile(`${cwd}/certs/both.pem`, cert + key);
  // None of them needs to be root, so none is.
  const id = Deno.uid() === 0 ? NOBODY : undefined;
  if (id !== undefined) {
    await run("chown", ["-R", `${id}`, cwd], { seconds: 9 });
  }
  const stop = await startService(command, {
    port,
    cwd,
    id,
    env: { HOME: cwd },
  });
  return {
    url: `https://localhost:${port}`,
    async stop() {
      await stop();
      await Deno.remove(cwd, { recursive: true });
    },
  };
}

interface ClientRun {
  readonly peer: Peer;
  readonly part: string;
  readonly url: string;
  readonly command: readonly string[];
}

async function runClient(
  { log, folder }: Context,
  { differs }: Proxy,
  { peer, part, url, command: [command, ...args] }: ClientRun,
): Promise<void> {
  const { stdout, stderr } = await run(command, [
    ...args,
    ...["tests/interop/proxied_client.ts", url, `${folder}/ca.pem`, part],
  ], { seconds: 150 });
  let report: ClientReport;
  try {
    report = JSON.parse(stdout);
  } catch {
    log.result(peer, "the client reports", stderr || stdout || "none");
    return;
  }
  for (const { name, detail } of report.results) {
    const expected = differs[name] ?? USUAL[name];
    const fault = detail === expected ? undefined : `not "${expected}"`;
    log.result(peer, name, fault && `"${detail}", ${fault}`, detail);
  }
}

/** What `h2conn doctor` finds in the way. */
async function doctor(
  [command, ...args]: readonly string[],
  url: string,
  ca: string,
): Promise<string> {
  const { stdout, stderr } = await run(command, [
    ...args,
    ...["src/cli/main.ts", "doctor", "--json", "--ca", ca, `${url}/echo`],
  ], { seconds: 60 });
  try {
    const { findings } = JSON.parse(stdout) as Report;
    return findings
      .filter(({ outcome }) => outcome !== "ok" && outcome !== "unknown")
      .map(({ name }) => name).join(", ");
  } catch {
    return stderr || stdout || "nothing";
  }
}
