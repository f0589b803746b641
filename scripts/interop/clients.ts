/**
 * Programs that check a server and report as `tests/interop/report.ts` does:
 * ours against the servers of others, and those of others against ours.
 *
 * @module
 */

import type { ClientReport } from "../../tests/interop/report.ts";
import {
  caArgument,
  type Context,
  type Transport,
  withOurServers,
} from "./context.ts";
import type { Peer } from "./log.ts";
import { run, startServer } from "./processes.ts";

/** A stack that has a server and a client program. */
export interface Stack {
  readonly name: string;
  readonly version: string;
  readonly transports: readonly Transport[];
  /** Command and arguments; transport and folder follow. */
  readonly server: readonly string[];
  /** Command and arguments; URL and CA follow. */
  readonly client: readonly string[];
  /** Checks of ours that the server has no means for, and why. */
  readonly without?: Readonly<Record<string, string>>;
  /** The checks that the server is made for, if those are not all. */
  readonly only?: readonly string[];
  /** A fault of the server's own, which is noted and not counted. */
  readonly knownFault?: { readonly text: RegExp; readonly note: string };
}

const CLIENT_SECONDS = 150;

/** Everything with one stack, in both roles. */
export async function checkStack(
  context: Context,
  stack: Stack,
): Promise<void> {
  const reasons = new Map<string, string[]>();
  for (const [check, reason] of Object.entries(stack.without ?? {})) {
    reasons.set(reason, [...reasons.get(reason) ?? [], check]);
  }
  for (const [reason, checks] of reasons) {
    context.log.note(
      `${stack.name} ${stack.version} server: ${reason}, ` +
        `so not asked: ${checks.join("; ")}`,
    );
  }
  await checkTheirServer(context, stack);
  await checkTheirClient(context, stack);
}

async function checkTheirServer(
  context: Context,
  stack: Stack,
): Promise<void> {
  const [command, ...args] = stack.server;
  const choice = JSON.stringify({
    only: stack.only,
    without: Object.keys(stack.without ?? {}),
  });
  for (const transport of stack.transports) {
    for (const runtime of context.ours) {
      const peer: Peer = {
        name: stack.name,
        version: stack.version,
        role: "server",
        transport,
        ours: runtime.label,
      };
      let server;
      try {
        server = await startServer(command, [
          ...args,
          transport,
          context.folder,
        ]);
      } catch (error) {
        context.log.result(peer, "the server starts", String(error));
        continue;
      }
      await runClient(context, peer, runtime.command, [
        ...runtime.args,
        "tests/interop/our_client.ts",
        server.url,
        caArgument(context, transport),
        choice,
      ]);
      const fault = await server.stop();
      if (fault === undefined) continue;
      if (stack.knownFault?.text.test(fault)) {
        context.log.note(`${stack.name} server: ${stack.knownFault.note}`);
      } else {
        context.log.result(peer, "the server is well afterwards", fault);
      }
    }
  }
}

function checkTheirClient(context: Context, stack: Stack): Promise<void> {
  const [command, ...args] = stack.client;
  return withOurServers(
    context,
    ({ transport, ours }) => ({
      name: stack.name,
      version: stack.version,
      role: "client",
      transport,
      ours,
    }),
    ({ url, transport }, peer) =>
      runClient(context, peer, command, [
        ...args,
        url,
        caArgument(context, transport),
      ]),
    stack.transports,
  );
}

async function runClient(
  context: Context,
  peer: Peer,
  command: string,
  args: string[],
): Promise<void> {
  const { success, stdout, stderr } = await run(command, args, {
    seconds: CLIENT_SECONDS,
  });
  let report: ClientReport;
  try {
    report = JSON.parse(stdout);
  } catch {
    context.log.result(peer, "the client reports", stderr || stdout || "none");
    return;
  }
  for (const { name, result, detail } of report.results) {
    const failure = result === "ok" ? undefined : detail || "failed";
    context.log.result(peer, name, failure, detail);
  }
  const ended = success && stderr === "";
  context.log.result(
    peer,
    "the client ends by itself, without a complaint",
    ended ? undefined : stderr || "it failed",
  );
}
