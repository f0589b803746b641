import { Client } from "../client.ts";
import { jsonValues } from "../codec/json_values.ts";
import type { MessageConn } from "../codec/message_conn.ts";
import type { Conn } from "../conn.ts";
import {
  ArgumentError,
  ConnectError,
  H2ConnError,
  TimeoutError,
} from "../errors.ts";
import { LazyPromise } from "../lazy_promise.ts";
import type { ClientTlsOptions } from "../tls_options.ts";
import { backoff } from "./backoff.ts";
import { cleanText } from "./clean_text.ts";
import { Pause } from "./pause.ts";
import { isPost, MAX_POST_BYTES, type Post } from "./post.ts";
import { HEARTBEAT_MS, KEY_HEADER } from "./protocol.ts";
import { Refusal } from "./refusal.ts";
import { Replay } from "./replay.ts";

const LOGIN_MS = 10_000;
/** How long the server may give nothing, while it hears what was said. */
const STALL_MS = 10_000;
/** How long a Conn that is left may take what was said and has not gone out. */
const CLOSE_MS = 2000;
/** After so long in the room, a loss is the first of its kind. */
const STEADY_MS = 10_000;
/** A server that is gone without a word is found in as much time. */
const TIMEOUTS = { pingInterval: 15_000, pingTimeout: 5000 };

/** Options of a {@linkcode ChatClient}. */
export interface ChatClientOptions {
  /** What to be called in the room. */
  name: string;
  /** Whom to trust. */
  tls?: ClientTlsOptions;
  /** Whether to come back when the connection is lost. Default true. */
  reconnect?: boolean;
  /**
   * How long the server may give no post while the client leaves, in
   * milliseconds: it takes what was said at its own pace. Default 10 000.
   */
  stallMs?: number;
  /** Takes a post; the next one waits for what it returns. */
  onPost(post: Post): void | Promise<void>;
  /** Is told that it is in the room, for the first time or again. */
  onJoin?(isAgain: boolean): void;
  /** Is told that the connection was lost, and when it tries again. */
  onLost?(reason: string, retryMs: number): void;
}

/** What a client sends: its name, then posts of which the text counts. */
type ClientMessage = string | Pick<Post, "Message" | "Time">;

type Messages = MessageConn<ClientMessage, unknown>;

/** A user of the chat, who comes back when a server goes. */
export class ChatClient {
  readonly #url: string;
  readonly #options: ChatClientOptions;
  readonly #client: Client;
  /** Known to this client alone: with it, it gets its name back. */
  readonly #key = crypto.randomUUID();
  readonly #replay = new Replay();
  readonly #pause = new Pause();
  #conn: Conn | undefined;
  /** Set while it is in the room. */
  #messages: Messages | undefined;
  #joined = new LazyPromise<Messages>();
  #hasJoined = false;
  #isLeaving = false;
  /** When to leave at the latest, if there is such a time. */
  #leaveBy: number | undefined;

  /** Throws {@linkcode ArgumentError} at an option that cannot be. */
  constructor(url: string, options: ChatClientOptions) {
    this.#url = url;
    this.#options = options;
    this.#client = new Client({ tls: options.tls, timeouts: TIMEOUTS });
  }

