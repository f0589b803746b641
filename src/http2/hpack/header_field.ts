/**
 * One header field. Both halves are byte strings: one char per octet
 * (latin1). Names are lower-case.
 */
export type HeaderField = readonly [name: string, value: string];

/** What a field counts as, in tables and in list limits (RFC 7541 §4.1). */
export function fieldSize(nameLength: number, valueLength: number): number {
  return nameLength + valueLength + FIELD_OVERHEAD;
}

const FIELD_OVERHEAD = 32;
