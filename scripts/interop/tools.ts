/**
 * curl, and nghttp and h2load of nghttp2, against a server of ours.
 *
 * @module
 */

import { pattern } from "../../tests/interop/bytes.ts";
import { type Context, type OurServer, withOurServers } from "./context.ts";
import type { Peer } from "./log.ts";
import { type Ended, run } from "./processes.ts";

const SECONDS = 60;
const UPLOAD = 10 << 20;

/** Runs a tool; `check` returns what is wrong with what it said, if anything. */
type Check = [
  name: string,
  args: string[],
  check: (ended: Ended) => string | undefined | Promise<string | undefined>,
  detail?: (ended: Ended) => string,
];

interface Tool {
  readonly command: string;
  /** The Debian package that has it. */
  readonly debian: string;
  readonly version: RegExp;
  checks(server: OurServer, files: Files): Check[];
}

/** What the tools send and trust. */
interface Files {
  readonly ca: string;
  readonly large: string;
  readonly small: string;
  readonly output: string;
}

const curl: Tool = {
  command: "curl",
  debian: "curl",
  version: /^curl (\S+)/,
  checks({ url, transport }, { ca, large, output }) {
    const base = transport === "tls"
      ? ["-sS", "--http2", "--cacert", ca]
      : ["-sS", "--http2-prior-knowledge"];
    const status = ["-w", "%{http_version} %{http_code}", "-o", "/dev/null"];
    const checks: Check[] = [
      ["GET", [...base, "-w", "%{http_version}", `${url}/`], says("Hello\n2")],
      ["POST -d", [...base, "-d", "echo", `${url}/echo`], says("echo")],
      [
        "PUT /ECHO",
        [...base, "-X", "PUT", "-d", "echo", `${url}/ECHO`],
        says("ECHO"),
      ],
      [
        "upload of 10 MiB, echoed",
        [...base, "-T", large, "-o", output, `${url}/echo`],
        ({ success, stderr }) => success ? differ(large, output) : stderr,
      ],
      ["HEAD", [...base, "-I", `${url}/`], matches(/^HTTP\/2 200/)],
      [
        "103",
        [...base, "-i", `${url}/hints`],
        matches(/^HTTP\/2 103 \r\nlink: [\s\S]*HTTP\/2 200[\s\S]*Hello\n$/),
      ],
      ["404", [...base, ...status, `${url}/none`], says("2 404")],
      ["400", [...base, ...status, "-d", "x", `${url}/ECHO`], says("2 400")],
    ];
    if (transport === "tls") {
      checks.push([
        "curl -k -i --http2 -d test",
        ["-sS", "-k", "-i", "--http2", url, "-d", "test"],
        // -i shows the trailers too, right after the body.
        matches(/^HTTP\/2 200[\s\S]*\r\n\r\ntest/),
      ]);
    } else {
      checks.push([
        "Upgrade: h2c is answered in HTTP/1.1",
        ["-sS", "--http2", ...status, `${url}/`],
        says("1.1 200"),
      ]);
    }
    checks.push([
      "HTTP/1.1 on the same port",
      ["-sS", "-k", "--http1.1", ...status, `${url}/`],
      says("1.1 200"),
    ], [
      "HTTP/1.0 on the same port",
      ["-sS", "-k", "--http1.0", ...status, `${url}/`],
      says("1.1 200"),
    ]);
    return checks;
  },
};

