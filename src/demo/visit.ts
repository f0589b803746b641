import type { ServeInfo } from "../serve_info.ts";
import type { Traffic } from "./traffic.ts";

/** A request, and what its answer may need. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  readonly info: ServeInfo;
  /** What goes on at the site. */
  readonly traffic: Traffic;
  /** Where the same site is under each HTTP version. */
  readonly origins: SiteOrigins;
  /** Aborted when the site is shut down. */
  readonly closing: AbortSignal;
}

/** Where the same site is under each HTTP version, if it is. */
export interface SiteOrigins {
  readonly http2: string | undefined;
  readonly http1: string | undefined;
}

/** Answers one path of the site, or what is below it. */
export type Page = (visit: Visit) => Response | Promise<Response>;
