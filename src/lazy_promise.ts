/**
 * A promise made only when someone asks for it, whose rejection nobody has to
 * handle.
 */
export class LazyPromise<T> {
  #outcome: { value: T } | { error: unknown } | undefined;
  #promise: Promise<T> | undefined;
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  get isSettled(): boolean {
    return this.#outcome !== undefined;
  }

  get promise(): Promise<T> {
    this.#promise ??= this.#make();
    return this.#promise;
  }

  resolve(value: T): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { value };
    this.#resolve?.(value);
  }

  reject(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#reject?.(error);
  }

  #make(): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      const outcome = this.#outcome;
      if (outcome === undefined) {
        this.#resolve = resolve;
        this.#reject = reject;
      } else if ("value" in outcome) resolve(outcome.value);
      else reject(outcome.error);
    });
    promise.catch(() => {});
    return promise;
  }
}
