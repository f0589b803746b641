/** The octets from `start` to `end` as a flat string, one char each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > SHORT) return longLatin1(bytes, start, end);
  // For short strings a plain array takes about half a subarray's time, as
  // measured on all three runtimes; `+=` would build a rope.
  const codes = new Array<number>(length);
  for (let i = 0; i < length; i++) codes[i] = bytes[start + i];
  return String.fromCharCode.apply(null, codes);
}

/**
 * A flat copy of a latin1 `text`. Engines make a substring a view that keeps
 * the whole parent alive; what we hold on to must not do that.
 */
export function flatCopy(text: string): string {
  if (text.length > SHORT) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return latin1(bytes, 0, bytes.length);
  }
  const codes = new Array<number>(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return String.fromCharCode.apply(null, codes);
}

function longLatin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= CHUNK) return spread(bytes, start, end);
  const parts: string[] = [];
  for (let from = start; from < end; from += CHUNK) {
    parts.push(spread(bytes, from, Math.min(from + CHUNK, end)));
  }
  return parts.join("");
}

function spread(bytes: Uint8Array, start: number, end: number): string {
  // `apply` takes any array-like; its type says only arrays.
  const codes = bytes.subarray(start, end) as unknown as number[];
  return String.fromCharCode.apply(null, codes);
}

const SHORT = 128;

/** Few enough arguments for every engine's stack. */
const CHUNK = 8192;
