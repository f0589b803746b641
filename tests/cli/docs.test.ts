import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { within } from "../support/pair.ts";
import { COMMAND } from "./program.ts";

/** A part of a page between two headings, with its code. */
interface Section {
  readonly title: string;
  /** Commands, and what those that end have to print, if it is told. */
  readonly blocks: { commands: string; output?: string }[];
}

const page = fileURLToPath(new URL("../../docs/cli.md", import.meta.url));

for (const { title, blocks } of sections(await readFile(page, "utf8"))) {
  test(`the commands of "${title}" in docs/cli.md do what it says`, async () => {
    await using shell = await Shell.open();
    for (const { commands, output } of blocks) {
      const isServer = /^(\w+=\w+ )?h2conn (serve|tunnel) /m.test(commands);
      if (isServer) {
        for (const command of commands.split("\n")) await shell.start(command);
      } else {
        const printed = await shell.run(commands);
        if (output !== undefined) assert.equal(printed, output);
      }
    }
  });
}

function sections(markdown: string): Section[] {
  return markdown.split(/^## /m).map((text) => {
    const code = [...text.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)];
    const blocks = code.flatMap(([, language, commands], index) => {
      if (language !== "sh") return [];
      const [, next, output] = code[index + 1] ?? [];
      return [{
        commands: commands.trimEnd(),
        output: next === "text" ? output : undefined,
      }];
    });
    return { title: text.split("\n")[0], blocks };
  }).filter(({ blocks }) => blocks.length > 0);
}

/** A shell in a folder of its own, in which `h2conn` is this one. */
class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #servers: { child: ChildProcess; closed: Promise<unknown> }[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Shell> {
    const folder = await mkdtemp(join(tmpdir(), "h2conn-docs-"));
    const command = COMMAND.map((word) => `'${word}'`).join(" ");
    const script = `#!/bin/sh\nexec ${command} "$@"\n`;
    await writeFile(join(folder, "h2conn"), script);
    await chmod(join(folder, "h2conn"), 0o755);
    return new Shell(folder);
  }

  /** Starts what goes on, and resolves when it listens. */
  async start(command: string): Promise<void> {
    const { child, closed, output } = this.#spawn(command);
    this.#servers.push({ child, closed });
    const listens = new Promise<void>((resolve) => {
      child.stdout!.on("data", () => {
        if (/^Listening on /m.test(output())) resolve();
      });
    });
    const over = closed.then(() => assert.fail(`It ended: ${output()}`));
    await within(Promise.race([listens, over]), command, 20_000);
  }

  /** Gives what the commands print. */
  async run(commands: string): Promise<string> {
    const { child, closed, output, errors } = this.#spawn(commands);
    this.#servers.push({ child, closed });
    const [code] = await within(closed, commands, 20_000);
    assert.equal(code, 0, `${commands}\n${output()}${errors()}`);
    return output();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, closed } of this.#servers) {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended.
      }
      await closed;
    }
    await rm(this.#folder, { recursive: true });
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
