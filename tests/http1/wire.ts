/**
 * A client that writes HTTP/1.x byte by byte.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";

/** One end of a connection, with all that came. */
export class Wire implements Disposable {
  readonly socket: net.Socket;
  text = "";
  isClosed = false;
  #wake: (() => void)[] = [];

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Uint8Array) => {
      this.text += new TextDecoder("latin1").decode(chunk);
      this.#notify();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.#notify();
    });
  }

  static async open(
    server: { addr: { port: number } },
    options: { secure?: boolean; alpn?: string[] } = {},
  ): Promise<Wire> {
    const { ca } = await makeCertificates();
    const at = { port: server.addr.port, host: "127.0.0.1" };
    const socket = options.secure
      ? tls.connect({
        ...at,
        ca,
        servername: "localhost",
        ALPNProtocols: options.alpn,
      })
      : net.connect(at);
    const wire = new Wire(socket);
    await within(
      new Promise<void>((resolve, reject) => {
        socket.once(options.secure ? "secureConnect" : "connect", resolve);
        socket.once("close", () => reject(new Error("Could not connect")));
      }),
      "connection",
    );
    return wire;
  }

  send(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text, "latin1");
  }

  /** Waits for what matches; gives and forgets all up to its end. */
  async receive(pattern: RegExp, ms = 5000): Promise<string> {
    const match = () => pattern.exec(this.text);
    await within(
      this.#until(() => match() !== null || this.isClosed),
      `${pattern} in ${JSON.stringify(this.text.slice(0, 500))}`,
      ms,
    );
    const found = match();
    if (found === null) {
      throw new Error(`Closed, and no ${pattern} in ${this.text}`);
    }
    const end = found.index + found[0].length;
    const all = this.text.slice(0, end);
    this.text = this.text.slice(end);
    return all;
  }

  /** Waits until the server has closed. */
  async closed(ms = 5000): Promise<void> {
    await within(this.#until(() => this.isClosed), "close", ms);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** A GET of a path, whole. */
export function get(path = "/", ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, "Host: localhost", ...headers, "", ""]
    .join("\r\n");
}
