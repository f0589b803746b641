/**
 * curl and nghttp against the demo site, as `h2conn demo` serves it.
 *
 * @module
 */

import { hasCommand } from "../debian.ts";
import type { Context } from "./context.ts";
import type { Peer } from "./log.ts";
import { run, startServer } from "./processes.ts";

const H2 = "--http2-prior-knowledge";

/** The path, curl's options, and what it has to print, headers included. */
const CURL: [path: string, args: string[], wanted: RegExp][] = [
  ["/reqinfo", [H2], /^HTTP\/2 200[^]*HTTP\/2/],
  ["/reqinfo", ["--http1.1"], /^HTTP\/1\.1 200[^]*HTTP\/1\.1/],
  // The check value of every catalogue of CRCs.
  ["/crc32", [H2, "-X", "PUT", "-d", "123456789"], /bytes=9, CRC32=cbf43926$/],
  ["/ECHO", [H2, "-X", "PUT", "-d", "echo"], /\r\n\r\nECHO$/],
  [
    "/file/1MiB.bin",
    [H2, "-r", "0-9", "-o", "/dev/null", "-w", "%{http_code} %{size_download}"],
    /^206 10$/,
  ],
  ["/none", [H2], /^HTTP\/2 404/],
  ["/redirect", [H2], /^HTTP\/2 302[^]*\r\nlocation: \/\r\n/],
];

/** Both, on each runtime. */
export async function checkDemo(context: Context): Promise<void> {
  const { log, ours } = context;
  const tools = { curl: "curl", nghttp: "nghttp2-client" };
  for (const [command, debian] of Object.entries(tools)) {
    if (await hasCommand(command, debian)) continue;
    return log.skip("demo", `there is no ${command} (Debian's ${debian})`);
  }
  for (const { label, command, args } of ours) {
    const peer: Peer = {
      name: "curl, nghttp",
      version: "demo",
      role: "client",
      transport: "h2c",
      ours: label,
    };
    const main = ["src/cli/main.ts", "demo", "--h2c", "--port", "0"];
    const server = await startServer(command, [...args, ...main]);
    let fault: string | undefined;
    try {
      await checkCurl(context, peer, server.url);
      await checkPush(context, peer, server.url);
    } finally {
      fault = await server.stop();
    }
    log.result(peer, "the demo is well afterwards", fault);
  }
}

async function checkCurl({ log }: Context, peer: Peer, url: string) {
  for (const [path, options, wanted] of CURL) {
    const include = options.includes("-w") ? [] : ["-i"];
    const args = ["-sS", ...include, ...options, url + path];
    const { stdout, stderr } = await run("curl", args, { seconds: 20 });
    const fault = wanted.test(stdout) ? undefined : stdout + stderr;
    log.result(peer, `curl ${options[0]} ${path}`, fault);
  }
}

/** nghttp marks what was pushed with an asterisk. */
async function checkPush({ log }: Context, peer: Peer, url: string) {
  for (const [options, wanted] of [[[], 4], [["--no-push"], 0]] as const) {
    const args = ["-ans", ...options, `${url}/serverpush`];
    const { stdout, stderr } = await run("nghttp", args, { seconds: 20 });
    const pushed = stdout.match(/^ *\d+ +\+\S+ +\* /gm)?.length ?? 0;
    const loaded = stdout.match(/ 200 +\S+ \/serverpush/g)?.length ?? 0;
    const isGood = pushed === wanted && loaded > 0;
    const fault = isGood ? undefined : `${pushed} pushed: ${stdout}${stderr}`;
    log.result(peer, `nghttp ${args[0]} ${options} /serverpush`, fault);
  }
}
