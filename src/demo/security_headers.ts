import type { SiteOrigins } from "./visit.ts";

/**
 * Adds what keeps the pages to themselves. There is no HSTS: a demo on
 * `localhost` has no say over whatever else is served there.
 */
export function withSecurityHeaders(
  response: Response,
  { http1, http2 }: SiteOrigins,
): Response {
  const images = ["'self'", http1, http2].filter(Boolean).join(" ");
  const headers: Record<string, string> = {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `img-src ${images}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
  for (const [name, value] of Object.entries(headers)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
