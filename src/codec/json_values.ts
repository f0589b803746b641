import type { Conn } from "../conn.ts";
import { ArgumentError } from "../errors.ts";
import { CodecConn } from "./codec_conn.ts";
import { JsonDecoder } from "./json_decoder.ts";
import {
  checkNumber,
  checkSendSize,
  heartbeatOf,
  type HeartbeatOptions,
  maxMessageSize,
  type MessageOptions,
} from "./limits.ts";
import type { MessageConn } from "./message_conn.ts";
import { encodeUtf8 } from "./utf8.ts";

const DEFAULT_MAX_DEPTH = 100;

/** Options of {@linkcode jsonValues}. */
export interface JsonOptions extends MessageOptions, HeartbeatOptions {
  /** Most arrays and objects within each other, received. Default 100. */
  maxDepth?: number;
}

/**
 * JSON values over a Conn: each sent on a line of its own (NDJSON), and
 * received with or without space between them. Go's `json.Encoder` and
 * `json.Decoder` on the Conn are such a peer.
 *
 * The types are what the two sides agreed on. They are not checked: look at
 * what an untrusted peer sends before you use it, or leave `Receive` unknown.
 * Properties named `__proto__` are removed from what is received. Numbers are
 * those of `JSON.parse`: whole numbers beyond 2^53 lose digits.
 *
 * With `endMarker` the last value is `null`, which can then not be sent. A
 * heartbeat is an empty line, which every JSON decoder ignores.
 *
 * Throws {@linkcode ArgumentError} for an option out of range. Sending rejects
 * with it for what `JSON.stringify` gives no text for, such as `undefined`.
 *
 * @example
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 * import { jsonValues } from "@h2conn/h2conn/codec";
 *
 * interface Question {
 *   numbers: number[];
 * }
 * interface Answer {
 *   sum: number;
 * }
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     const questions = jsonValues<Answer, Question>(conn);
 *     for await (const { numbers } of questions) {
 *       await questions.send({ sum: numbers.reduce((a, b) => a + b, 0) });
 *     }
 *     await questions.end();
 *   }),
 * );
 * await using answers = jsonValues<Question, Answer>(connect(server.url));
 * await answers.send({ numbers: [1, 2, 3] });
 * console.log(await answers.receive()); // { sum: 6 }
 * ```
 */
export function jsonValues<Send = unknown, Receive = Send>(
  conn: Conn,
  options: JsonOptions = {},
): MessageConn<Send, Receive> {
  const maxSize = maxMessageSize(options);
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  const endMarker = options.endMarker ? encodeUtf8("null\n") : undefined;
  return new CodecConn<Send, Receive>(conn, {
    encode: (value) => encode(value, maxSize, endMarker !== undefined),
    decoder: new JsonDecoder<Receive>({
      maxMessageSize: maxSize,
      maxDepth: checkNumber("maxDepth", maxDepth, 2 ** 31 - 1),
      nullEnds: endMarker !== undefined,
    }),
    endMarker,
    heartbeat: heartbeatOf(encodeUtf8("\n"), options),
  });
}

function encode(value: unknown, maxSize: number, nullEnds: boolean) {
  const text = stringify(value);
  if (nullEnds && text === "null") {
    throw new ArgumentError("Cannot send null: it is the end marker");
  }
  const bytes = encodeUtf8(`${text}\n`);
  checkSendSize(bytes.length - 1, maxSize);
  return bytes;
}

function stringify(value: unknown): string {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new ArgumentError("Cannot send this value: it has no JSON", {
      cause,
    });
  }
  if (text !== undefined) return text;
  throw new ArgumentError(`Cannot send ${typeof value}: it has no JSON`);
}
