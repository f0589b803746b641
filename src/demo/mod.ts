/**
 * The demo site: what HTTP/2 does, shown and measured in a browser, by curl or
 * by nghttp. Its endpoints are those of Go's `x/net/http2/h2demo`.
 *
 * @module
 */

export { type DemoOptions, type DemoServer, startDemo } from "./demo_server.ts";
