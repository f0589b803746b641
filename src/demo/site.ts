import { StatusError } from "../errors.ts";
import type { Handler } from "../server.ts";
import { checksum } from "./checksum.ts";
import { clockStream } from "./clock_stream.ts";
import { echo } from "./echo.ts";
import { indexPage } from "./index_page.ts";
import { largeFile } from "./large_file.ts";
import { notFound, plainText } from "./plain_text.ts";
import { pushedAsset, pushPage } from "./push_page.ts";
import { requestInfo } from "./request_info.ts";
import { withSecurityHeaders } from "./security_headers.ts";
import { staticFile } from "./static_file.ts";
import { gopherTiles } from "./gopher_tiles.ts";
import { Traffic } from "./traffic.ts";
import { trafficReport, trafficSamples } from "./traffic_report.ts";
import type { Page, SiteOrigins, Visit } from "./visit.ts";

/** Where the site listens. */
export interface SitePorts {
  http2: number;
  /** With HTTP/1.1 alone, if it does. */
  http1?: number;
}

/** Options of {@linkcode siteHandler}. */
export interface SiteOptions {
  readonly ports: SitePorts;
  /** Aborted when the site is shut down. */
  readonly closing: AbortSignal;
  readonly verbose: boolean;
}

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/", indexPage],
  ["/clockstream", clockStream],
  ["/gophertiles", gopherTiles],
  ["/serverpush", pushPage],
  ["/redirect", redirect],
  ["/goroutines", trafficReport],
  ["/goroutines.json", trafficSamples],
]);

/** What has pages below it. */
const FOLDERS: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/file/", largeFile],
  ["/serverpush/", pushedAsset],
  ["/site/", staticFile],
]);

/** What takes PUT, and answers 400 to anything else, as Go's site does. */
const UPLOADS: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/crc32", checksum],
  ["/ECHO", echo],
]);

/** The handler of the whole site, for every HTTP version. */
export function siteHandler(options: SiteOptions): Handler {
  const { ports, closing, verbose } = options;
  const traffic = new Traffic();
  return async (request, info) => {
    traffic.enter(request, info);
    const url = new URL(request.url);
    const origins = originsOf(url, ports);
    const response = await answer(
      { request, url, info, traffic, origins, closing },
    );
    if (verbose) {
      const { method } = request;
      console.error(info.protocol, method, url.pathname, response.status);
    }
    return withSecurityHeaders(response, origins);
  };
}

async function answer(visit: Visit): Promise<Response> {
  try {
    return await pageFor(visit)(visit);
  } catch (error) {
    if (error instanceof StatusError) return error.toResponse();
    throw error;
  }
}

function pageFor({ request: { method }, url: { pathname } }: Visit): Page {
  if (pathname === "/reqinfo") return requestInfo;
  const upload = UPLOADS.get(pathname);
  if (upload !== undefined) return method === "PUT" ? upload : putRequired;
  const folder = pathname.slice(0, pathname.indexOf("/", 1) + 1);
  const page = PAGES.get(pathname) ?? FOLDERS.get(folder);
  if (page === undefined) return notFound;
  return method === "GET" || method === "HEAD" ? page : getRequired;
}

function redirect(): Response {
  return new Response(null, { status: 302, headers: { location: "/" } });
}

function putRequired(): Response {
  return plainText("PUT required.\n", { status: 400 });
}

function getRequired(): Response {
  return plainText("GET required.\n", {
    status: 405,
    headers: { allow: "GET, HEAD" },
  });
}

function originsOf({ protocol, hostname }: URL, ports: SitePorts): SiteOrigins {
  // The client chose the name, which goes into a header and into pages.
  const isPlain = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])$/.test(hostname);
  // Browsers speak HTTP/2 over TLS only.
  if (protocol !== "https:" || !isPlain) {
    return { http2: undefined, http1: undefined };
  }
  const origin = (port: number) => `${protocol}//${hostname}:${port}`;
  return {
    http2: origin(ports.http2),
    http1: ports.http1 === undefined ? undefined : origin(ports.http1),
  };
}
