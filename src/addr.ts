/** One end of a TCP connection, as in `Deno.NetAddr`. */
export interface Addr {
  /** Always TCP. */
  readonly transport: "tcp";
  /** An IP address, without brackets. */
  readonly hostname: string;
  /** The port, 1 to 65535. */
  readonly port: number;
}

/** The address that a socket of `node:net` tells, if it has one. */
export function tcpAddr(
  hostname: string | undefined,
  port: number | undefined,
): Addr | undefined {
  if (hostname === undefined || port === undefined) return undefined;
  return { transport: "tcp", hostname, port };
}
