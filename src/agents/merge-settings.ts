/** A group of settings, or anything else with keys. */
export type Plain = { readonly [key: string]: unknown };

/** Whether x is a group: no list, and no date, set or array of bytes, which YAML has too. */
export function isPlain(x: unknown): x is Plain {
  if (typeof x !== "object" || x === null || Array.isArray(x)) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === null || Object.getPrototypeOf(prototype) === null; // of another realm too
}

/** Later patches win, group by group. */
export function mergeSettings<A extends object>(base: A, ...patches: readonly object[]): A {
  const merged = new Map<string, unknown>(Object.entries(base)); // where `__proto__` is a name as any other
  for (const patch of patches) {
    for (const [key, value] of Object.entries(patch)) {
      const before = merged.get(key);
      merged.set(key, isPlain(before) && isPlain(value) ? mergeSettings(before, value) : value);
    }
  }
  return Object.fromEntries(merged) as A;
}
