import { type Rng, seeded } from "../../src/random/rng.js";

/** What became of the streams below a root. */
export interface StreamRecord {
  /** Names of streams in the order in which each was first drawn from, one entry per generator. */
  readonly drawn: readonly string[];
}

/** A root stream that writes down which of the streams below it are drawn from. */
export function recordedRng(seed: number): { readonly rng: Rng; readonly record: StreamRecord } {
  const drawn: string[] = [];
  const recorded = (inner: Rng, name: string): Rng => {
    let silent = true;
    const drawing = <T>(draw: () => T): T => {
      if (silent) drawn.push(name);
      silent = false;
      return draw();
    };
    return {
      stream: (...path) => recorded(inner.stream(...path), [...(name === "" ? [] : [name]), ...path].join("/")),
      uniform: () => drawing(() => inner.uniform()),
      normal: () => drawing(() => inner.normal()),
      integer: (count) => drawing(() => inner.integer(count)),
    };
  };
  return { rng: recorded(seeded(seed), ""), record: { drawn } };
}
