/**
 * Child processes that always end: each has a time bound, and what still runs
 * is killed when the script ends.
 *
 * @module
 */

/** Each with the signal that ends it. */
const running = new Map<Deno.ChildProcess, Deno.Signal>();

/** How a command ended. */
export interface Ended {
  readonly success: boolean;
  /** Standard output, as it came. */
  readonly bytes: Uint8Array;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command. */
export interface RunOptions {
  /** After that it is killed. */
  readonly seconds: number;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs a command to its end. One that cannot be started does not succeed. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Ended> {
  const { seconds, cwd, env } = options;
  let child;
  try {
    child = new Deno.Command(command, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return ended(false, new Uint8Array(), String(error));
  }
  running.set(child, "SIGKILL");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, seconds * 1000);
  const output = await child.output();
  clearTimeout(timer);
  running.delete(child);
  const stderr = new TextDecoder().decode(output.stderr);
  return ended(
    output.success && !late,
    output.stdout,
    late ? `${stderr}not done within ${seconds} s` : stderr,
  );
}

function ended(success: boolean, bytes: Uint8Array, stderr: string): Ended {
  return { success, bytes, stdout: new TextDecoder().decode(bytes), stderr };
}

/** A server that has said where it listens. */
export interface RunningServer {
  readonly url: string;
  /** Kills it. Returns what went wrong with it before that, if anything. */
  stop(): Promise<string | undefined>;
}

/** Starts a server whose first line has its URL in it. */
export async function startServer(
  command: string,
  args: readonly string[],
): Promise<RunningServer> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.set(child, "SIGKILL");
  const stderr = new Response(child.stderr).text();
  let exit: Deno.CommandStatus | undefined;
  child.status.then((status) => exit = status);

  async function stop(): Promise<string | undefined> {
    const early = exit;
    kill(child);
    await child.status;
    running.delete(child);
    const text = (await stderr).trim();
    if (early !== undefined) {
      const how = early.signal ?? `code ${early.code}`;
      return `the server ended by itself (${how}): ${text}`;
    }
    return text === "" ? undefined : `the server said: ${text}`;
  }

  try {
    const line = await firstLine(child.stdout, 30);
    const [url] = /https?:[^\s"]+/.exec(line)!;
    return { url, stop };
  } catch (error) {
    throw new Error(`${args.join(" ")}: ${await stop() ?? error}`);
  }
}

async function firstLine(
  stream: ReadableStream<Uint8Array>,
  seconds: number,
): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => reader.cancel(), seconds * 1000);
  try {
    let text = "";
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) throw new Error("it did not say where it listens");
      text += value;
    }
    return text.slice(0, text.indexOf("\n"));
  } finally {
    clearTimeout(timer);
  }
}

/** How to start a service. */
export interface ServiceOptions {
  /** The port of loopback that it takes connections on once it is ready. */
  readonly port: number;
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** The user and group to run as, if not one's own. */
  readonly id?: number;
}

/**
 * Starts somebody else's server, and resolves to what stops it when it takes
 * connections.
 */
export async function startService(
  [command, ...args]: readonly string[],
  { port, cwd, env, id }: ServiceOptions,
): Promise<() => Promise<void>> {
  const child = new Deno.Command(command, {
    args,
    cwd,
    env,
    uid: id,
    gid: id,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // Those that have children end them.
  running.set(child, "SIGTERM");
  const stderr = new Response(child.stderr).text();
  let hasEnded = false;
  const ended = child.status.then(() => {
    hasEnded = true;
    running.delete(child);
  });
  const stop = async () => {
    kill(child, "SIGTERM");
    const timer = setTimeout(() => kill(child), 5000);
    await ended;
    clearTimeout(timer);
  };
  for (const end = Date.now() + 10_000; Date.now() < end && !hasEnded;) {
    if (await takesConnections(port)) return stop;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`${command} does not listen: ${await stderr}`);
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function kill(
  child: Deno.ChildProcess,
  signal: Deno.Signal = "SIGKILL",
): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

/** Kills what still runs. */
export function killAll(): void {
  for (const [child, signal] of running) kill(child, signal);
}
