import { CLIENT_TLS_HELP } from "../client_tls.ts";
import type { Command } from "../command.ts";
import { SERVER_TLS_HELP } from "../server_tls.ts";
import { serveChat } from "./serve.ts";
import { visitChat } from "./visit.ts";

const HELP = `Comes into a chat and stays until ctrl-C or ctrl-D, or serves one.

Usage: h2conn chat [options] URL
       h2conn chat serve [options]

Options of a visit:
  --name NAME            What to be called in the room (default: a terminal
                         asks, otherwise the name of the user)
  --plain                Lines in, lines out, as without a terminal
  --json                 The same, each post out as an object of JSON
  --listen               Say nothing: standard input is not read
  --no-reconnect         End when the connection is lost
${CLIENT_TLS_HELP}
  --h2c                  Cleartext HTTP/2, as with a URL of "http:"

In a pipe, standard input is said line by line, and its end is the end of the
visit. Posts go to standard output, notices to standard error. A URL without
"http:" or "https:" is one of "https:", or with --h2c of "http:".

Options of a server:
  --port PORT            Where to listen; 0 takes any port (default 8000)
  --host HOST            The address to listen on (default 127.0.0.1)
${SERVER_TLS_HELP}
  --history COUNT        How many posts a newcomer is shown, up to 200 (default
                         50)
  --redis URL            One room for all servers with this Redis; needs the
                         package @redis/client
  --room NAME            Which room that is (default "main")

Example: a room, who hears it, and who says one thing to it
  h2conn chat serve --port 8000
  h2conn chat http://127.0.0.1:8000
  echo "The build is done" | h2conn chat --name builder http://127.0.0.1:8000`;

export const chatCommand: Command = {
  name: "chat",
  summary: "Chat, or serve a chat",
  help: HELP,
  run([first, ...rest]) {
    if (first === "serve") return serveChat(rest);
    return visitChat(first === undefined ? rest : [first, ...rest]);
  },
};
