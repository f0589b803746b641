/**
 * Certificates for the tests: made once per process, on first use.
 *
 * @module
 */

import {
  type Authority,
  type CertificateSet,
  makeAuthority,
} from "../../scripts/certificates.ts";

export type { Authority, CertificateSet } from "../../scripts/certificates.ts";

const made = new Map<string, Promise<unknown>>();

function once<T>(name: string, make: () => Promise<T>): Promise<T> {
  let value = made.get(name) as Promise<T> | undefined;
  if (value === undefined) {
    value = make();
    made.set(name, value);
  }
  return value;
}

function authority(name: "trusted" | "other"): Promise<Authority> {
  return once(`authority ${name}`, () => makeAuthority(`h2conn ${name}`));
}

/** A server certificate for localhost, 127.0.0.1 and ::1. */
export function makeCertificates(): Promise<CertificateSet> {
  return once("server", async () => (await authority("trusted")).server());
}

/** A server certificate of the same authority for these hosts instead. */
export function makeCertificatesFor(
  ...hosts: string[]
): Promise<CertificateSet> {
  return once(
    `server ${hosts.join(" ")}`,
    async () => (await authority("trusted")).server(hosts),
  );
}

/**
 * A server certificate for localhost, 127.0.0.1 and ::1 by another authority:
 * one that who trusts only the `ca` of {@linkcode makeCertificates} refuses.
 */
export function makeUntrustedCertificates(): Promise<CertificateSet> {
  return once("untrusted", async () => (await authority("other")).server());
}

/**
 * A client certificate by the same authority as {@linkcode makeCertificates},
 * so that a server with that `ca` accepts it.
 */
export function makeClientCertificate(
  name?: string,
): Promise<CertificateSet> {
  return once(
    `client ${name}`,
    async () => (await authority("trusted")).client(name),
  );
}

/** A client certificate by an authority the server does not trust. */
export function makeUntrustedClientCertificate(): Promise<CertificateSet> {
  return once(
    "untrusted client",
    async () => (await authority("other")).client(),
  );
}
