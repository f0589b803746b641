/**
 * A header block that RFC 7541 forbids. Both ends' tables may differ from here
 * on, so it ends the whole connection (RFC 9113 §4.3: COMPRESSION_ERROR).
 */
export class CompressionError extends Error {
  override readonly name: string = "CompressionError";
}
