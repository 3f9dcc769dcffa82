import type { Play } from "./game.js";
import { simultaneous } from "./simultaneous.js";

/**
 * Best Response (BR), section 4.1:
 *
 *   π_{k+1} = argmax_π J(π, M_k)                     (8)  an aggressive policy step: many NPG steps
 *   M_{k+1} = argmin_M ℓ(M, μ_W^{π_k})               (9)  an aggressive model step: many epochs on recent data
 *
 * Both right-hand sides are taken before either is assigned.
 */
export const br: Play = simultaneous;
