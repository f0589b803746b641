/** What there is to take a range of. */
export interface RangeSource {
  readonly size: number;
  readonly etag: string;
  readonly modified: Date;
}

/** From `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range that a request asks for (RFC 9110 section 14.2): undefined stands
 * for the whole, as for several ranges at once, which a server may decline.
 */
export function byteRange(
  headers: Headers,
  source: RangeSource,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(headers.get("range") ?? "");
  if (match === null || !isCurrent(headers.get("if-range"), source)) {
    return undefined;
  }
  const { size } = source;
  const [, first, last] = match;
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}

/** Whether the part would fit what the client has (section 13.1.5). */
function isCurrent(
  condition: string | null,
  { etag, modified }: RangeSource,
): boolean {
  if (condition === null || condition === etag) return true;
  return Date.parse(condition) === modified.getTime();
}
