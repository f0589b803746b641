import { ArgumentError } from "../errors.ts";

/** A TCP address, by name or number. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; an IPv6 address needs brackets. Throws if it is none. */
export function parseHostPort(text: string): HostPort {
  const [, bracketed, plain, port] = RE_HOST_PORT.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && isPort(port)) return { host, port: Number(port) };
  throw new ArgumentError(
    `"${text}" is not host:port, such as localhost:22 or [::1]:22`,
  );
}

/** Writes it as {@linkcode parseHostPort} reads it. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** ASCII, for it goes into a header. */
const RE_HOST_PORT = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d+)$/i;
