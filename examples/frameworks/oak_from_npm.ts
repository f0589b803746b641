// Oak from npm is made for Node: its Request and Response are undici's, and
// Deno.serve takes its own only. Imported before Oak, this gives Oak those of
// Deno. `jsr:@oak/oak` has them from the start.
import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);
const requireOfOak = createRequire(resolve("@oakserver/oak"));
Object.assign(requireOfOak("undici"), {
  File,
  FormData,
  Headers,
  Request,
  Response,
  fetch,
});
