import { chmod, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { ArgumentError } from "../errors.ts";
import { type Command, parseCommand, wholeNumber } from "./command.ts";
import { EXIT_CODE, Failure } from "./exit_code.ts";
import { fileFailure } from "./file.ts";
import { loadAuthority } from "./load_authority.ts";
import { say } from "./terminal.ts";

/** Longer ones are refused by Apple's systems. */
const MAX_DAYS = 825;

const HELP = `Makes a certificate authority and a certificate for local servers.

Usage: h2conn cert [options] [NAME…]

The certificate is for localhost, 127.0.0.1 and ::1, and for the DNS names and
IP addresses given. Four files are written:
  ca.pem      What clients have to trust: "h2conn connect --ca ca.pem"
  ca-key.pem  The authority's key: who has it can be any server to them
  cert.pem    The certificate: "h2conn serve --cert cert.pem --key key.pem"
  key.pem     Its key
Only their owner can read the keys.

Options:
  --dir FOLDER  Where to write them (default: the current folder)
  --days N      How long they are valid, 1 to ${MAX_DAYS} (default 365)
  --force       Overwrite files that exist

Example: TLS on this machine
  h2conn cert --dir certs api.localhost
  h2conn serve --cert certs/cert.pem --key certs/key.pem`;

const OPTIONS = {
  dir: { type: "string", default: "." },
  days: { type: "string", default: "365" },
  force: { type: "boolean", default: false },
} as const;

export const certCommand: Command = {
  name: "cert",
  summary: "Make a local authority and a certificate",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    const days = wholeNumber("days", values.days, { min: 1, max: MAX_DAYS });
    for (const host of positionals) checkHost(host);
    await checkFree(values.dir, values.force);
    const files = await makeFiles(positionals, days);
    await mkdir(values.dir, { recursive: true }).catch((cause) => {
      throw fileFailure("make", values.dir, cause);
    });
    for (const [name, pem] of Object.entries(files)) {
      await write(join(values.dir, name), pem, values.force);
    }
    say(`Wrote ${Object.keys(files).join(", ")} in ${values.dir}`);
    return EXIT_CODE.OK;
  },
};

const FILES = ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"] as const;

async function makeFiles(
  hosts: readonly string[],
  days: number,
): Promise<Record<typeof FILES[number], string>> {
  const { LOCAL_HOSTS, makeAuthority } = await loadAuthority();
  const authority = await makeAuthority({ name: "h2conn local CA", days });
  const leaf = await authority.server([
    ...new Set([...LOCAL_HOSTS, ...hosts]),
  ]);
  return {
    "ca.pem": leaf.ca,
    "ca-key.pem": leaf.caKey,
    "cert.pem": leaf.cert,
    "key.pem": leaf.key,
  };
}

function checkHost(host: string): void {
  const isName = /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(host);
  if (isIP(host) !== 0 || (isName && host.length <= 253)) return;
  throw new ArgumentError(`"${host}" is neither a DNS name nor an IP address`);
}

/** Before anything is written, so that all four are of one making. */
async function checkFree(folder: string, force: boolean): Promise<void> {
  if (force) return;
  for (const name of FILES) {
    const path = join(folder, name);
    const exists = await lstat(path).then(() => true, () => false);
    if (!exists) continue;
    throw new Failure(
      EXIT_CODE.LOCAL,
      `"${path}" exists; --force overwrites it and the files beside it`,
    );
  }
}

async function write(
  path: string,
  pem: string,
  force: boolean,
): Promise<void> {
  const mode = path.endsWith("key.pem") ? 0o600 : 0o644;
  try {
    // A file that exists would keep its mode, and a link would be followed.
    if (force) await rm(path, { force: true });
    await writeFile(path, pem, { flag: "wx", mode });
    // Whatever the umask.
    await chmod(path, mode);
  } catch (cause) {
    throw fileFailure("write", path, cause);
  }
}
