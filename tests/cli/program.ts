/**
 * The program `h2conn` as its user has it: a process on the runtime under
 * test, with pipes.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { within } from "../support/pair.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SECONDS = 20;

/** What starts the program on this runtime. */
export const COMMAND: readonly string[] = process.versions.deno
  ? [process.execPath, "run", "-A", "--no-check", "--quiet", MAIN]
  : [process.execPath, MAIN];

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Uint8Array;
  /** Standard output as text. */
  readonly text: string;
  readonly stderr: string;
}

/** How to run the program. */
export interface RunOptions {
  /** All of standard input; without it, it stays open. */
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** A program that runs. It is killed when the test is done with it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #stdout: Uint8Array[] = [];
  #stderr = "";
  #onOutput = () => {};
  readonly #ended: Promise<Ended>;

  constructor(args: readonly string[], options: RunOptions = {}) {
    const [runtime, ...first] = COMMAND;
    const env = { ...process.env, ...options.env };
    this.#child = spawn(runtime, [...first, ...args], {
      cwd: options.cwd,
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdin, stdout, stderr } = this.#child;
    // It need not read what it is given.
    stdin!.on("error", () => {});
    if (options.input !== undefined) stdin!.end(options.input);
    stdout!.on("data", (chunk) => {
      this.#stdout.push(chunk);
      this.#onOutput();
    });
    stderr!.on("data", (chunk) => {
      this.#stderr += chunk;
      this.#onOutput();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        const bytes = Buffer.concat(this.#stdout);
        const text = bytes.toString();
        resolve({ code, stdout: bytes, text, stderr: this.#stderr });
      });
    });
  }

  /** Resolves when it has ended by itself. */
  get ended(): Promise<Ended> {
    const what = `end of the program; it said: ${this.#stderr}`;
    return within(this.#ended, what, SECONDS * 1000);
  }

  /** Writes to its standard input. */
  write(text: string | Uint8Array): void {
    this.#child.stdin!.write(text);
  }

  /** Ends its standard input. */
  endInput(): void {
    this.#child.stdin!.end();
  }

  /** Stops reading its standard output. */
  pauseOutput(): void {
    this.#child.stdout!.pause();
  }

  resumeOutput(): void {
    this.#child.stdout!.resume();
  }

  /** Closes the reading side of its standard output. */
  closeOutput(): void {
    this.#child.stdout!.destroy();
  }

  signal(name: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
    // After the child's own kill(), Deno tells of no exit code.
    process.kill(this.#child.pid!, name);
  }

  /** Resolves with what matches, once it is on standard output or error. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      this.#onOutput = () => {
        const output = Buffer.concat(this.#stdout).toString() + this.#stderr;
        const match = pattern.exec(output);
        if (match !== null) resolve(match);
      };
      this.#onOutput();
    });
    const over = this.#ended.then(({ text, stderr }): never => {
      throw new Error(`It ended without ${pattern}: ${text}${stderr}`);
    });
    return await within(
      Promise.race([found, over]),
      String(pattern),
      SECONDS * 1000,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Runs the program to its end. */
export async function h2conn(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  await using program = new Program(args, { input: "", ...options });
  return await program.ended;
}

/** Starts `h2conn serve`, and gives its URL. */
export async function startServe(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ program: Program; url: string }> {
  const program = new Program(["serve", "--port", "0", ...args], options);
  try {
    const [, url] = await program.said(/^Listening on (\S+)$/m);
    return { program, url };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
