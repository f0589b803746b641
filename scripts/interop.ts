/**
 * Runs the library against the HTTP/2 of others, or against those named:
 *
 *     deno task interop [node] [curl] [go] [h2spec] [demo] [proxies]
 *
 * It prints a line for each check, a table of the peers at the end, and fails
 * if any check did. What is missing is installed where that is possible, and
 * skipped with the reason where it is not.
 *
 * @module
 */

import { makeAuthority } from "./certificates.ts";
import type { Context } from "./interop/context.ts";
import { checkDemo } from "./interop/demo.ts";
import { checkGo, checkGoH2conn, findGo } from "./interop/go.ts";
import { checkH2spec } from "./interop/h2spec.ts";
import { Log } from "./interop/log.ts";
import { checkNodeHttp2 } from "./interop/node_http2.ts";
import { killAll } from "./interop/processes.ts";
import { checkProxies } from "./interop/proxies.ts";
import { checkTools } from "./interop/tools.ts";
import { findRuntimes } from "./runtimes.ts";

const PARTS = ["h2spec", "curl", "go", "node", "demo", "proxies"] as const;

function isWanted(part: typeof PARTS[number]): boolean {
  return Deno.args.length === 0 || Deno.args.includes(part);
}

async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "h2conn-interop-" });
  const { ca, cert, key } = await (await makeAuthority()).server();
  await Deno.writeTextFile(`${folder}/ca.pem`, ca);
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  return folder;
}

async function checkAll(context: Context): Promise<void> {
  const go = isWanted("h2spec") || isWanted("go") ? await findGo() : "";
  if (go === undefined) {
    const reason = "there is no Go toolchain (https://go.dev/dl)";
    if (isWanted("h2spec")) context.log.skip("h2spec", reason);
    if (isWanted("go")) context.log.skip("Go and posener/h2conn", reason);
  }
  if (isWanted("h2spec") && go) await checkH2spec(context);
  if (isWanted("curl")) await checkTools(context);
  if (isWanted("go") && go) {
    await checkGo(context, go);
    await checkGoH2conn(context);
  }
  if (isWanted("node")) await checkNodeHttp2(context);
  if (isWanted("demo")) await checkDemo(context);
  if (isWanted("proxies")) await checkProxies(context);
}

const stranger = Deno.args.find((arg) => !PARTS.some((part) => part === arg));
if (stranger !== undefined) {
  console.error(`"${stranger}" is none of ${PARTS.join(", ")}`);
  Deno.exit(2);
}

const folder = await makeFolder();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    killAll();
    Deno.removeSync(folder, { recursive: true });
    Deno.exit(130);
  });
}

const log = new Log();
const cache = `${Deno.cwd()}/node_modules/.cache/h2conn-interop`;
await Deno.mkdir(cache, { recursive: true });
let isDone = false;
try {
  const ours = Object.values(await findRuntimes());
  await checkAll({ log, ours, folder, cache });
  isDone = true;
} catch (error) {
  console.error("The interop run broke off:", error);
} finally {
  killAll();
  await Deno.remove(folder, { recursive: true });
}
const ok = log.finish();
Deno.exit(ok && isDone ? 0 : 1);
