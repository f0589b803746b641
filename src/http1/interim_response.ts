import type { Field } from "../transport.ts";

/** A response before the final one, as HTTP/1.1 writes it (RFC 9112 section 4). */
export function interimResponse(
  status: number,
  fields: readonly Field[],
): Uint8Array {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n` +
    lines.join("") + "\r\n";
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

const REASONS: Readonly<Record<number, string>> = {
  102: "Processing",
  103: "Early Hints",
};