  /**
   * Is in the room until it leaves. Rejects with {@linkcode Refusal} if the
   * room does not take it, and like `Conn.read` if it cannot connect, or when
   * it leaves and the server does not say that it has heard everything.
   */
  async run(): Promise<void> {
    try {
      for (let attempt = 0; !this.#isLeaving; attempt++) {
        let joinedAt = Infinity;
        const reason = await this.#visit(() => joinedAt = performance.now());
        if (this.#isLeaving) return;
        // A server that lets it in and cuts it is not to be asked all the time.
        if (performance.now() - joinedAt > STEADY_MS) attempt = 0;
        const retryMs = backoff(attempt);
        this.#options.onLost?.(reason, retryMs);
        await this.#pause.wait(retryMs);
      }
    } finally {
      this.#isLeaving = true;
      this.#joined.reject(new Refusal("you have left the room"));
      await this.#client.close({ graceMs: 0 });
    }
  }

  /**
   * Says something, once it is in the room. Only what comes back as a post was
   * surely heard: what is on its way when the connection is lost may be lost.
   * Rejects with {@linkcode ArgumentError} for text that is too long, with
   * {@linkcode Refusal} when it has left.
   */
  async say(text: string): Promise<void> {
    while (true) {
      const messages = await this.#joined.promise;
      try {
        const Time = new Date().toISOString();
        return await messages.send({ Message: text, Time });
      } catch (error) {
        if (error instanceof ArgumentError || this.#isLeaving) throw error;
        // A message that was cut short was not heard: the next Conn takes it.
        this.#leaveBehind(messages);
      }
    }
  }

  /**
   * Leaves once all that was said has been heard; then `run` resolves. It
   * rejects with {@linkcode TimeoutError} if that takes longer than this, or if
   * the server gives nothing for `stallMs`.
   */
  async leave(withinMs?: number): Promise<void> {
    this.#isLeaving = true;
    this.#pause.end();
    if (withinMs !== undefined) this.#leaveBy = Date.now() + withinMs;
    const messages = this.#messages;
    if (messages === undefined) return this.#conn?.abort();
    this.#limitStall(messages);
    // What goes wrong, the reading side hears too.
    await messages.end().catch(() => {});
  }

  /** Comes in and stays; gives the reason why the connection was lost. */
  async #visit(onJoin: () => void): Promise<string> {
    const messages = this.#connect();
    let isIn = false;
    try {
      await this.#enter(messages);
      isIn = true;
      onJoin();
      await this.#hear(messages);
      if (this.#isLeaving) return "";
      throw new ConnectError("http2", "The server ended the connection");
    } catch (error) {
      if (this.#isLeaving && !isIn) return "";
      if (!this.#isWorthRetrying(error)) throw error;
      return (error as Error).message;
    } finally {
      this.#leaveBehind(messages);
      messages.conn.setWriteDeadline(Date.now() + CLOSE_MS);
      await messages.close();
    }
  }

  #connect(): Messages {
    const headers = { [KEY_HEADER]: this.#key };
    this.#conn = this.#client.connect(this.#url, { headers });
    return jsonValues<ClientMessage, unknown>(this.#conn, {
      maxMessageSize: MAX_POST_BYTES,
      heartbeatInterval: HEARTBEAT_MS,
    });
  }

  async #enter(messages: Messages): Promise<void> {
    messages.conn.setDeadline(Date.now() + LOGIN_MS);
    const answer = await this.#login(messages);
    if (answer !== "ok") throw new Refusal(this.#refusalText(answer));
    messages.conn.setDeadline(null);
    this.#messages = messages;
    this.#joined.resolve(messages);
    this.#options.onJoin?.(this.#hasJoined);
    this.#hasJoined = true;
    this.#replay.start();
  }

  async #login(messages: Messages): Promise<unknown> {
    try {
      await messages.send(this.#options.name);
      return await messages.receive();
    } catch (cause) {
      if (!(cause instanceof TimeoutError)) throw cause;
      const seconds = LOGIN_MS / 1000;
      throw new TimeoutError(`The server did not answer in ${seconds} s`, {
        cause,
      });
    }
  }

  async #hear(messages: Messages): Promise<void> {
    try {
      for await (const post of messages) {
        if (isPost(post) && !this.#replay.hasHad(post)) {
          await this.#options.onPost(post);
        }
        if (this.#isLeaving) this.#limitStall(messages);
      }
    } catch (cause) {
      if (!this.#isLeaving || !(cause instanceof TimeoutError)) throw cause;
      const message = "The server did not take everything that was said";
      throw new TimeoutError(message, { cause });
    }
  }

  #limitStall({ conn }: Messages): void {
    const { stallMs = STALL_MS } = this.#options;
    conn.setReadDeadline(this.#leaveBy ?? Date.now() + stallMs);
  }

  #leaveBehind(messages: Messages): void {
    if (this.#messages !== messages) return;
    this.#messages = undefined;
    this.#joined = new LazyPromise();
  }

  #isWorthRetrying(error: unknown): boolean {
    const { reconnect = true } = this.#options;
    return reconnect && this.#hasJoined && !this.#isLeaving &&
      (error instanceof H2ConnError || error instanceof Refusal);
  }

  #refusalText(answer: unknown): string {
    // A server that echoes says the name.
    if (typeof answer === "string" && answer !== this.#options.name) {
      return cleanText(answer);
    }
    return "the server did not answer as a chat does";
  }
}
