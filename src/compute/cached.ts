const built = new Map<string, unknown>();

/**
 * What is expensive to build and depends on a key alone, a graph mostly: built once in a process.
 *
 * @param key JSON; begins with a name that nothing else has
 */
export function cached<T>(key: readonly [name: string, ...rest: unknown[]], build: () => T): T {
  const text = JSON.stringify(key);
  if (!built.has(text)) built.set(text, build());
  return built.get(text) as T;
}
