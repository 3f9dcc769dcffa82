/** Poses as they come from the server, one row of bodies × 7 numbers per state. */
export interface Poses {
  readonly count: number;
  /** The row of a state, at most the last. */
  at(step: number): Float32Array;
}

/** @param bodies how many bodies the scene has */
export function decodePoses(base64: string, bodies: number): Poses {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  const width = 7 * bodies;
  const count = numbers.length / width;
  return {
    count,
    at(step) {
      const row = Math.min(Math.max(Math.round(step), 0), count - 1);
      return numbers.subarray(row * width, (row + 1) * width);
    },
  };
}

/** So near to each other two poses show the same: m, and parts of a quaternion. */
const SAME = 2e-3;

/** Whether two poses, [bodies × 7], cannot be told apart by eye: a ghost there would only stain what is solid. */
export const coincide = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > SAME) return false;
  return true;
};
