import { H2ConnError, StatusError } from "../errors.ts";

/** An error in one line, with what to do about it on the command line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof H2ConnError)) return error.message;
  if (error instanceof StatusError) {
    const [line] = error.body.trim().split(/\r?\n/);
    return line ? `${error.message}: "${line}"` : error.message;
  }
  // The options of a Client, as they are called here.
  return error.message.replace("to a Client as tls.ca", "with --ca")
    .replace("what tls.ca gives", "the file of --ca")
    .replace("one as tls.cert", "one with --cert and --key")
    .replace("(tls.cert)", "(--cert)")
    .replace("set tls.serverName", "give it with --server-name")
    .replace('"http:" for', '"http:" or --h2c for');
}
