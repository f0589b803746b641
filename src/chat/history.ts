import type { Post } from "./post.ts";

/** Posts with the bytes that each takes on the wire. */
export interface SizedPost {
  readonly post: Post;
  readonly size: number;
}

const encoder = new TextEncoder();

/** A post and its bytes, of which a character may take several. */
export function sizedPost(post: Post): SizedPost {
  return { post, size: encoder.encode(JSON.stringify(post)).length };
}

/** The last posts, for newcomers: bounded in number and in bytes. */
export class History {
  readonly #maxPosts: number;
  readonly #maxBytes: number;
  readonly #posts: SizedPost[] = [];
  #bytes = 0;

  constructor(maxPosts: number, maxBytes: number) {
    this.#maxPosts = maxPosts;
    this.#maxBytes = maxBytes;
  }

  get posts(): readonly SizedPost[] {
    return this.#posts;
  }

  add(post: SizedPost): void {
    this.#posts.push(post);
    this.#bytes += post.size;
    while (
      this.#posts.length > this.#maxPosts || this.#bytes > this.#maxBytes
    ) {
      this.#bytes -= this.#posts.shift()!.size;
    }
  }
}
