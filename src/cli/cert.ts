import { chmod, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { ArgumentError } from "../errors.ts";
import type { Authority } from "./authority.ts";
import {
  type Command,
  noPositionals,
  parseCommand,
  wholeNumber,
} from "./command.ts";
import { EXIT_CODE, Failure } from "./exit_code.ts";
import { fileFailure, readText } from "./file.ts";
import { loadAuthority } from "./load_authority.ts";
import { say } from "./terminal.ts";

/** Longer ones are refused by Apple's systems. */
const MAX_DAYS = 825;

const HELP = `Makes a certificate authority and a certificate for local servers.

Usage: h2conn cert [options] [NAME…]
       h2conn cert --client WHO [options]

The certificate is for localhost, 127.0.0.1 and ::1, and for the DNS names and
IP addresses given. Four files are written:
  ca.pem      What clients have to trust: "h2conn connect --ca ca.pem"
  ca-key.pem  The authority's key: who has it can be any server to them
  cert.pem    The certificate: "h2conn serve --cert cert.pem --key key.pem"
  key.pem     Its key
Only their owner can read the keys.

With --client, the authority in the folder makes a certificate for a client:
  WHO.pem      The certificate; "h2conn connect" takes it with --cert, and the
               key with --key
  WHO-key.pem  Its key
"h2conn serve --client-ca ca.pem" lets in who shows such a one.

Options:
  --client WHO  Make a certificate for a client, of this name
  --dir FOLDER  Where to write them (default: the current folder)
  --days N      How long they are valid, 1 to ${MAX_DAYS} (default 365)
  --force       Overwrite files that exist

Example: TLS on this machine
  h2conn cert --dir certs api.localhost
  h2conn serve --cert certs/cert.pem --key certs/key.pem`;

const OPTIONS = {
  client: { type: "string" },
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
    const { client, dir: folder, force } = values;
    const days = wholeNumber("days", values.days, { min: 1, max: MAX_DAYS });
    if (client !== undefined) noPositionals(positionals);
    const making = { folder, days, force };
    const files = client === undefined
      ? await makeFiles(positionals, making)
      : await makeClientFiles(client, making);
    await mkdir(folder, { recursive: true }).catch((cause) => {
      throw fileFailure("make", folder, cause);
    });
    for (const [name, pem] of Object.entries(files)) {
      await write(join(folder, name), pem, force);
    }
    say(`Wrote ${Object.keys(files).join(", ")} in ${folder}`);
    return EXIT_CODE.OK;
  },
};

interface Making {
  readonly folder: string;
  readonly days: number;
  readonly force: boolean;
}

/** PEM by the name of its file. */
type Files = Readonly<Record<string, string>>;

const FILES = ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"];
const [CA, CA_KEY, CERT, KEY] = FILES;

async function makeFiles(
  hosts: readonly string[],
  making: Making,
): Promise<Files> {
  for (const host of hosts) checkHost(host);
  await checkFree(FILES, making);
  const { LOCAL_HOSTS, makeAuthority } = await loadAuthority();
  const authority = await makeAuthority({
    name: "h2conn local CA",
    days: making.days,
  });
  const leaf = await authority.server([
    ...new Set([...LOCAL_HOSTS, ...hosts]),
  ]);
  return {
    [CA]: leaf.ca,
    [CA_KEY]: leaf.caKey,
    [CERT]: leaf.cert,
    [KEY]: leaf.key,
  };
}

async function makeClientFiles(
  name: string,
  making: Making,
): Promise<Files> {
  const files = [`${name}.pem`, `${name}-key.pem`];
  // It is the name of files, and not of those that are there for the server;
  // to some file systems, case says nothing.
  const isFree = !files.some((file) => FILES.includes(file.toLowerCase()));
  if (!/^[\w@][\w@.-]{0,62}$/.test(name) || !isFree) {
    throw new ArgumentError(
      `Option --client must be a name of letters, digits, "_", "@", "." and ` +
        `"-", and not "${name}"`,
    );
  }
  await checkFree(files, making);
  const authority = await openAuthorityIn(making);
  const { cert, key } = await authority.client(name);
  return { [files[0]]: cert, [files[1]]: key };
}

async function openAuthorityIn(
  { folder, days }: Making,
): Promise<Authority> {
  const ca = await readText(join(folder, CA));
  const caKey = await readText(join(folder, CA_KEY));
  const { openAuthority } = await loadAuthority();
  try {
    return await openAuthority({ ca, caKey }, days);
  } catch (cause) {
    throw new Failure(
      EXIT_CODE.LOCAL,
      `${CA} and ${CA_KEY} in "${folder}" are no authority that ` +
        `"h2conn cert" made`,
      { cause },
    );
  }
}

function checkHost(host: string): void {
  const isName = /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(host);
  // No certificate says on which interface an address is.
  const isAddress = isIP(host) !== 0 && !host.includes("%");
  if (isAddress || (isName && host.length <= 253)) return;
  throw new ArgumentError(`"${host}" is neither a DNS name nor an IP address`);
}

/** Before anything is written, so that all files are of one making. */
async function checkFree(
  names: readonly string[],
  { folder, force }: Making,
): Promise<void> {
  if (force) return;
  for (const name of names) {
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
