/** One end of a TCP connection, as in `Deno.NetAddr`. */
export interface Addr {
  /** Always TCP. */
  readonly transport: "tcp";
  /** An IP address, without brackets. */
  readonly hostname: string;
  /** The port, 1 to 65535. */
  readonly port: number;
}
