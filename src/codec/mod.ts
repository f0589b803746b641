/**
 * Messages over a {@linkcode Conn}: JSON values, lines of text, and bytes in
 * messages of a length each or of one fixed size. Each has a largest size, and
 * a stream that ends within a message is an error, never a silent end.
 *
 * @example JSON both ways
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 * import { jsonValues } from "@h2conn/h2conn/codec";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     const values = jsonValues<unknown>(conn);
 *     for await (const value of values) await values.send({ got: value });
 *     await values.end();
 *   }),
 * );
 * await using values = jsonValues<unknown>(connect(server.url));
 * await values.send("hello");
 * await values.send([1, 2, 3]);
 * await values.end();
 * for await (const value of values) console.log(value); // { got: "hello" } …
 * ```
 *
 * @module
 */

export { MessageError, type MessageFault } from "../errors.ts";
export { fixedSizeMessages } from "./fixed_size_messages.ts";
export { type JsonOptions, jsonValues } from "./json_values.ts";
export {
  lengthPrefixedMessages,
  type LengthPrefixedOptions,
} from "./length_prefixed_messages.ts";
export type { HeartbeatOptions, MessageOptions } from "./limits.ts";
export type { MessageConn } from "./message_conn.ts";
export { textLines } from "./text_lines.ts";
