import type { Vector } from "../../src/math/vector.js";

/** Central differences of a scalar function of a vector, entry by entry; `step` relative to 1. */
export function differences(f: (x: Vector) => number, x: Vector, step = 6e-6): Vector {
  return Float64Array.from(x, (_, i) => {
    const at = (h: number) => f(x.map((entry, j) => (j === i ? entry + h : entry)));
    return (at(step) - at(-step)) / (2 * step);
  });
}

/** ‖a − b‖ / ‖b‖. */
export const relativeDistance = (a: Vector, b: Vector): number =>
  Math.hypot(...a.map((x, i) => x - b[i])) / Math.hypot(...b);
