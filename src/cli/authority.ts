/**
 * A certificate authority of one's own, with ECDSA P-256 by WebCrypto. This is
 * the one module that needs more than the platform, so it is only ever imported
 * when there is a certificate to make; the npm package has it with the library
 * in it.
 *
 * @module
 */

// @peculiar/x509 needs the Reflect metadata API to be there before it loads.
import "reflect-metadata";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** A certificate with the authority that signed it, all in PEM. */
export interface CertificateSet {
  /** The authority's certificate: what the other side has to trust. */
  ca: string;
  /** The authority's private key (PKCS #8). */
  caKey: string;
  /** The leaf certificate. */
  cert: string;
  /** The leaf's private key (PKCS #8). */
  key: string;
}

/** A certificate authority that can sign leaves. */
export interface Authority {
  /** The authority's certificate in PEM. */
  ca: string;
  /** The authority's private key in PEM (PKCS #8). */
  caKey: string;
  /** Makes a certificate for a server of these DNS names and IP addresses. */
  server(hosts?: readonly string[]): Promise<CertificateSet>;
  /** Makes a certificate for a client of this name. */
  client(name?: string): Promise<CertificateSet>;
}

/** Options of {@linkcode makeAuthority}. */
export interface AuthorityOptions {
  /** Who it is, for people to read. */
  readonly name: string;
  readonly days: number;
}

/** The hosts a server certificate is made for unless others are named. */
export const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** Makes a new certificate authority; all that it signs lives as long. */
export async function makeAuthority(
  { name, days }: AuthorityOptions,
): Promise<Authority> {
  const authorityKeys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    serialNumber: serialNumber(),
    ...validity(days),
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const ca = authority.toString("pem") + "\n";
  const caKey = await exportKey(authorityKeys.privateKey);

  async function leaf(
    commonName: string,
    usage: x509.ExtendedKeyUsage,
    extensions: x509.Extension[],
  ): Promise<CertificateSet> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [commonName] }],
      issuer: authority.subject,
      serialNumber: serialNumber(),
      ...validity(days),
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(
          authorityKeys.publicKey,
        ),
        ...extensions,
      ],
    });
    return {
      ca,
      caKey,
      cert: certificate.toString("pem") + "\n",
      key: await exportKey(keys.privateKey),
    };
  }

  return {
    ca,
    caKey,
    server: (hosts = LOCAL_HOSTS) =>
      leaf(hosts[0], x509.ExtendedKeyUsage.serverAuth, [
        new x509.SubjectAlternativeNameExtension(
          hosts.map((host) => ({
            type: isIP(host) ? "ip" as const : "dns" as const,
            value: host,
          })),
        ),
      ]),
    client: (name = "h2conn client") =>
      leaf(name, x509.ExtendedKeyUsage.clientAuth, []),
  };
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR = 3_600_000;

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ]) as Promise<CryptoKeyPair>;
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = await crypto.subtle.exportKey("pkcs8", key);
  return x509.PemConverter.encode(der, "PRIVATE KEY") + "\n";
}

function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] & 0x7f) | 0x40; // positive, and of a fixed length
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    // Clocks differ.
    notBefore: new Date(now - HOUR),
    notAfter: new Date(now + days * 24 * HOUR),
  };
}
