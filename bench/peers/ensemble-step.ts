import { TABLE_2 } from "../../dist/agents/defaults.js";
import { deltas, stateActions } from "../../dist/model/ensemble.js";
import { fitting } from "../ensemble-step.js";
import { type MakePeerWork, named, stacked } from "./peer-work.js";

/** Gradient steps of the check, on all of a minibatch's rows: the order in which they are drawn then does not matter. */
const CHECKED_STEPS = 5;

/** Adam steps of all members, on minibatches drawn from the buffer. */
export const ensembleStep: MakePeerWork = async (compute, { samples, gradientSteps, modelHidden }) => {
  const members = TABLE_2.ensembleSize;
  const { fitOnce, data, ensemble } = fitting(compute, { samples, modelHidden }, members, gradientSteps);
  const checked = fitting(compute, { samples: TABLE_2.batchSize, modelHidden }, members, CHECKED_STEPS);
  const { ensemble: after } = await checked.fitOnce();
  const [n, m] = [ensemble.shape.observationSize, ensemble.shape.actionSize];
  const { inputShift, inputFactor, deltaShift, deltaScale } = after.scaling;
  return {
    name: `ensemble step, ${members} × batch ${TABLE_2.batchSize}, ${modelHidden.join(" × ")}`,
    unit: "step",
    units: gradientSteps,
    peer: "ensemble_step",
    against: "torch",
    target: 1.1,
    tolerance: 1e-4,
    sizes: { hidden: modelHidden[0], batch: TABLE_2.batchSize, steps: gradientSteps, checkedSteps: CHECKED_STEPS },
    tensors: {
      inputs: named(stateActions(data), data.size, n + m),
      targets: named(deltas(data), data.size, n),
      "check.inputs": named(
        stateActions(checked.data).map((x, i) => (x - inputShift[i % (n + m)]) * inputFactor[i % (n + m)]),
        checked.data.size,
        n + m,
      ),
      "check.targets": named(
        deltas(checked.data).map((x, i) => (x - deltaShift[i % n]) / deltaScale[i % n]),
        checked.data.size,
        n,
      ),
      start: stacked(checked.ensemble.members.map(({ dynamics }) => dynamics.parameters)),
      "ours.parameters": stacked(after.members.map(({ dynamics }) => dynamics.parameters)),
    },
    run: async () => void (await fitOnce()),
  };
};
