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

const builtFor = new WeakMap<object, Map<string, unknown>>();

/** The same for what depends on an object too, by identity: on functions that are part of a graph. Gone with the object. */
export function cachedFor<T>(owner: object, key: readonly [name: string, ...rest: unknown[]], build: () => T): T {
  const own = builtFor.get(owner) ?? new Map<string, unknown>();
  builtFor.set(owner, own);
  const text = JSON.stringify(key);
  if (!own.has(text)) own.set(text, build());
  return own.get(text) as T;
}
