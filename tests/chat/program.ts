import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { within } from "../support/pair.ts";

/** What runs TypeScript: the runtime that this is on. */
const THIS_RUNTIME: readonly string[] = process.versions.deno
  ? [process.execPath, "run", "-A", "--no-check"]
  : [process.execPath];

/** One of our programs that runs. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = "";
  stderr = "";
  #wake = () => {};

  constructor(
    name: string,
    args: readonly string[],
    runtime: readonly string[] = THIS_RUNTIME,
  ) {
    const file = fileURLToPath(
      new URL(`../../examples/${name}.ts`, import.meta.url),
    );
    const [command, ...first] = runtime;
    this.child = spawn(command, [...first, file, ...args], {
      stdio: "pipe",
      // What follows would colour the output, or add to it.
      env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
    });
    this.child.stdin!.on("error", () => {});
    this.child.stdout!.on("data", (text) => {
      this.stdout += text;
      this.#wake();
    });
    this.child.stderr!.on("data", (text) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
  }

  write(text: string): void {
    this.child.stdin!.write(text);
  }

  end(): void {
    this.child.stdin!.end();
  }

  signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    // After the child's own kill(), Deno tells of no exit code.
    process.kill(this.child.pid!, name);
  }

  /** Waits for this in what it prints. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      const next = new Promise<void>((resolve) => this.#wake = resolve);
      await within(next, `${pattern} in ${this.#output}`, 10_000);
    }
  }

  /** Its exit code. */
  async code(): Promise<number | null> {
    return await within(this.ended, `end: ${this.#output}`, 10_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  get #output(): string {
    return JSON.stringify({ stdout: this.stdout, stderr: this.stderr });
  }
}

/** Starts a server, and gives the URL at which it listens. */
export async function startServer(
  name: string,
  args: readonly string[],
  runtime?: readonly string[],
): Promise<{ program: Program; url: string }> {
  const program = new Program(name, args, runtime);
  const [, url] = await program.until(/^Listening on (\S+)$/m);
  return { program, url };
}
