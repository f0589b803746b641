/**
 * A chat over HTTP/2: a room, what serves it, and a client, with the protocol
 * of Go's example/chat. A client sends its name and is answered `"ok"` or why
 * not; then posts go both ways, all in JSON.
 *
 * @module
 */

export { ChatClient, type ChatClientOptions } from "./client.ts";
export type { FanOut, FanOutListener, Stay } from "./fan_out.ts";
export { chatHandler } from "./handler.ts";
export { MemoryFanOut } from "./memory_fan_out.ts";
export type { Post } from "./post.ts";
export { Refusal } from "./refusal.ts";
export { ChatRoom, type ChatRoomOptions } from "./room.ts";
