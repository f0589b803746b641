/**
 * `h2conn doctor`: what is between here and a server.
 *
 * @module
 */

import type { ClientTlsOptions } from "../../tls_options.ts";
import {
  CLIENT_HELP,
  CLIENT_OPTIONS,
  type Destination,
  destination,
} from "../client_options.ts";
import {
  type Command,
  onlyPositional,
  parseCommand,
  wholeNumber,
} from "../command.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { printLine } from "../streams.ts";
import { printable } from "../terminal.ts";
import type { Finding, Outcome, Report } from "./finding.ts";
import { CERTIFICATE, examineNetwork } from "./network.ts";
import { examineConn, FIRST_BYTE } from "./probes.ts";
import { formatFinding } from "./report.ts";

const HELP = `Finds out what is between here and a server.

Usage: h2conn doctor [options] URL

Times of DNS, TCP and TLS, ALPN and the certificate; whether response headers,
bytes and EOF come at once or are held back, and what resets do. Any HTTP/2
server will do; the echo of "h2conn serve" shows most. It sends a few requests
with the method POST, of less than 1 MiB. What could not be tested is said.

Options:
${CLIENT_HELP}
  --idle SECONDS         Also whether a silent connection lives that long
  --json                 Print JSON

Exit code:
  0  Nothing is in the way of full duplex, as far as could be tested
  1  Could not connect
  2  Wrong usage
  3  The server refused with a status
  4  Something is in the way

Example: of "h2conn serve"
  h2conn doctor http://127.0.0.1:8000`;

const OPTIONS = {
  ...CLIENT_OPTIONS,
  idle: { type: "string", default: "0" },
  json: { type: "boolean" },
} as const;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Find out what is between here and a server",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    const url = onlyPositional("URL", positionals);
    const idleSeconds = wholeNumber("idle", values.idle, { max: 86_400 });
    const target = await destination(url, values);
    const show = values.json ? undefined : showFinding;
    if (show) await printLine(`${printable(target.url.href)}\n`);
    const { report, exitCode } = await examine(target, { idleSeconds, show })
      .finally(() => target.client.close({ graceMs: 0 }));
    await printLine(
      show ? `\n${report.verdict}` : JSON.stringify(report, null, 2),
    );
    return exitCode;
  },
};

/** Some findings take their time: each is shown as it comes. */
function showFinding(finding: Finding): Promise<void> {
  return printLine(formatFinding(finding));
}

interface Examination {
  readonly idleSeconds: number;
  readonly show?: (finding: Finding) => Promise<void>;
}

type Judgement = [exitCode: number, verdict: string];

interface Diagnosis {
  readonly report: Report;
  readonly exitCode: number;
}

async function examine(
  target: Destination,
  { idleSeconds, show }: Examination,
): Promise<Diagnosis> {
  const { url, tls, host } = target;
  const findings: Finding[] = [];
  async function collect(from: AsyncIterable<Finding>): Promise<Finding[]> {
    const before = findings.length;
    for await (const finding of from) {
      findings.push(finding);
      await show?.(finding);
    }
    return findings.slice(before);
  }
  const isTls = url.protocol === "https:";
  const below = await collect(examineNetwork(host, isTls ? tls : undefined));
  const [exitCode, verdict] = judgeNetwork(below, tls) ??
    judgeConn(await collect(examineConn(target, idleSeconds)));
  return { report: { url: url.href, verdict, findings }, exitCode };
}

/** What makes a Conn impossible, if anything. */
function judgeNetwork(
  findings: readonly Finding[],
  { rejectUnauthorized }: ClientTlsOptions,
): Judgement | undefined {
  const failed = findings.find(({ outcome }) => outcome === "failed");
  if (failed === undefined) return undefined;
  if (failed.name !== CERTIFICATE) {
    return [EXIT_CODE.UNREACHABLE, "No connection can be made"];
  }
  if (rejectUnauthorized === false) return undefined;
  return [EXIT_CODE.UNREACHABLE, "The server's certificate is not trusted"];
}

function judgeConn(findings: readonly Finding[]): Judgement {
  const named = (...outcomes: Outcome[]) =>
    findings.filter(({ outcome }) => outcomes.includes(outcome))
      .map(({ name }) => name);
  if (named("refused").length > 0) {
    return [EXIT_CODE.REFUSED, "The server refuses this request"];
  }
  if (findings[0].outcome === "failed") {
    return [EXIT_CODE.UNREACHABLE, "The server does not answer the request"];
  }
  const inTheWay = named("failed", "warning");
  if (inTheWay.length > 0) {
    return [EXIT_CODE.CUT, `Something is in the way: ${inTheWay.join(", ")}`];
  }
  return [
    EXIT_CODE.OK,
    named("ok").includes(FIRST_BYTE)
      ? "Nothing is in the way of full duplex"
      : "Nothing found, but a server that echoes would show more",
  ];
}
