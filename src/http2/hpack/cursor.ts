/** A place in a header block; reading moves `at` forward. */
export interface Cursor {
  bytes: Uint8Array;
  at: number;
}
