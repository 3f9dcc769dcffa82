import { useEffect, useMemo, useRef, useState } from "preact/hooks";

/** Something to be made. */
export interface Wanted<T> {
  readonly name: string;
  /** What it is made of, in short: with another mark it is made again. */
  readonly mark: string;
  make(): T;
}

/**
 * Makes things one after the other, each in a task of its own, so that the page draws and hears its reader between them.
 *
 * @param question what they all answer: with another, nothing that was made holds
 * @returns those that are there, which may be of an older mark for as long as `isWhole` is false
 */
export function useOneByOne<T>(
  question: string,
  wanted: readonly Wanted<T>[],
): { readonly made: readonly T[]; readonly isWhole: boolean } {
  const [, redraw] = useState(0);
  const kept = useRef({ question, made: new Map<string, { readonly mark: string; readonly value: T }>() });
  if (kept.current.question !== question) kept.current = { question, made: new Map() };
  const { made } = kept.current;
  const next = wanted.find(({ name, mark }) => made.get(name)?.mark !== mark);
  useEffect(() => {
    if (next === undefined) return;
    const timer = setTimeout(() => {
      made.set(next.name, { mark: next.mark, value: next.make() });
      redraw((n) => n + 1);
    });
    return () => clearTimeout(timer);
  }, [question, next?.name, next?.mark]);
  const there = wanted.flatMap(({ name }) => made.get(name)?.value ?? []);
  return { made: useMemo(() => there, there), isWhole: next === undefined };
}
