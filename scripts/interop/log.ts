/**
 * What the interop checks came to: a line for each, then a table of the peers.
 *
 * @module
 */

/** Who spoke with the library. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What the peer was; a proxy is between two ends of ours. */
  readonly role: "client" | "server" | "proxy";
  readonly transport: string;
  /** What the library ran on. */
  readonly ours: string;
}

interface Row extends Peer {
  passed: number;
  failed: number;
  summary?: string;
}

/** Prints results as they come and keeps them for the end. */
export class Log {
  readonly #rows = new Map<string, Row>();
  readonly #skips: string[] = [];
  #passed = 0;
  #failed = 0;

  /** What could not be run, and why. */
  skip(name: string, reason: string): void {
    const line = `SKIP ${name} — ${oneLine(reason)}`;
    console.log(line);
    this.#skips.push(line);
  }

  /** Something worth knowing that is neither success nor failure. */
  note(text: string): void {
    console.log(`note ${text}`);
  }

  /** What the table says of a peer instead of the number of checks. */
  summary(peer: Peer, text: string): void {
    const row = this.#rows.get(JSON.stringify(peer));
    if (row !== undefined) row.summary = text;
  }

  /** The result of one check with a peer; a string is what went wrong. */
  result(peer: Peer, check: string, failure?: string, detail = ""): void {
    const key = JSON.stringify(peer);
    const row = this.#rows.get(key) ?? { ...peer, passed: 0, failed: 0 };
    this.#rows.set(key, row);
    const name = `${peer.name} ${peer.version} ${peer.role}, ${peer.ours}, ` +
      `${peer.transport}: ${check}`;
    if (failure === undefined) {
      row.passed++;
      this.#passed++;
      console.log(`ok   ${name}${detail && ` — ${oneLine(detail)}`}`);
    } else {
      row.failed++;
      this.#failed++;
      console.log(`FAIL ${name} — ${failure}`);
    }
  }

  /** Prints the table; returns whether all went well. */
  finish(): boolean {
    const lines = [["peer", "version", "role", "transport", "with", "result"]];
    for (const row of this.#rows.values()) {
      const total = row.passed + row.failed;
      lines.push([
        row.name,
        row.version,
        row.role,
        row.transport,
        row.ours,
        row.failed > 0
          ? `${row.failed} of ${total} FAILED`
          : row.summary ?? `${total} of ${total} ok`,
      ]);
    }
    console.log(`\n${table(lines)}\n`);
    for (const line of this.#skips) console.log(line);
    console.log(
      `${this.#passed} passed, ${this.#failed} failed, ` +
        `${this.#skips.length} skipped`,
    );
    return this.#failed === 0 && this.#passed > 0;
  }
}

function table(lines: string[][]): string {
  const widths = lines[0].map((_, column) =>
    Math.max(...lines.map((line) => line[column].length))
  );
  return lines.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()
  ).join("\n");
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}
