import process from "node:process";
import { colour, printable } from "../terminal.ts";
import type { Finding, Outcome } from "./finding.ts";

const MARKS: Record<Outcome, [text: string, colour: number]> = {
  ok: ["ok", 32],
  warning: ["WARN", 33],
  failed: ["FAIL", 31],
  refused: ["FAIL", 31],
  unknown: ["?", 36],
};

/** As wide as the longest name of a finding. */
const NAME_WIDTH = 16;

/** A finding as a line for people. */
export function formatFinding({ name, outcome, ms, detail }: Finding): string {
  const [text, code] = MARKS[outcome];
  const mark = colour(process.stdout, code, text.padEnd(4));
  const time = ms === undefined ? "" : `${ms.toFixed(1)} ms`;
  return `  ${mark}  ${name.padEnd(NAME_WIDTH)}  ${time.padStart(10)}  ` +
    printable(detail);
}
