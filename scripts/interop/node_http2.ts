/**
 * `node:http2` on all runtimes that have it.
 *
 * @module
 */

import { findNode, type RuntimeCommand } from "../runtimes.ts";
import { checkStack } from "./clients.ts";
import { type Context, TRANSPORTS } from "./context.ts";
import { run } from "./processes.ts";

const FILES = ["n2_server", "n2_client"] as const;

/** As server and as client, on Node 20, and on each runtime of ours. */
export async function checkNodeHttp2(context: Context): Promise<void> {
  await checkNode20(context);
  for (const runtime of context.ours) {
    await check(context, runtime, FILES.map((name) => source(name)));
  }
}

/** It runs no TypeScript, so Bun translates the two files for it. */
async function checkNode20(context: Context): Promise<void> {
  const name = "node:http2 on Node 20";
  let node;
  try {
    node = await findNode("node@20");
  } catch (error) {
    return context.log.skip(name, String(error));
  }
  const bun = context.ours.find(({ label }) => label.startsWith("Bun"))!;
  const files = FILES.map((file) => `${context.folder}/${file}.mjs`);
  for (const [index, file] of files.entries()) {
    const { success, stderr } = await run(bun.command, [
      "build",
      "--target=node",
      `--outfile=${file}`,
      source(FILES[index]),
    ], { seconds: 60 });
    if (!success) return context.log.skip(name, stderr);
  }
  await check(context, node, files);
}

function source(name: string): string {
  return `tests/interop/${name}.ts`;
}

function check(
  context: Context,
  runtime: RuntimeCommand,
  [server, client]: readonly string[],
): Promise<void> {
  const command = [runtime.command, ...runtime.args];
  const isDeno = runtime.label.startsWith("Deno");
  if (runtime.label.startsWith("Bun")) {
    context.log.note(
      "node:http2 on Bun, client: it sends END_STREAM before every reset, so " +
        "not asked for a reset alone",
    );
  }
  return checkStack(context, {
    name: "node:http2",
    version: runtime.label,
    transports: TRANSPORTS,
    server: [...command, server],
    client: [...command, client],
    ...(isDeno && {
      // https://github.com/denoland/deno/issues/36788
      without: {
        "another session after GOAWAY":
          "a client's GOAWAY can crash it (denoland/deno#36788)",
      },
      knownFault: {
        text: /SIGABRT|SIGSEGV/,
        note: "it crashed when our client closed with GOAWAY " +
          "(denoland/deno#36788)",
      },
    }),
  });
}
