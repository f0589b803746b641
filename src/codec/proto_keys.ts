/**
 * Removes every property named `__proto__` that `JSON.parse` has made. They are
 * harmless by themselves, but not in code that copies properties one by one.
 */
export function removeProtoKeys(value: unknown): void {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    if (Object.hasOwn(next, "__proto__")) {
      Reflect.deleteProperty(next, "__proto__");
    }
    for (const child of Object.values(next)) left.push(child);
  }
}
