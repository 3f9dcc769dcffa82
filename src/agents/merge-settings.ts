/** A group of settings, or anything else with keys. */
export type Plain = { readonly [key: string]: unknown };

export const isPlain = (x: unknown): x is Plain => typeof x === "object" && x !== null && !Array.isArray(x);

/** Later patches win, group by group. */
export function mergeSettings<A extends object>(base: A, ...patches: readonly object[]): A {
  const merged = { ...base } as Record<string, unknown>;
  for (const patch of patches) {
    for (const [key, value] of Object.entries(patch)) {
      const before = merged[key];
      merged[key] = isPlain(before) && isPlain(value) ? mergeSettings(before, value) : value;
    }
  }
  return merged as A;
}
