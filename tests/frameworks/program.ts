import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "../support/certificates.ts";
import { startServer } from "../support/example.ts";
import { runnerOf, type Runtime } from "../support/runtimes.ts";

/** An example that runs in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly url: string;
  /** The CA of its certificate. */
  readonly ca: string;
}

/** Starts an example with a certificate, on a free port. */
export async function start(name: string, runtime: Runtime): Promise<Program> {
  const { ca, cert, key } = await makeCertificates();
  const folder = await mkdtemp(join(tmpdir(), "h2conn-example-"));
  try {
    const args = ["--port=0"];
    for (const [option, pem] of Object.entries({ cert, key })) {
      const path = join(folder, `${option}.pem`);
      await writeFile(path, pem);
      args.push(`--${option}=${path}`);
    }
    const { program, url } = await startServer(`frameworks/${name}`, args, {
      runtime: runnerOf(runtime),
    });
    return {
      url,
      ca,
      async [Symbol.asyncDispose]() {
        await program[Symbol.asyncDispose]();
        await rm(folder, { recursive: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}
