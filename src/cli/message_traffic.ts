import { type Decoder, END, MORE } from "../codec/codec.ts";
import { JsonDecoder } from "../codec/json_decoder.ts";
import { jsonValues } from "../codec/json_values.ts";
import { LineDecoder } from "../codec/line_decoder.ts";
import type { MessageConn } from "../codec/message_conn.ts";
import { ReceiveBuffer } from "../codec/receive_buffer.ts";
import { textLines } from "../codec/text_lines.ts";
import { encodeUtf8 } from "../codec/utf8.ts";
import type { Conn } from "../conn.ts";
import { ArgumentError, MessageError } from "../errors.ts";
import type { Traffic } from "./conversation.ts";
import { EXIT_CODE, Failure } from "./exit_code.ts";

/** Most bytes of one message of standard input, as of the codecs. */
const MAX_SIZE = 1024 * 1024;
const MAX_DEPTH = 100;

/** JSON values: each read, whatever its layout, is sent on a line. */
export function jsonTraffic(conn: Conn): Traffic {
  const decoder = new JsonDecoder<unknown>({
    maxMessageSize: MAX_SIZE,
    maxDepth: MAX_DEPTH,
    nullEnds: false,
  });
  return messageTraffic(
    jsonValues(conn),
    decoder,
    (value) => JSON.stringify(value),
  );
}

/** Lines of text: each is sent whole, and ends with LF. */
export function lineTraffic(conn: Conn): Traffic {
  const decoder = new LineDecoder(MAX_SIZE, false);
  return messageTraffic(textLines(conn), decoder, (line) => line);
}

function messageTraffic<T>(
  messages: MessageConn<T>,
  decoder: Decoder<T>,
  format: (message: T) => string,
): Traffic {
  return {
    async send(input) {
      for await (const message of decode(input, decoder)) {
        await sendMessage(messages, message);
      }
      await messages.end();
    },
    async *receive() {
      for await (const message of messages) {
        yield encodeUtf8(`${format(message)}\n`);
      }
    },
  };
}

async function sendMessage<T>(
  messages: MessageConn<T>,
  message: T,
): Promise<void> {
  try {
    await messages.send(message);
  } catch (error) {
    if (error instanceof ArgumentError) throw badInput(error.message, error);
    throw error;
  }
}

/** The messages of standard input. */
async function* decode<T>(
  input: AsyncIterable<Uint8Array>,
  decoder: Decoder<T>,
): AsyncGenerator<T> {
  const buffer = new ReceiveBuffer();
  try {
    for await (let chunk of input) {
      while (chunk.length > 0) {
        const space = buffer.space();
        const part = chunk.subarray(0, space.length);
        space.set(part);
        buffer.fill(part.length);
        chunk = chunk.subarray(part.length);
        let message = decoder.decode(buffer);
        while (message !== MORE) {
          yield message as T;
          message = decoder.decode(buffer);
        }
      }
    }
    const last = decoder.decodeLast(buffer);
    if (last !== END) yield last;
  } catch (cause) {
    if (!(cause instanceof MessageError)) throw cause;
    const why = cause.message.replace(/^Received message/, "a message")
      .replace(/^Stream/, "it");
    throw badInput(`Cannot send standard input: ${why}`, cause);
  }
}

function badInput(message: string, cause: Error): Failure {
  return new Failure(EXIT_CODE.LOCAL, message, { cause });
}
