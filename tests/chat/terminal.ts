import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const SECONDS = 15;

/** A program in a terminal of tmux: what is typed there, and what is seen. */
export class Terminal implements AsyncDisposable {
  readonly #name: string;

  constructor(
    program: string,
    args: readonly string[],
    { columns, rows }: { columns: number; rows: number },
  ) {
    this.#name = `h2conn-${crypto.randomUUID()}`;
    const file = fileURLToPath(
      new URL(`../../examples/${program}.ts`, import.meta.url),
    );
    const run = process.versions.deno ? ["run", "-A", "--no-check"] : [];
    const command = [process.execPath, ...run, file, ...args]
      .map((word) => `'${word}'`).join(" ");
    this.#tmux(
      ...["new-session", "-d", "-x", `${columns}`, "-y", `${rows}`],
      // It stays to be looked at.
      ...[`${command}; echo "exit $?"; sleep ${SECONDS}`],
    );
  }

  /** Types text. */
  type(text: string): void {
    this.#tmux("send-keys", "-t", this.#name, "-l", text);
  }

  /** Presses keys, by tmux's names for them. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", "-t", this.#name, ...keys);
  }

  /** What is to be seen, without the empty lines below it. */
  get screen(): string {
    return this.#tmux("capture-pane", "-p", "-t", this.#name).trimEnd();
  }

  /** Waits until the screen is so. */
  async until(isSo: (screen: string) => boolean): Promise<void> {
    const end = performance.now() + SECONDS * 1000;
    while (!isSo(this.screen)) {
      if (performance.now() > end) throw new Error(`It is:\n${this.screen}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    // tmux's own server ends with the last session on its socket.
    this.#tmux("kill-server");
    return Promise.resolve();
  }

  #tmux(...args: string[]): string {
    const socket = ["-L", this.#name, "-f", "/dev/null", "-u"];
    const [first, ...rest] = args;
    const name = first === "new-session" ? ["-s", this.#name] : [];
    const { stdout, stderr, status } = spawnSync(
      "tmux",
      [...socket, first, ...name, ...rest],
      { encoding: "utf8", env: { ...process.env, NO_COLOR: "1", TZ: "UTC" } },
    );
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}
