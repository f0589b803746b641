/**
 * Programs of Debian that a script needs.
 *
 * @module
 */

import { run } from "./interop/processes.ts";

/** Whether a command is here, once Debian's package was asked for it. */
export async function hasCommand(
  command: string,
  debian: string,
): Promise<boolean> {
  return await isHere(command) || await install(command, debian);
}

async function isHere(command: string): Promise<boolean> {
  const args = ["-c", `command -v ${command}`];
  return (await run("sh", args, { seconds: 10 })).success;
}

async function install(command: string, debian: string): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { seconds: 120, env });
  await run(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", debian],
    { seconds: 300, env },
  );
  return await isHere(command);
}
