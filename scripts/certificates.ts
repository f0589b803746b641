/**
 * Throwaway certificates for the tests, the demo and the interop runs, valid
 * for a day. Runs on Deno, Bun and Node.
 *
 * @module
 */

import * as authority from "../src/cli/authority.ts";

export type { Authority, CertificateSet } from "../src/cli/authority.ts";

/** Makes a new certificate authority. */
export function makeAuthority(
  name = "h2conn test authority",
): Promise<authority.Authority> {
  return authority.makeAuthority({ name, days: 1 });
}
