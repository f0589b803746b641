/**
 * Go: golang.org/x/net/http2, and the original h2conn.
 *
 * @module
 */

import { checkStack } from "./clients.ts";
import { type Context, TRANSPORTS } from "./context.ts";
import { run } from "./processes.ts";

const SOURCES = "tests/interop/go";
const MODULE = "github.com/posener/h2conn";

/** The version of Go, or undefined if there is none. */
export async function findGo(): Promise<string | undefined> {
  const { success, stdout } = await run("go", ["env", "GOVERSION"], {
    seconds: 60,
  });
  return success ? stdout.trim() : undefined;
}

/** Go's own HTTP/2, as server and as client. */
export async function checkGo(context: Context, go: string): Promise<void> {
  const binary = `${context.cache}/go_interop`;
  const built = await goRun(["build", "-o", binary, "."], SOURCES);
  if (built !== undefined) return context.log.skip("Go's net/http", built);
  const module = await run(
    "go",
    ["list", "-m", "-f", "{{.Version}}", "golang.org/x/net"],
    { seconds: 60, cwd: SOURCES },
  );
  const onlyInternal = "Go's handlers can reset with INTERNAL_ERROR alone";
  await checkStack(context, {
    name: "golang.org/x/net/http2",
    version: `${module.stdout.trim()} (${go})`,
    transports: TRANSPORTS,
    server: [binary, "server"],
    client: [binary, "client"],
    without: {
      "the server ends first":
        "Go's handlers end their side only by ending both",
      "the server resets with NO_ERROR": onlyInternal,
      "the server resets with CANCEL": onlyInternal,
      "the server resets with ENHANCE_YOUR_CALM": onlyInternal,
      "the server's PING is answered": "Go's handlers cannot send PING",
    },
  });
}

/** The original, over TLS. */
export async function checkGoH2conn(context: Context): Promise<void> {
  // A copy, since the module's version is added to its go.mod.
  const folder = await Deno.makeTempDir({ dir: context.folder });
  for (const file of ["go.mod", "main.go"]) {
    await Deno.copyFile(`${SOURCES}/h2conn/${file}`, `${folder}/${file}`);
  }
  const binary = `${context.cache}/go_h2conn`;
  const failure = await goRun(["get", `${MODULE}@latest`], folder) ??
    await goRun(["mod", "tidy"], folder) ??
    await goRun(["build", "-o", binary, "."], folder);
  if (failure !== undefined) return context.log.skip(MODULE, failure);
  const module = await run("go", ["list", "-m", "-f", "{{.Version}}", MODULE], {
    seconds: 60,
    cwd: folder,
  });
  await checkStack(context, {
    name: MODULE,
    version: module.stdout.trim(),
    transports: ["tls"],
    server: [binary, "server"],
    client: [binary, "client"],
    only: ["interleaved, then the client ends first", "200 streams at once"],
  });
}

/** Returns what went wrong, if anything. */
async function goRun(
  args: string[],
  cwd: string,
): Promise<string | undefined> {
  const { success, stderr } = await run("go", args, {
    seconds: 300,
    cwd,
    env: { GOFLAGS: "-buildvcs=false" },
  });
  return success ? undefined : `go ${args.join(" ")}: ${stderr}`;
}
