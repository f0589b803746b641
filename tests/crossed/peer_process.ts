/**
 * The process at the other end of a crossed test: it serves one Conn or
 * connects one, plays its roles, and ends when its stdin does.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { accept, Client, type Conn, serve } from "../../mod.ts";
import { playPeer } from "../../src/testing/mod.ts";
import type { Answer, Command } from "./peer_protocol.ts";

const conn = Promise.withResolvers<Conn>();

async function obey(command: Command): Promise<Answer> {
  switch (command.do) {
    case "serve": {
      const { cert, key } = command;
      const server = await serve({ port: 0, tls: { cert, key } }, (request) => {
        const accepted = accept(request);
        conn.resolve(accepted.conn);
        return accepted.response;
      });
      return { url: server.url };
    }
    case "connect": {
      const client = new Client({ tls: { ca: command.ca } });
      const connected = client.connect(command.url);
      await connected.opened;
      conn.resolve(connected);
      return {};
    }
    case "play":
      await playPeer(await conn.promise, command.role);
      return {};
  }
}

async function answer(line: string): Promise<void> {
  let answer: Answer;
  try {
    answer = await obey(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}

const commands = createInterface({ input: process.stdin });
commands.on("line", answer);
commands.on("close", () => process.exit());
