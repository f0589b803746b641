import type { ClientTlsOptions } from "../tls_options.ts";
import { readText } from "./file.ts";
import { readKeyPair } from "./key_pair.ts";
import { complain } from "./terminal.ts";

/** What every command takes that may connect by TLS. */
export const CLIENT_TLS_OPTIONS = {
  ca: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  "server-name": { type: "string" },
  insecure: { type: "boolean" },
} as const;

/** How the help of those commands shows them. */
export const CLIENT_TLS_HELP =
  `  --ca FILE              A CA to trust, in PEM, as "h2conn cert" makes one
  --cert FILE            A certificate of this client's, in PEM, for a server
                         that asks for one ("h2conn cert --client")
  --key FILE             Its key, in PEM
  --server-name NAME     The name in the certificate, if not the URL's
  --insecure             Accept any certificate: for tests only`;

/** Values of {@linkcode CLIENT_TLS_OPTIONS}. */
export interface ClientTlsValues {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly "server-name"?: string;
  readonly insecure?: boolean;
}

/** The TLS that the options ask for. */
export async function clientTls(
  { ca, insecure, "server-name": serverName, ...values }: ClientTlsValues,
): Promise<ClientTlsOptions> {
  const keyPair = await readKeyPair(values);
  if (insecure) {
    complain("Warning: --insecure takes any certificate, so anybody's");
  }
  return {
    ...keyPair,
    ca: ca === undefined ? undefined : await readText(ca),
    serverName,
    rejectUnauthorized: !insecure,
  };
}
