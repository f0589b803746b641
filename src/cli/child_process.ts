import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Conn } from "../conn.ts";
import { receive, sendChunks } from "./streams.ts";

/** How long a command may take to obey SIGTERM, in milliseconds. */
const TERM_MS = 2000;

/**
 * Runs a shell command with a Conn as its standard input and output. Its exit
 * ends the Conn, and a Conn that is cut ends it. Rejects if it did not exit by
 * itself, for then its output is not whole.
 */
export async function runCommand(conn: Conn, command: string): Promise<void> {
  const child = new CommandProcess(command);
  // A command need not read what it is sent.
  receive(conn, child.stdin).catch(() => {});
  conn.closed.catch(() => child.end());
  try {
    await sendChunks(conn, child.stdout);
  } catch (error) {
    child.end();
    await child.exited;
    throw error;
  }
  // Whether this is the end of its output, only its exit tells.
  const signal = await child.exited;
  if (signal && !child.isEnded) {
    throw new Error(`"${command}" was ended by ${signal}`);
  }
}

/** A command, with all the processes that it starts. */
class CommandProcess {
  readonly #child: ChildProcess;
  /** Resolves with the signal that ended it, if one did. */
  readonly exited: Promise<string | null>;
  #isEnded = false;

  constructor(command: string) {
    this.#child = spawn(command, {
      shell: true,
      // A group of its own, which a signal reaches as a whole.
      detached: process.platform !== "win32",
      stdio: ["pipe", "pipe", "inherit"],
    });
    running.add(this);
    this.stdin.on("error", () => {});
    this.exited = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (_code, signal) => resolve(signal));
    });
    const onExit = () => {
      running.delete(this);
      // What it left behind would keep its standard output open.
      this.kill("SIGKILL");
    };
    this.exited.then(onExit, onExit);
  }

  get stdin() {
    return this.#child.stdin!;
  }

  get stdout() {
    return this.#child.stdout!;
  }

  /** Whether it was {@linkcode end} that ended it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends it, by force if it does not obey. */
  end(): void {
    this.#isEnded = true;
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), TERM_MS);
    const clear = () => clearTimeout(timer);
    this.exited.then(clear, clear);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // It has ended.
    }
  }
}

const running = new Set<CommandProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
