import { TABLE_1 } from "../../dist/agents/defaults.js";
import { fitValue, initialValue } from "../../dist/policy/value.js";
import { fillNormal, seeded } from "../../dist/random/rng.js";
import { type MakePeerWork, named } from "./peer-work.js";

const SETTINGS = { epochs: 1, batchSize: 128, learningRate: 1e-3, weightDecay: 1e-3 } as const;
const WIDTH = 12;
/** Gradient steps of the check, all on the same rows. */
const CHECKED_STEPS = 5;

/** V_ψ fitted to returns for an epoch of minibatches; on one engine. */
export const valueFit: MakePeerWork = async (compute, { valueRows: rows }) => {
  const rng = seeded(0);
  const inputs = { shift: new Float32Array(WIDTH), factor: new Float32Array(WIDTH).fill(1) };
  const value = initialValue(WIDTH, TABLE_1.valueHidden, inputs, 1, rng.stream("value"));
  const observations = fillNormal(new Float32Array(rows * WIDTH), rng);
  const returns = fillNormal(new Float64Array(rows), rng);
  const few = SETTINGS.batchSize;
  const { learner } = await fitValue(
    compute.engines[0],
    value,
    observations.slice(0, few * WIDTH),
    returns.slice(0, few),
    { ...SETTINGS, epochs: CHECKED_STEPS },
    rng,
  );
  const { parameters } = value.learner;
  return {
    name: `value fit, ${rows.toLocaleString("en")} rows, batch ${few}, ${TABLE_1.valueHidden.join(" × ")}`,
    unit: "fit",
    units: 1,
    peer: "value_fit",
    against: "torch",
    target: 1.1,
    tolerance: 1e-4,
    sizes: { hidden: TABLE_1.valueHidden[0], batch: few, checkedSteps: CHECKED_STEPS },
    tensors: {
      start: named(parameters, parameters.length),
      observations: named(observations, rows, WIDTH),
      returns: named(Float32Array.from(returns), rows),
      "ours.parameters": named(learner.parameters, parameters.length),
    },
    run: async () => void (await fitValue(compute.engines[0], value, observations, returns, SETTINGS, rng)),
  };
};
