import type { Conn } from "../conn.ts";
import { ArgumentError } from "../errors.ts";
import { CodecConn } from "./codec_conn.ts";
import {
  checkSendSize,
  maxMessageSize,
  type MessageOptions,
} from "./limits.ts";
import { LineDecoder } from "./line_decoder.ts";
import type { MessageConn } from "./message_conn.ts";
import { encodeUtf8 } from "./utf8.ts";

/**
 * Lines of text over a Conn, in UTF-8: sent with `\n`, received with `\n` or
 * `\r\n`, given without either. A last line needs no end.
 *
 * With `endMarker` a line that is a single dot follows the last one, and lines
 * that start with a dot get another one on the way, as in SMTP (RFC 5321
 * section 4.5.2); the last line then needs its end too.
 *
 * Throws {@linkcode ArgumentError} for an option out of range. Sending rejects
 * with it for a line with `\n` in it or `\r` at its end, and for text that is
 * not well-formed Unicode.
 *
 * @example
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 * import { textLines } from "@h2conn/h2conn/codec";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     const lines = textLines(conn);
 *     for await (const line of lines) await lines.send(line.toUpperCase());
 *     await lines.end();
 *   }),
 * );
 * await using lines = textLines(connect(server.url));
 * await lines.send("hello");
 * await lines.send("world");
 * await lines.end();
 * for await (const line of lines) console.log(line); // HELLO, then WORLD
 * ```
 */
export function textLines(
  conn: Conn,
  options: MessageOptions = {},
): MessageConn<string> {
  const maxSize = maxMessageSize(options);
  const hasDots = options.endMarker === true;
  return new CodecConn<string, string>(conn, {
    encode: (line) => encode(line, maxSize, hasDots),
    decoder: new LineDecoder(maxSize, hasDots),
    endMarker: hasDots ? encodeUtf8(".\n") : undefined,
  });
}

function encode(line: string, maxSize: number, hasDots: boolean) {
  if (typeof line !== "string") {
    throw new ArgumentError(`Cannot send ${typeof line} as a line of text`);
  }
  if (line.includes("\n") || line.endsWith("\r")) {
    throw new ArgumentError("Cannot send a line with the end of a line in it");
  }
  if (!line.isWellFormed()) {
    throw new ArgumentError("Cannot send a line with half a surrogate pair");
  }
  const dot = hasDots && line.startsWith(".") ? "." : "";
  const bytes = encodeUtf8(`${dot}${line}\n`);
  checkSendSize(bytes.length - 1 - dot.length, maxSize);
  return bytes;
}
