import type { Play } from "./game.js";
import { simultaneous } from "./simultaneous.js";

/**
 * Gradient Descent Ascent (GDA), section 4.1:
 *
 *   π_{k+1} = π_k + α_k ∇_π J(π_k, M_k)              (6)  a conservative policy step: few NPG steps
 *   M_{k+1} = M_k − β_k ∇_M ℓ(M_k, μ_W^{π_k})        (7)  a conservative model step: few epochs on all data
 *
 * Both right-hand sides are taken before either is assigned.
 */
export const gda: Play = simultaneous;
