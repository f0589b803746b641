/**
 * A peer in a process of its own, on any of the three runtimes.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Peer, PeerRole } from "../../src/testing/mod.ts";
import { runnerOf, type Runtime } from "../support/runtimes.ts";
import type { Answer, Command } from "./peer_protocol.ts";

const program = fileURLToPath(new URL("./peer_process.ts", import.meta.url));

/** Commands a process that runs `peer_process.ts`. */
export class RemotePeer implements Peer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting: PromiseWithResolvers<Answer>[] = [];
  #failure: Error | undefined;

  /** Throws if this machine does not have the runtime. */
  constructor(runtime: Runtime) {
    const [command, ...args] = [...runnerOf(runtime), program];
    this.#child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // It may die before it has read a command; "error" is one it cannot start.
    this.#child.stdin!.on("error", () => {});
    this.#child.on("error", (error) => this.#fail(error));
    this.#ended = once(this.#child, "close").catch(() => {}).then(() => {
      this.#fail(new Error(`The ${runtime} process has ended`));
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line));
    });
  }

  /** Serves one Conn; gives the URL. */
  async serve(cert: string, key: string): Promise<string> {
    const { url } = await this.#ask({ do: "serve", cert, key });
    return url!;
  }

  /** Connects one Conn; resolves when it is open. */
  async connect(url: string, ca: string): Promise<void> {
    await this.#ask({ do: "connect", url, ca });
  }

  async play(role: PeerRole): Promise<void> {
    await this.#ask({ do: "play", role });
  }

  /** Ends the process, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#child.stdin!.destroy();
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async #ask(command: Command): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure;
    const answered = Promise.withResolvers<Answer>();
    this.#waiting.push(answered);
    this.#child.stdin!.write(JSON.stringify(command) + "\n");
    const answer = await answered.promise;
    if (answer.error !== undefined) throw new Error(`Peer: ${answer.error}`);
    return answer;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
