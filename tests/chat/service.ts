import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import net from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { within } from "../support/pair.ts";

const told = new Set<string>();

/**
 * Why a test cannot run without a program, or false if it is here: the value
 * of its `skip`. It is said on standard error too, once: Deno and Bun show no
 * reasons.
 */
export function missing(command: string, debian = command): string | false {
  const { status } = spawnSync("sh", ["-c", `command -v ${command}`]);
  if (status === 0) return false;
  const why = `there is no ${command} here (Debian's package ${debian} has it)`;
  if (!told.has(command)) console.error(`SKIP: ${why}`);
  told.add(command);
  return why;
}

/** A port of loopback that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server of others that a test needs, on a port of loopback. */
export class Service implements AsyncDisposable {
  readonly port: number;
  readonly #start: () => ChildProcess;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> | undefined;

  constructor(
    port: number,
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ) {
    this.port = port;
    const options = {
      env: { ...process.env, ...env },
      stdio: "ignore",
    } as const;
    this.#start = () => spawn(command, args, options);
  }

  /** Starts it, after a stop again. */
  async start(): Promise<void> {
    const child = this.#start();
    this.#child = child;
    this.#ended = new Promise((resolve) => child.on("close", resolve));
    await within(this.#listens(), `service on port ${this.port}`, 10_000);
  }

  /** Kills it. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #listens(): Promise<void> {
    while (!await accepts(this.port)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** A Redis that keeps nothing on disk. */
export async function startRedis(): Promise<Service> {
  const port = await freePort();
  const redis = new Service(port, "redis-server", [
    ...["--port", `${port}`, "--bind", "127.0.0.1"],
    ...["--save", "", "--appendonly", "no"],
    // Or it would start with what another has left where this runs.
    ...["--dir", tmpdir(), "--dbfilename", `h2conn-chat-${port}.rdb`],
  ]);
  await redis.start();
  return redis;
}
