import { Client } from "../client.ts";
import { type ConnectOptions, prepareRequest } from "../connect_options.ts";
import { ArgumentError } from "../errors.ts";
import type { ClientTlsOptions } from "../tls_options.ts";
import { bearer, tokenOption } from "./bearer_token.ts";
import {
  CLIENT_TLS_HELP,
  CLIENT_TLS_OPTIONS,
  clientTls,
  type ClientTlsValues,
} from "./client_tls.ts";
import { wholeNumber } from "./command.ts";
import type { HostPort } from "./host_port.ts";

/** What every command takes that connects to a server. */
export const CLIENT_OPTIONS = {
  method: { type: "string" },
  header: { type: "string", multiple: true },
  token: { type: "string" },
  ...CLIENT_TLS_OPTIONS,
  h2c: { type: "boolean" },
  timeout: { type: "string" },
} as const;

/** How the help of those commands shows them. */
export const CLIENT_HELP =
  `  --method METHOD        The request's method (default POST)
  --header 'Name: value' A header of the request; may be repeated
  --token TOKEN          A bearer token; the environment's H2CONN_TOKEN is the
                         same, and shows less
${CLIENT_TLS_HELP}
  --h2c                  Cleartext HTTP/2, as with a URL of "http:"
  --timeout SECONDS      For TCP, TLS and response headers, each (default 10;
                         0 waits for ever)`;

/** Values of {@linkcode CLIENT_OPTIONS}. */
export interface ClientValues extends ClientTlsValues {
  readonly method?: string;
  readonly header?: string[];
  readonly token?: string;
  readonly h2c?: boolean;
  readonly timeout?: string;
}

/** Where to connect to, and how. */
export interface Destination {
  readonly client: Client;
  readonly url: URL;
  /** The TCP address that the URL names. */
  readonly host: HostPort;
  readonly request: ConnectOptions;
  readonly tls: ClientTlsOptions;
}

/** Makes the Client that the options ask for, or throws what is wrong. */
export async function destination(
  url: string,
  values: ClientValues,
): Promise<Destination> {
  const target = parseUrl(url, values.h2c ?? false);
  const request = { method: values.method, headers: headersOf(values) };
  // What cannot be sent is known before anything is looked up or listens.
  prepareRequest(target, request);
  const timeout = values.timeout === undefined ? undefined : 1000 *
    wholeNumber("timeout", values.timeout, { max: 86_400 });
  const tls = await clientTls(values);
  const client = new Client({
    tls,
    timeouts: { connectTimeout: timeout, headersTimeout: timeout },
  });
  return { client, url: target, host: hostOf(target), request, tls };
}

function hostOf({ protocol, hostname, port }: URL): HostPort {
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
  };
}

/** A URL may leave out its scheme. */
export function parseUrl(text: string, isCleartext = false): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const scheme = isCleartext ? "http" : "https";
  const url = hasScheme ? text : `${scheme}://${text}`;
  if (!URL.canParse(url)) throw new ArgumentError(`"${text}" is not a URL`);
  const parsed = new URL(url);
  if (isCleartext && parsed.protocol !== "http:") {
    throw new ArgumentError(
      `Option --h2c is for cleartext, and "${text}" asks for TLS`,
    );
  }
  return parsed;
}

function headersOf({ header = [], token }: ClientValues): Headers {
  const headers = new Headers();
  for (const line of header) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new ArgumentError(`Header "${line}" is not 'Name: value'`);
    }
    try {
      headers.append(name.trim(), value);
    } catch (cause) {
      throw new ArgumentError(`Header "${line}" is not allowed`, { cause });
    }
  }
  const given = tokenOption(token);
  if (given !== undefined) headers.set("authorization", bearer(given));
  return headers;
}
