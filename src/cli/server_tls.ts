import { ArgumentError } from "../errors.ts";
import type { ServerTlsOptions } from "../tls_options.ts";
import { readText } from "./file.ts";
import { readKeyPair } from "./key_pair.ts";

/** What every command takes that serves, by TLS or without. */
export const SERVER_TLS_OPTIONS = {
  cert: { type: "string" },
  key: { type: "string" },
  "client-ca": { type: "string" },
} as const;

/** How the help of those commands shows them. */
export const SERVER_TLS_HELP =
  `  --cert FILE            Certificate for TLS, in PEM; without it, cleartext
                         HTTP/2
  --key FILE             Its key, in PEM
  --client-ca FILE       Lets in only who shows a certificate of this CA, in PEM
                         ("h2conn cert --client")`;

/** Values of {@linkcode SERVER_TLS_OPTIONS}. */
export interface ServerTlsValues {
  readonly cert?: string;
  readonly key?: string;
  readonly "client-ca"?: string;
}

/** The TLS that the options ask for, or none. */
export async function serverTls(
  { "client-ca": ca, ...values }: ServerTlsValues,
): Promise<ServerTlsOptions | undefined> {
  const keyPair = await readKeyPair(values);
  if (ca === undefined) return keyPair;
  if (keyPair === undefined) {
    throw new ArgumentError("Option --client-ca needs --cert and --key");
  }
  return { ...keyPair, ca: await readText(ca) };
}
