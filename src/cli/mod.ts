/**
 * The command line of h2conn: a netcat, a server of commands and TCP ports, a
 * tunnel, certificates and a doctor for HTTP/2, one program on three runtimes.
 *
 * ```sh
 * deno run -A jsr:@h2conn/h2conn/cli --help
 * npx h2conn --help
 * bunx h2conn --help
 * ```
 *
 * @example What the program does, as a function
 * ```ts
 * import { main } from "@h2conn/h2conn/cli";
 *
 * const exitCode = await main(["--version"]);
 * console.log(exitCode); // 0
 * ```
 *
 * @module
 */

import { exit, main } from "./program.ts";

export { main };

// Node before 24.2 does not know it: there, main.ts is what is run.
if (import.meta.main) exit(await main());
