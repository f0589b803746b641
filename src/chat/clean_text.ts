/**
 * Text in one line that cannot steer a terminal. The server applies it to what
 * it passes on, and the client to what it shows: neither trusts the other.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(BREAKS, " ").replace(CONTROLS, "");
}

const BREAKS = /[\t\n\v\f\r\x85\u2028\u2029]+/g;

/**
 * The control characters of ASCII and Latin-1, ESC and CSI among them, and
 * those that turn the direction of what follows (Unicode TR 9).
 */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
