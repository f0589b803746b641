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
import { isIP, isIPv6 } from "node:net";
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

/** An authority's certificate and key, in PEM. */
export type AuthorityFiles = Pick<Authority, "ca" | "caKey">;

/** Makes a new certificate authority; all that it signs lives as long. */
export async function makeAuthority(
  { name, days }: AuthorityOptions,
): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    serialNumber: serialNumber(),
    ...validity(days),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return new LocalAuthority(certificate, {
    keys,
    days,
    caKey: await exportKey(keys.privateKey),
  });
}

/**
 * An authority that {@linkcode makeAuthority} once made. What it signs lives
 * for so many days, but not longer than itself. Throws if the files are not of
 * one, or not of the same one.
 */
export async function openAuthority(
  { ca, caKey }: AuthorityFiles,
  days: number,
): Promise<Authority> {
  const certificate = new x509.X509Certificate(ca);
  const privateKey = await crypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(caKey),
    ALGORITHM,
    false,
    ["sign"],
  );
  const publicKey = await certificate.publicKey.export(ALGORITHM, ["verify"]);
  const probe = new Uint8Array(1);
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, probe);
  if (!await crypto.subtle.verify(ALGORITHM, publicKey, signature, probe)) {
    throw new Error("The key is not the certificate's");
  }
  const keys = { privateKey, publicKey };
  return new LocalAuthority(certificate, { keys, days, caKey });
}

class LocalAuthority implements Authority {
  readonly ca: string;
  readonly caKey: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;
  readonly #days: number;

  constructor(
    certificate: x509.X509Certificate,
    { keys, days, caKey }: { keys: CryptoKeyPair; days: number; caKey: string },
  ) {
    this.ca = certificate.toString("pem") + "\n";
    this.caKey = caKey;
    this.#certificate = certificate;
    this.#keys = keys;
    this.#days = days;
  }

  server(hosts = LOCAL_HOSTS): Promise<CertificateSet> {
    return this.#leaf(hosts[0], x509.ExtendedKeyUsage.serverAuth, [
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({
          type: isIP(host) ? "ip" as const : "dns" as const,
          value: isIPv6(host) ? withoutIPv4(host) : host,
        })),
      ),
    ]);
  }

  client(name = "h2conn client"): Promise<CertificateSet> {
    return this.#leaf(name, x509.ExtendedKeyUsage.clientAuth, []);
  }

  async #leaf(
    commonName: string,
    usage: x509.ExtendedKeyUsage,
    extensions: x509.Extension[],
  ): Promise<CertificateSet> {
    const keys = await generateKeys();
    const { notBefore, notAfter } = validity(this.#days);
    const end = Math.min(Number(notAfter), Number(this.#certificate.notAfter));
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [commonName] }],
      issuer: this.#certificate.subject,
      serialNumber: serialNumber(),
      notBefore,
      notAfter: new Date(end),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...extensions,
      ],
    });
    return {
      ca: this.ca,
      caKey: this.caKey,
      cert: certificate.toString("pem") + "\n",
      key: await exportKey(keys.privateKey),
    };
  }
}

/** What an IPv6 address may end with, @peculiar/x509 takes for hexadecimal. */
function withoutIPv4(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
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
