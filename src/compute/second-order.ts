import { jacobianVectorProducts } from "./forward-mode.js";
import type { Node } from "./node.js";
import { gradients } from "./reverse-mode.js";

/**
 * Products with second derivatives of a scalar, as new nodes (forward over reverse): for each x of `xs`,
 * Σⱼ (∂²loss / ∂x ∂yⱼ) · vectorⱼ, in x's shape. Neither block of the Hessian is ever built; the price is about that of
 * two gradients.
 *
 * @param vectors one per y, of its shape
 * @throws {ComputeError} where the way leads through an operator without a derivative
 */
export function secondDerivativeProducts(
  loss: Node,
  xs: readonly Node[],
  ys: readonly Node[],
  vectors: readonly Node[],
): readonly Node[] {
  return jacobianVectorProducts(gradients([loss], xs), ys, vectors);
}

/** Hessian–vector products: (∂²loss / ∂x ∂xᵀ) · vector for all of `xs` together. */
export const hessianVectorProducts = (loss: Node, xs: readonly Node[], vectors: readonly Node[]): readonly Node[] =>
  secondDerivativeProducts(loss, xs, xs, vectors);
