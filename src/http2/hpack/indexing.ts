import { fieldSize } from "./header_field.ts";

/**
 * How a literal is marked (RFC 7541 §6.2). The numbers are the high bits of
 * its first octet.
 */
export type Indexing =
  | typeof INCREMENTAL
  | typeof WITHOUT_INDEXING
  | typeof NEVER_INDEXED;

/** Both ends add it to their tables. */
export const INCREMENTAL = 0x40;
export const WITHOUT_INDEXING = 0x00;
/** No intermediary may index it either. */
export const NEVER_INDEXED = 0x10;

/** Picks what suits a field, for a table of `tableSize`. */
export function chooseIndexing(
  name: string,
  value: string,
  tableSize: number,
): Indexing {
  if (isSecret(name, value)) return NEVER_INDEXED;
  // It would push too many others out.
  const size = fieldSize(name.length, value.length);
  if (size > tableSize / 2) return WITHOUT_INDEXING;
  if (SELDOM_REPEATED.has(name)) return WITHOUT_INDEXING;
  if (name === ":path" && value.length > LONG_PATH) return WITHOUT_INDEXING;
  return INCREMENTAL;
}

/**
 * Who can add fields to a table can guess at what is in it, so what is secret
 * stays out (§7.1.3). A long cookie cannot be guessed whole, and is worth the
 * indexing; a short one may be.
 */
function isSecret(name: string, value: string): boolean {
  switch (name) {
    case "authorization":
    case "proxy-authorization":
      return true;
    case "cookie":
    case "set-cookie":
      return value.length < SHORT_COOKIE;
    default:
      return false;
  }
}

const SHORT_COOKIE = 20;
const LONG_PATH = 64;

/** Values of these are mostly used once. */
const SELDOM_REPEATED: ReadonlySet<string> = new Set([
  "age",
  "content-length",
  "content-range",
  "date",
  "etag",
  "expires",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "range",
  "retry-after",
]);
