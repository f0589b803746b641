/** The header by which a client that comes back is known to be the same. */
export const KEY_HEADER = "h2conn-chat-key";

/** Silence before an empty line keeps a quiet stream alive in proxies. */
export const HEARTBEAT_MS = 20_000;
