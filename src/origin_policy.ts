import { StatusError } from "./errors.ts";

/** Who may open a Conn. */
export interface OriginPolicy {
  /**
   * Origins of other sites whose pages may, such as `"https://app.example"`.
   * Default none: only pages of the same host, and programs that are no
   * browser and so send no `Origin`.
   */
  origins?: readonly string[];
  /**
   * The names and ports that the server answers to, such as
   * `"localhost:8000"`. It defends against DNS rebinding. Default all.
   */
  authorities?: readonly string[];
}

/**
 * Refuses requests that a page of another site makes: a browser sends a POST
 * without asking first, so the server has to look at who it comes from (the
 * Fetch standard's `Origin`, Fetch Metadata's `Sec-Fetch-Site`). Throws
 * {@linkcode StatusError} with 403, or 421 for an authority that is not ours.
 */
export function checkOrigin(
  headers: Headers,
  authority: string,
  policy: OriginPolicy,
): void {
  const { origins = [], authorities } = policy;
  if (authorities !== undefined && !authorities.includes(authority)) {
    throw new StatusError(421, {
      message: `This server does not answer for "${authority}"`,
    });
  }
  const origin = headers.get("origin");
  if (origin !== null && origins.includes(origin)) return;
  if (origin !== null && !isSameHost(origin, authority)) {
    throw new StatusError(403, {
      message: `Origin "${origin}" may not open a connection`,
    });
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    throw new StatusError(403, {
      message: `A page of another site may not open a connection (${site})`,
    });
  }
}

/** `null`, the origin of sandboxed pages, is nobody's. */
function isSameHost(origin: string, authority: string): boolean {
  try {
    const own = new URL(origin);
    // Those of files, extensions and apps are not of the web.
    if (own.protocol !== "http:" && own.protocol !== "https:") return false;
    return own.host === new URL(`${own.protocol}//${authority}`).host;
  } catch {
    return false;
  }
}
