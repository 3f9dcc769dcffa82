import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/**
 * A stream of random numbers, named by a seed and a path of words and numbers.
 *
 * `stream(...path)` depends on the seed and the path alone, never on what has been drawn: drawing from one
 * stream never shifts another, and a checkpoint needs no generator state. Draws mutate the stream itself.
 */
export interface Rng {
  /** The stream of this name below this one: a fresh generator at its beginning. */
  stream(...path: readonly (string | number)[]): Rng;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in 0 … count − 1. */
  integer(count: number): number;
}

const TWO_POW_MINUS_26 = 2 ** -26;
const TWO_POW_MINUS_53 = 2 ** -53;

class Stream implements Rng {
  readonly #name: string;
  readonly #generator;
  #spare = Number.NaN;

  constructor(name: string) {
    this.#name = name;
    const hash = new DataView(sha256(utf8ToBytes(name)).buffer);
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => hash.getInt32(offset)));
  }

  stream(...path: readonly (string | number)[]): Rng {
    return new Stream(`${this.#name}/${path.map((part) => encodeURIComponent(part)).join("/")}`);
  }

  uniform(): number {
    const high = this.#generator.next() >>> 6;
    const low = this.#generator.next() >>> 5;
    return high * TWO_POW_MINUS_26 + low * TWO_POW_MINUS_53;
  }

  /** Marsaglia's polar method; the second of each pair is kept for the next call. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }
}

/** The root stream of a seed. */
export function seeded(seed: number): Rng {
  return new Stream(String(seed));
}

/** A random order of 0 … count − 1 (Fisher–Yates). Draws from rng. */
export function permutation(count: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

/** Fills `target` with standard normals and returns it. Draws from rng. */
export function fillNormal<A extends Float32Array | Float64Array>(target: A, rng: Rng): A {
  for (let i = 0; i < target.length; i++) target[i] = rng.normal();
  return target;
}