const nghttp: Tool = {
  command: "nghttp",
  debian: "nghttp2-client",
  version: /nghttp2\/(\S+)/,
  checks: ({ url }, { large }) => [
    [
      "GET -v, 20 streams",
      ["-v", "-m", "20", `${url}/`],
      ({ stdout }) => {
        const statuses = stdout.match(/:status: 200/g)?.length ?? 0;
        const bodies = stdout.match(/Hello/g)?.length ?? 0;
        if (statuses === 20 && bodies === 20) return undefined;
        return `${statuses} statuses, ${bodies} bodies`;
      },
    ],
    [
      "push",
      ["-v", `${url}/push`],
      ({ stdout }) => {
        const wanted = [
          /recv PUSH_PROMISE frame/,
          /:path: \/2nd/,
          /Hello\n/,
          /Hello Again!\n/,
        ];
        const missing = wanted.filter((pattern) => !pattern.test(stdout));
        return missing.length === 0 ? undefined : `no ${missing}: ${stdout}`;
      },
    ],
    [
      "upload of 10 MiB, echoed",
      ["-d", large, `${url}/echo`],
      async ({ bytes, stderr }) =>
        isSame(await Deno.readFile(large), bytes)
          ? undefined
          : `${bytes.length} bytes came back, not equal; ${stderr}`,
    ],
  ],
};

const h2load: Tool = {
  command: "h2load",
  debian: "nghttp2-client",
  version: /nghttp2\/(\S+)/,
  checks({ url }, { small }) {
    const load = ["-n", "5000", "-c", "10", "-m", "20"];
    return [
      ["5000 × GET", [...load, `${url}/`], allSucceeded, speed],
      [
        "5000 × POST of 1 KiB, echoed",
        [...load, "-d", small, `${url}/echo`],
        allSucceeded,
        speed,
      ],
    ];
  },
};

/** All of them. */
export async function checkTools(context: Context): Promise<void> {
  const { folder } = context;
  const files = {
    ca: `${folder}/ca.pem`,
    large: `${folder}/large`,
    small: `${folder}/small`,
    output: `${folder}/output`,
  };
  await Deno.writeFile(files.large, pattern(UPLOAD));
  await Deno.writeFile(files.small, pattern(1024));
  for (const tool of [curl, nghttp, h2load]) {
    const version = await find(tool);
    if (version === undefined) {
      context.log.skip(
        tool.command,
        `it is not here, and apt-get could not install ${tool.debian}`,
      );
      continue;
    }
    await withOurServers(
      context,
      ({ transport, ours }) => ({
        name: tool.command,
        version,
        role: "client",
        transport,
        ours,
      }),
      async (server, peer) => {
        for (const check of tool.checks(server, files)) {
          await perform(context, tool, peer, check);
        }
      },
    );
  }
}

async function perform(
  context: Context,
  tool: Tool,
  peer: Peer,
  [name, args, check, detail]: Check,
): Promise<void> {
  const ended = await run(tool.command, args, { seconds: SECONDS });
  const fault = await check(ended);
  context.log.result(peer, name, fault, detail?.(ended));
}

async function find(tool: Tool): Promise<string | undefined> {
  return await versionOf(tool) ?? await install(tool);
}

async function versionOf(tool: Tool): Promise<string | undefined> {
  const { stdout } = await run(tool.command, ["--version"], { seconds: 10 });
  return tool.version.exec(stdout)?.[1];
}

async function install(tool: Tool): Promise<string | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { seconds: 120, env });
  await run(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", tool.debian],
    { seconds: 300, env },
  );
  return await versionOf(tool);
}

function says(text: string): (ended: Ended) => string | undefined {
  return ({ stdout, stderr }) =>
    stdout === text ? undefined : `"${stdout}" and not "${text}"; ${stderr}`;
}

function matches(pattern: RegExp): (ended: Ended) => string | undefined {
  return ({ stdout, stderr }) =>
    pattern.test(stdout) ? undefined : `"${stdout}"; ${stderr}`;
}

async function differ(one: string, other: string): Promise<string | undefined> {
  const [a, b] = await Promise.all([Deno.readFile(one), Deno.readFile(other)]);
  if (isSame(a, b)) return undefined;
  return `${b.length} bytes came back, not equal`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function allSucceeded({ stdout, stderr }: Ended): string | undefined {
  const good = /5000 succeeded, 0 failed, 0 errored, 0 timeout/.test(stdout) &&
    /status codes: 5000 2xx/.test(stdout);
  return good ? undefined : stdout.slice(-800) + stderr;
}

function speed({ stdout }: Ended): string {
  return /[\d.]+ req\/s/.exec(stdout)?.[0] ?? "";
}
