import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Conn } from "../conn.ts";
import { receive, sendChunks } from "./streams.ts";

/** How long a command may take to obey SIGTERM, in milliseconds. */
const TERM_MS = 2000;

/** How long standard output may be silent after the exit, in milliseconds. */
const SILENCE_MS = 1000;

/** The trailer that has a command's exit code. */
const EXIT_CODE_TRAILER = "h2conn-exit-code";

/**
 * Runs a shell command with a Conn as its standard input and output. Its exit
 * ends the Conn, with the exit code as a trailer, and a Conn that is cut ends
 * it. Rejects if it did not exit by itself, for then its output is not whole.
 */
export async function runCommand(conn: Conn, command: string): Promise<void> {
  const child = new CommandProcess(await start(command));
  // A command need not read what it is sent.
  receive(conn, child.stdin).catch(() => {});
  conn.closed.catch(() => child.end());
  try {
    await sendChunks(conn, child.output());
  } catch (error) {
    child.end();
    await child.exited;
    throw error;
  }
  // Whether this is the end of its output, only its exit tells.
  const { code, signal } = await child.exited;
  if (child.isEnded) return;
  if (signal) throw new Error(`"${command}" was ended by ${signal}`);
  await conn.closeWrite({ [EXIT_CODE_TRAILER]: String(code) });
}

/** How a command ended: one of them is null. */
interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A command, with all the processes that it starts. */
class CommandProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  #hasExited = false;
  #isEnded = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    running.add(this);
    this.stdin.on("error", () => {});
    this.exited = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (code, signal) => resolve({ code, signal }));
    });
    const onExit = () => {
      this.#hasExited = true;
      running.delete(this);
      // What it left behind would keep its standard output open.
      this.kill("SIGKILL");
    };
    this.exited.then(onExit, onExit);
  }

  get stdin() {
    return this.#child.stdin!;
  }

  /**
   * What it writes, to the end or, after its exit, to the first silence: who
   * has left its group for a session of its own may keep standard output open
   * for ever.
   */
  async *output(): AsyncIterable<Uint8Array> {
    const stdout = this.#child.stdout!;
    let isReading = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const awaitSilence = () => {
      if (!isReading || !this.#hasExited) return;
      timer = setTimeout(() => stdout.destroy(), SILENCE_MS);
    };
    this.exited.then(awaitSilence, awaitSilence);
    try {
      for await (const chunk of stdout) {
        isReading = false;
        clearTimeout(timer);
        yield chunk;
        isReading = true;
        awaitSilence();
      }
    } catch (error) {
      // It was given up here: that is its end.
      if (!stdout.destroyed || !this.#hasExited) throw error;
    } finally {
      isReading = false;
      clearTimeout(timer);
    }
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

/** Rejects with what the system says: it may have no descriptors left. */
async function start(command: string): Promise<ChildProcess> {
  const child = spawn(command, {
    shell: true,
    // A group of its own, which a signal reaches as a whole.
    detached: process.platform !== "win32",
    stdio: ["pipe", "pipe", "inherit"],
    env: commandEnvironment(),
  });
  // Without one it has no pipes either, and tells why in a moment.
  if (child.pid !== undefined) return child;
  return await new Promise((_, reject) => child.on("error", reject));
}

/** A command has no use for the token that lets clients in. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const { H2CONN_TOKEN: _, ...env } = process.env;
  return env;
}

const running = new Set<CommandProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
