import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";
import { commandOf, type Runtime } from "../support/runtimes.ts";

/** An example that runs in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly url: string;
  /** The CA of its certificate. */
  readonly ca: string;
}

/** Starts an example with a certificate, on a free port. */
export async function start(file: string, runtime: Runtime): Promise<Program> {
  const { ca, cert, key } = await makeCertificates();
  const folder = await mkdtemp(join(tmpdir(), "h2conn-example-"));
  const paths = {
    cert: join(folder, "cert.pem"),
    key: join(folder, "key.pem"),
  };
  await writeFile(paths.cert, cert);
  await writeFile(paths.key, key);

  const path = new URL(`../../examples/frameworks/${file}`, import.meta.url);
  const [command, ...args] = commandOf(runtime, fileURLToPath(path));
  const options = ["--port=0", `--cert=${paths.cert}`, `--key=${paths.key}`];
  const child = spawn(command, [...args, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");

  async function stop(): Promise<void> {
    child.kill("SIGKILL");
    await closed;
    await rm(folder, { recursive: true });
  }
  try {
    const url = await within(listeningUrl(child.stdout), "start", 20_000);
    return { url, ca, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listeningUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^Listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error("The program ended before it listened");
}
