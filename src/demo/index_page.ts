import { ASSETS } from "./assets.ts";
import { fillIn, htmlPage } from "./template.ts";
import type { Visit } from "./visit.ts";

/** The page that explains and measures. */
export function indexPage({ info, url, origins }: Visit): Response {
  return htmlPage(fillIn(ASSETS.get("index.html")!, {
    ...verdict(info.protocol === "h2", url.protocol === "https:"),
    protocol: info.protocol,
    server: serverName(),
    origin: url.origin,
    http1: origins.http1 ?? "",
    http2: origins.http2 ?? "",
  }));
}

function verdict(
  isHttp2: boolean,
  isEncrypted: boolean,
): { headline: string; explanation: string } {
  if (isHttp2) {
    return {
      headline: "You are using HTTP/2",
      explanation: "One connection carries everything on this page: files, " +
        "streams that never end, and uploads, all at the same time.",
    };
  }
  return {
    headline: "You are not using HTTP/2",
    explanation: isEncrypted
      ? "This address offers HTTP/1.1 only, or your client did not ask for " +
        "more. Everything here works, and some of it waits in line."
      : "Browsers speak HTTP/2 over TLS only. Start the demo with a " +
        "certificate to see the difference.",
  };
}

/** The runtime, as it calls itself. */
function serverName(): string {
  const agent = globalThis.navigator?.userAgent ?? "";
  return agent.replace("/", " ") || "h2conn";
}
