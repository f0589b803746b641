import { ArgumentError } from "../errors.ts";
import type { ServerTlsOptions } from "../tls_options.ts";
import { readText } from "./file.ts";

/** The TLS that the options --cert and --key ask for, or none. */
export async function serverTls(
  cert: string | undefined,
  key: string | undefined,
): Promise<ServerTlsOptions | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new ArgumentError("Options --cert and --key go together");
  }
  return { cert: await readText(cert), key: await readText(key) };
}
