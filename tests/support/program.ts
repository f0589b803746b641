/**
 * A program as its user has it: a process on the runtime under test, with
 * pipes.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { within } from "./pair.ts";
import { runnerOf, thisRuntime } from "./runtimes.ts";

const SECONDS = 20;

/** What runs a file on this runtime. */
export const RUNTIME: readonly string[] = runnerOf(thisRuntime);

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Uint8Array;
  /** Standard output as text. */
  readonly text: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  /** What runs the file, if not {@linkcode RUNTIME}. */
  readonly runtime?: readonly string[];
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
  readonly #listeners = new Set<() => void>();
  readonly #ended: Promise<Ended>;

  constructor(
    file: string,
    args: readonly string[],
    options: RunOptions = {},
  ) {
    const [command, ...first] = options.runtime ?? RUNTIME;
    this.#child = spawn(command, [...first, file, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
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

  signal(name: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL"): void {
    // After the child's own kill(), Deno tells of no exit code.
    process.kill(this.#child.pid!, name);
  }

  /** What it has printed up to now. */
  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  get stderr(): string {
    return this.#stderr;
  }

  #onOutput(): void {
    for (const look of this.#listeners) look();
  }

  /** Resolves with what matches, once it is on standard output or error. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    let look = () => {};
    const found = new Promise<RegExpExecArray>((resolve) => {
      look = () => {
        const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
        if (match !== null) resolve(match);
      };
      this.#listeners.add(look);
      look();
    });
    const over = this.#ended.then(({ text, stderr }): never => {
      throw new Error(`It ended without ${pattern}: ${text}${stderr}`);
    });
    try {
      return await within(
        Promise.race([found, over]),
        `${pattern} in ${JSON.stringify(this.stdout + this.stderr)}`,
        SECONDS * 1000,
      );
    } finally {
      this.#listeners.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** A program that serves, and the URL at which it does. */
export interface Serving {
  readonly program: Program;
  readonly url: string;
}

/** Waits until a program says that it listens; it is killed if it does not. */
export async function listening(
  program: Program,
  said: RegExp = /^Listening on (\S+)$/m,
): Promise<Serving> {
  try {
    const [, url] = await program.said(said);
    return { program, url };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
