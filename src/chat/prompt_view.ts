import process from "node:process";
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";
import { cleanText } from "./clean_text.ts";
import { Lines } from "./lines.ts";
import { type Post, SYSTEM } from "./post.ts";
import type { ChatView } from "./view.ts";

const DIM = 2;
const BOLD = 1;

/**
 * A terminal: what is said scrolls by, as all output does, and below it stays
 * the line that is being written, with the keys and the history of readline.
 */
export class PromptView implements ChatView {
  readonly #lines = new Lines();
  #readline: Interface | undefined;
  /** How many rows below the first of the input its end is. */
  #inputRows = 0;

  askName(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const readline = createInterface(TERMINAL);
      let name: string | undefined;
      readline.on("SIGINT", () => readline.close());
      readline.on("close", () => resolve(name));
      readline.question("Name: ", (answer) => {
        name = answer;
        readline.close();
      });
    });
  }

  lines(name: string): AsyncIterable<string> {
    const prompt = `${cleanText(name)}> `;
    const readline = createInterface({ ...TERMINAL, prompt });
    this.#readline = readline;
    // Before readline acts on the key, for it tells of a line too late.
    process.stdin.prependListener("keypress", this.#beforeKey);
    readline.on("line", (line) => {
      this.#erase(this.#inputRows + 1);
      readline.prompt();
      this.#lines.push(line);
    });
    readline.on("SIGINT", () => readline.close());
    readline.on("close", () => this.#end());
    readline.prompt();
    return this.#lines;
  }

  showPost({ User, Message, Time }: Post): Promise<void> {
    const time = style(DIM, new Date(Time).toTimeString().slice(0, 5));
    const message = cleanText(Message);
    this.#show(
      User === SYSTEM
        ? `${time} ${style(DIM, message)}`
        : `${time} ${style(BOLD, `<${cleanText(User)}>`)} ${message}`,
    );
    return Promise.resolve();
  }

  showNotice(text: string): void {
    this.#show(style(DIM, `-- ${cleanText(text)}`));
  }

  close(): void {
    this.#readline?.close();
  }

  /** Prints a line above the input. */
  #show(line: string): void {
    const readline = this.#readline;
    if (readline === undefined) {
      process.stdout.write(`${line}\n`);
      return;
    }
    // A prompt starts as many rows above the cursor as it was at its end the
    // last time. So readline is to know where that is, and then to get there.
    readline.prompt(true);
    const { rows } = readline.getCursorPos();
    this.#erase(rows);
    process.stdout.write(`${line}\n${"\n".repeat(rows)}`);
    readline.prompt(true);
  }

  /** There is no input any more: what is shown follows what was. */
  #end(): void {
    process.stdin.off("keypress", this.#beforeKey);
    this.#erase(this.#readline?.getCursorPos().rows ?? 0);
    this.#readline = undefined;
    this.#lines.end();
  }

  /** Clears so many rows above the cursor, and its own. */
  #erase(rows: number): void {
    moveCursor(process.stdout, 0, -rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
  }

  /** A line that is sent disappears: it comes back as a post. */
  readonly #beforeKey = (_: string, key: { name?: string } = {}): void => {
    if (key.name !== "return" && key.name !== "enter") return;
    this.#readline?.write(null, { ctrl: true, name: "e" });
    this.#inputRows = this.#readline?.getCursorPos().rows ?? 0;
  };
}

const TERMINAL = {
  input: process.stdin,
  output: process.stdout,
  terminal: true,
} as const;

/** Text in a style, where it is wanted: https://no-color.org. */
function style(code: number, text: string): string {
  const isWanted = !process.env.NO_COLOR && process.env.TERM !== "dumb";
  return isWanted ? `\x1b[${code}m${text}\x1b[22m` : text;
}
