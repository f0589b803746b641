// A chat's server: see docs/chat.md.
//
//     deno run -A examples/chat_server.ts --port 8000
//     bun examples/chat_server.ts --cert cert.pem --key key.pem
//     node examples/chat_server.ts --redis redis://127.0.0.1:6379
import process from "node:process";
import { main } from "../src/cli/mod.ts";

process.exit(await main(["chat", "serve", ...process.argv.slice(2)]));
