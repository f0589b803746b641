/** TLS of a client. */
export interface ClientTlsOptions {
  /** CA certificates to trust, in PEM. */
  ca?: string | readonly string[];
  /** Certificate of the client, in PEM, for a server that asks for one. */
  cert?: string;
  /** The key to {@linkcode cert}, in PEM. */
  key?: string;
  /** The name to ask for and to check, if it is not the URL's host. */
  serverName?: string;
  /** `false` accepts any certificate: for tests only. Default `true`. */
  rejectUnauthorized?: boolean;
}

/** TLS of a server. */
export interface ServerTlsOptions {
  /** Certificate, with the chain to its CA, in PEM. */
  cert: string;
  /** The key to the certificate, in PEM. */
  key: string;
  /** CA certificates; clients must then show a certificate of one of them. */
  ca?: string | readonly string[];
}
