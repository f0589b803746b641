/** Throws with the message unless it is so. */
export function check(isSo: boolean, message: string): asserts isSo {
  if (!isSo) throw new Error(message);
}

/** Throws unless `actual` is `expected`. */
export function checkEqual<T>(actual: T, expected: T, what: string): void {
  check(actual === expected, `${what} is ${actual}, not ${expected}`);
}

/** Waits for a failure of this name, and gives it. */
export async function checkRejects(
  promise: Promise<unknown>,
  name: "ClosedError" | "TimeoutError",
): Promise<Error> {
  let result;
  try {
    result = await promise;
  } catch (error) {
    checkName(error, name);
    return error;
  }
  throw new Error(`A call that had to end with ${name} gave ${result}`);
}

/** Throws unless it is an error of this name. */
export function checkName(
  error: unknown,
  name: string,
): asserts error is Error {
  if (error instanceof Error && error.name === name) return;
  throw new Error(`Expected ${name}, got ${error}`, { cause: error });
}

/** Waits for a promise, but not for ever. */
export async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  what: string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} took longer than ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
