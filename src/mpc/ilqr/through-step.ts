import { positivePart } from "../../math/positive-part.js";
import type { StepModel } from "./plan-model.js";
import type { OwnSlope } from "./reward-slopes.js";

/** Derivatives by (s, u, s′) as derivatives by z = (s, u), s′ = s′(z). */
export function throughStep(
  { slope: gradient, curvature: hessian }: OwnSlope,
  jacobian: Float64Array,
  n: number,
  d: number,
): Pick<StepModel, "slope" | "curvature"> {
  const width = d + n;
  const slope = gradient.slice(0, d);
  for (let l = 0; l < n; l++) for (let j = 0; j < d; j++) slope[j] += jacobian[l * d + j] * gradient[d + l];
  if (hessian.every((x) => x === 0)) return { slope, curvature: null };
  const convex = positivePart(hessian, width);
  // (I; J) from the right, [width, d], then from the left
  const half = new Float64Array(width * d);
  for (let a = 0; a < width; a++)
    for (let b = 0; b < width; b++) {
      const x = convex[a * width + b];
      if (x === 0) continue;
      if (b < d) half[a * d + b] += x;
      else for (let j = 0; j < d; j++) half[a * d + j] += x * jacobian[(b - d) * d + j];
    }
  const curvature = half.slice(0, d * d);
  for (let l = 0; l < n; l++) {
    const row = half.subarray((d + l) * d, (d + l + 1) * d);
    if (row.every((x) => x === 0)) continue; // most rewards look at a few entries of s′
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) curvature[i * d + j] += jacobian[l * d + i] * row[j];
  }
  return { slope, curvature };
}
