import process from "node:process";
import { colour, printable } from "../terminal.ts";
import type { Finding, Outcome, Report } from "./finding.ts";

const MARKS: Record<Outcome, [text: string, colour: number]> = {
  ok: ["ok", 32],
  warning: ["WARN", 33],
  failed: ["FAIL", 31],
  refused: ["FAIL", 31],
  unknown: ["?", 36],
};

/** The findings as a table for people. */
export function formatReport({ url, verdict, findings }: Report): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map((finding) => formatFinding(finding, width));
  return `${printable(url)}\n\n${lines.join("\n")}\n\n${verdict}`;
}

function formatFinding(
  { name, outcome, ms, detail }: Finding,
  width: number,
): string {
  const [text, code] = MARKS[outcome];
  const mark = colour(process.stdout, code, text.padEnd(4));
  const time = ms === undefined ? "" : `${ms.toFixed(1)} ms`;
  return `  ${mark}  ${name.padEnd(width)}  ${time.padStart(10)}  ` +
    printable(detail);
}
