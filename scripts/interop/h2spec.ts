/**
 * The conformance tests of h2spec, in strict mode.
 *
 * @module
 */

import { type Context, type OurServer, withOurServers } from "./context.ts";
import type { Peer } from "./log.ts";
import { run } from "./processes.ts";

const COMMAND = "github.com/summerwind/h2spec/cmd/h2spec";

/** The first is wanted; the others stand in for it where it cannot be had. */
const VERSIONS = ["v2.6.0", "v2.2.1+incompatible"] as const;

/** Fewer than this in a report, and something is wrong with the run. */
const MIN_CASES = 140;

/**
 * Cases where h2spec, which tests RFC 7540, is at odds with RFC 9113; by
 * "package: case", with the section. `docs/conformance.md` has them too.
 */
const KNOWN: Readonly<Record<string, string>> = {};

/** All of h2spec against a server of ours on each runtime and transport. */
export async function checkH2spec(context: Context): Promise<void> {
  const tool = await install(context);
  if (tool === undefined) return;
  await withOurServers(
    context,
    ({ transport, ours }) => ({
      name: "h2spec -S",
      version: tool.version,
      role: "client",
      transport,
      ours,
    }),
    (server, peer) => checkServer(context, tool.binary, server, peer),
  );
}

async function install(
  context: Context,
): Promise<{ binary: string; version: string } | undefined> {
  const failures: string[] = [];
  for (const version of VERSIONS) {
    const folder = `${context.cache}/h2spec-${version}`;
    const { success, stderr } = await run(
      "go",
      ["install", `${COMMAND}@${version}`],
      {
        seconds: 300,
        env: { GOBIN: folder, GOFLAGS: "-buildvcs=false" },
      },
    );
    if (!success) {
      failures.push(`${version}: ${stderr}`);
      continue;
    }
    if (failures.length > 0) {
      context.log.skip(
        `h2spec ${VERSIONS[0]}`,
        `${version} runs in its place; ${failures.join("; ")}`,
      );
    }
    return { binary: `${folder}/h2spec`, version };
  }
  context.log.skip("h2spec", failures.join("; "));
  return undefined;
}

async function checkServer(
  context: Context,
  binary: string,
  server: OurServer,
  peer: Peer,
): Promise<void> {
  const { log, folder } = context;
  const report = `${folder}/h2spec.xml`;
  await Deno.remove(report).catch(() => {});
  const args = ["-S", "-p", new URL(server.url).port, "-j", report];
  if (server.transport === "tls") args.push("-t", "-k");
  const { stdout, stderr } = await run(binary, args, { seconds: 400 });
  const cases = readReport(await Deno.readTextFile(report).catch(() => ""));
  const summary = /\d+ tests, .*failed/.exec(stdout)?.[0];
  if (cases.length < MIN_CASES || summary === undefined) {
    log.result(
      peer,
      "h2spec runs to its end",
      `${cases.length} cases; ${stderr || stdout.slice(-1000)}`,
    );
    return;
  }
  const bad = cases.filter(({ passed }) => !passed);
  for (const { name } of bad) {
    const known = KNOWN[name];
    if (known !== undefined) log.note(`h2spec "${name}": ${known}`);
    else log.result(peer, name, "failed or skipped");
  }
  log.result(
    peer,
    `${cases.length} cases`,
    bad.every(({ name }) => name in KNOWN) ? undefined : summary,
    summary,
  );
  log.summary(peer, summary);
}

/** One that h2spec skipped has not passed. */
function readReport(xml: string): { name: string; passed: boolean }[] {
  const pattern =
    /<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  return [...xml.matchAll(pattern)].map(([, section, title, body = ""]) => ({
    name: `${section}: ${title}`,
    passed: !/<(failure|error|skipped)\b/.test(body),
  }));
}
