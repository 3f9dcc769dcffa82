import { npgStep } from "../../npg/npg-step.js";
import { gaussianKind } from "./gaussian.js";
import { STATELESS } from "./stepping-part.js";

/** The paper's policy player: normalised natural policy gradient on rollouts in the model (Subroutine 1, Table 1). */
export const npgKind = gaussianKind<undefined, Record<never, never>>({
  title: "natural policy gradient on imagined rollouts",
  groups: {},
  paper: () => ({}),
  step: ({ npg, policy }) => npgStep({ ...npg, minLogStd: policy.minLogStd }),
  ...STATELESS,
});
