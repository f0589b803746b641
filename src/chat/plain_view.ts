import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { cleanText } from "./clean_text.ts";
import { ownName } from "./own_name.ts";
import type { Post } from "./post.ts";
import type { ChatView } from "./view.ts";

/**
 * Lines in and lines out, for pipes: posts go to standard output as
 * `time <user> message`, or as JSON, and notices to standard error.
 */
export class PlainView implements ChatView {
  readonly #isJson: boolean;
  #input: Interface | undefined;

  constructor(options: { json?: boolean } = {}) {
    this.#isJson = options.json ?? false;
    // Each write is told itself, and this is not to end the process.
    process.stdout.on("error", () => {});
  }

  askName(): Promise<string> {
    return new Promise((resolve) => resolve(ownName()));
  }

  showPost(post: Post): Promise<void> {
    const User = cleanText(post.User);
    const Message = cleanText(post.Message);
    const Time = cleanText(post.Time);
    const line = this.#isJson
      ? JSON.stringify({ User, Message, Time })
      : `${Time} <${User}> ${Message}`;
    return new Promise((resolve, reject) =>
      process.stdout.write(`${line}\n`, (error) => {
        if (error) reject(error);
        else resolve();
      })
    );
  }

  showNotice(text: string): void {
    process.stderr.write(`${cleanText(text)}\n`);
  }

  lines(): AsyncIterable<string> {
    this.#input = createInterface({ input: process.stdin });
    return this.#input;
  }

  close(): void {
    this.#input?.close();
  }
}
