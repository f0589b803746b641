/**
 * Pages of the documentation whose commands run as they stand there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runnerOf, thisRuntime } from "../support/runtimes.ts";
import { within } from "../support/pair.ts";
import { COMMAND } from "./h2conn.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Code of a page: a program to save, or commands and what they print. */
type Block =
  | { readonly file: string; readonly program: string }
  | { readonly commands: string; readonly output?: string };

/** A part of a page between two headings, with its code. */
interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/**
 * Makes a test of each section of a page with commands. `sh` is run, and has
 * to print the `text` that follows, if any does; TypeScript that starts with
 * the name of a file is saved there. What goes on is started, and runs until
 * the end of its section.
 */
export async function testPage(path: string): Promise<void> {
  const page = await readFile(join(ROOT, path), "utf8");
  for (const { title, blocks } of sections(page)) {
    test(`the commands of "${title}" in ${path} do what it says`, async () => {
      await using shell = await Shell.open();
      for (const block of blocks) await perform(shell, block);
    });
  }
}

async function perform(shell: Shell, block: Block): Promise<void> {
  if ("file" in block) return await shell.save(block.file, block.program);
  const { commands, output } = block;
  if (!isServer(commands)) {
    const printed = await shell.run(commands);
    if (output !== undefined) assert.equal(printed, output);
    return;
  }
  for (const command of commands.split("\n")) {
    if (isServer(command)) await shell.start(command);
    else await shell.run(command);
  }
}

/** Whether a line is a command that goes on. */
function isServer(commands: string): boolean {
  return /^(\w+=\w+ )?h2conn (serve|tunnel) [^|]*$|^deno run -A \w+_server.ts$/m
    .test(commands);
}

function sections(markdown: string): Section[] {
  return markdown.split(/^## /m).map((text) => {
    const code = [...text.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)];
    const blocks = code.flatMap(([, language, body], index): Block[] => {
      const file = /^\/\/ (\w+\.ts)$/m.exec(body)?.[1];
      if (language === "ts" && file) return [{ file, program: body }];
      if (language !== "sh") return [];
      const [, next, output] = code[index + 1] ?? [];
      return [{
        commands: body.trimEnd(),
        output: next === "text" ? output : undefined,
      }];
    });
    return { title: text.split("\n")[0], blocks };
  }).filter(({ blocks }) => blocks.some((block) => "commands" in block));
}

/**
 * A shell in a folder of its own, in which `h2conn` is this one, `deno` is the
 * runtime under test, and the library is installed.
 */
class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #running: { child: ChildProcess; closed: Promise<unknown> }[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Shell> {
    const folder = await mkdtemp(join(tmpdir(), "h2conn-docs-"));
    const shell = new Shell(folder);
    await shell.#command("h2conn", COMMAND, '"$@"');
    // Of "deno run -A file", the rest is the file.
    await shell.#command("deno", runnerOf(thisRuntime), '"$3"');
    await install(folder);
    return shell;
  }

  /** Saves a program. */
  async save(file: string, program: string): Promise<void> {
    await writeFile(join(this.#folder, file), program);
  }

  /** Starts what goes on, and resolves when it listens. */
  async start(command: string): Promise<void> {
    const { child, closed, output, errors } = this.#spawn(command);
    this.#running.push({ child, closed });
    const listens = new Promise<void>((resolve) => {
      child.stdout!.on("data", () => {
        if (/^Listening on /m.test(output())) resolve();
      });
    });
    const over = closed.then(() =>
      assert.fail(`It ended: ${output()}${errors()}`)
    );
    await within(Promise.race([listens, over]), command, 20_000);
  }

  /** Gives what the commands print. */
  async run(commands: string): Promise<string> {
    const { child, closed, output, errors } = this.#spawn(commands);
    this.#running.push({ child, closed });
    const [code] = await within(closed, commands, 20_000);
    assert.equal(code, 0, `${commands}\n${output()}${errors()}`);
    return output();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, closed } of this.#running) {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended.
      }
      await closed;
    }
    await rm(this.#folder, { recursive: true });
  }

  async #command(
    name: string,
    command: readonly string[],
    args: string,
  ): Promise<void> {
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const path = join(this.#folder, name);
    await writeFile(path, `#!/bin/sh\nexec ${quoted} ${args}\n`);
    await chmod(path, 0o755);
  }

  #spawn(commands: string) {
    const child = spawn("bash", ["-c", `set -e -o pipefail\n${commands}`], {
      cwd: this.#folder,
      env: {
        ...process.env,
        PATH: this.#folder + delimiter + process.env.PATH,
      },
      // A group, which a signal reaches as a whole.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [text, errors] = ["", ""];
    child.stdout!.on("data", (chunk) => text += chunk);
    child.stderr!.on("data", (chunk) => errors += chunk);
    const closed = once(child, "close") as Promise<[number | null]>;
    return { child, closed, output: () => text, errors: () => errors };
  }
}

/** Puts the library into a folder, for each runtime as it looks for it. */
async function install(folder: string): Promise<void> {
  const { name, exports } = JSON.parse(
    await readFile(join(ROOT, "deno.json"), "utf8"),
  ) as { name: string; exports: Record<string, string> };
  const imports = Object.fromEntries(
    Object.entries(exports).map(([entry, file]) => [
      name + entry.slice(1),
      join(ROOT, file),
    ]),
  );
  await writeFile(join(folder, "deno.json"), JSON.stringify({ imports }));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const home = join(folder, "node_modules", name);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), JSON.stringify({ exports }));
  // Node strips no types in node_modules, but it follows links first.
  for (const part of ["mod.ts", "src"]) {
    await symlink(join(ROOT, part), join(home, part));
  }
}
