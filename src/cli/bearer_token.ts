import { createHash, timingSafeEqual } from "node:crypto";
import process from "node:process";
import { ArgumentError } from "../errors.ts";

/**
 * The token that an option gives or, so that it shows in no list of processes,
 * the environment.
 */
export function tokenOption(option: string | undefined): string | undefined {
  // In an environment, empty is as good as unset.
  const token = option ?? (process.env.H2CONN_TOKEN || undefined);
  // What RFC 6750 section 2.1 allows.
  if (token === undefined || /^[\w\-.~+/]+=*$/.test(token)) return token;
  throw new ArgumentError(
    "A token may hold letters, digits and -._~+/ only, with = at its end",
  );
}

export function bearer(token: string): string {
  return `Bearer ${token}`;
}

/**
 * The answer to a request without the token, or undefined if it has it. How
 * long it takes tells nothing of the token.
 */
export function checkToken(
  request: Request,
  token: string | undefined,
): Response | undefined {
  if (token === undefined) return undefined;
  const given = request.headers.get("authorization") ?? "";
  // RFC 9110 section 11.1: the case of a scheme's name says nothing.
  const [, credentials = ""] = /^bearer +(.*)$/i.exec(given) ?? [];
  if (timingSafeEqual(digest(credentials), digest(token))) return undefined;
  return new Response("This needs a bearer token\n", {
    status: 401,
    headers: { "www-authenticate": "Bearer" },
  });
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
