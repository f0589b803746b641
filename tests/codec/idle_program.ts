// A program with heartbeats on a Conn that keeps it not alive: it must end.
import { connect } from "../../mod.ts";
import { jsonValues } from "../../src/codec/mod.ts";

const conn = connect(process.argv[2]);
const values = jsonValues(conn, { heartbeatInterval: 100 });
await values.send("hello");
await values.receive();
conn.unref();
console.log("done");
