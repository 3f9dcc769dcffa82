import { TABLE_1 } from "../../dist/agents/defaults.js";
import { CUT } from "../../dist/mdp/rollouts.js";
import { generalizedAdvantages } from "../../dist/npg/advantages.js";
import { fillNormal, seeded } from "../../dist/random/rng.js";
import { type MakePeerWork, named } from "./peer-work.js";

/** Advantages and returns of trajectories that all go on to the end: the case in which time steps are whole columns. */
export const advantageEstimates: MakePeerWork = async (_, { advantages: { steps, trajectories: count } }) => {
  const rng = seeded(0);
  const size = steps * count;
  const column = (rows: number) => fillNormal(new Float64Array(rows), rng);
  const rollouts = {
    size,
    count,
    rewards: column(size),
    trajectory: Int32Array.from({ length: size }, (_, row) => row % count),
    outcomes: new Uint8Array(count).fill(CUT),
  };
  const [values, last] = [column(size), column(count)];
  const { discount, gaeLambda } = TABLE_1;
  const run = () => generalizedAdvantages(rollouts, values, last, { discount, gaeLambda });
  const ours = run();
  return {
    name: `GAE and returns, ${count} × ${steps} steps, float64`,
    unit: "batch",
    units: 1,
    peer: "advantages",
    against: "torch",
    target: 1.1,
    tolerance: 1e-12,
    sizes: { discount, gaeLambda },
    tensors: {
      rewards: named(rollouts.rewards, steps, count),
      values: named(values, steps, count),
      last: named(last, count),
      "ours.advantages": named(ours.advantages, steps, count),
      "ours.returns": named(ours.returns, steps, count),
    },
    run: async () => void run(),
  };
};
