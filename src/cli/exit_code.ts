import {
  ArgumentError,
  ConnectError,
  GoawayError,
  ListenError,
  NotSupportedError,
  ProtocolError,
  ResetError,
  StatusError,
  TimeoutError,
} from "../errors.ts";

/** How the program ends, for scripts to tell. docs/cli.md has them too. */
export const EXIT_CODE = {
  OK: 0,
  /** Could not connect, or not listen. */
  UNREACHABLE: 1,
  USAGE: 2,
  /** The server answered with a status that is not 2xx. */
  REFUSED: 3,
  /** The Conn was open, and then cut. */
  CUT: 4,
  /** A file, standard input or output, or a message in them. */
  LOCAL: 5,
  /** Ctrl-C, as shells count it: 128 and the number of the signal. */
  INTERRUPTED: 130,
} as const;

/** An end that the error itself does not tell. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  if (error instanceof ArgumentError) return EXIT_CODE.USAGE;
  if (error instanceof StatusError) return EXIT_CODE.REFUSED;
  if (isUnreachable(error)) return EXIT_CODE.UNREACHABLE;
  if (isCut(error)) return EXIT_CODE.CUT;
  return EXIT_CODE.LOCAL;
}

function isUnreachable(error: unknown): boolean {
  return [ConnectError, ListenError, NotSupportedError, TimeoutError]
    .some((type) => error instanceof type);
}

function isCut(error: unknown): boolean {
  return [ResetError, GoawayError, ProtocolError]
    .some((type) => error instanceof type);
}
