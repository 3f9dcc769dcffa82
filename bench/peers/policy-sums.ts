import { fisherMatrix } from "../../dist/npg/fisher.js";
import { surrogateGradient } from "../../dist/npg/policy-step.js";
import { fillNormal, seeded } from "../../dist/random/rng.js";
import { shape, somePolicy, someRows, someVector } from "../fisher-product.js";
import { type MakePeerWork, named } from "./peer-work.js";

const DAMPING = 1e-4;
const common = { against: "torch", target: 1.1, tolerance: 1e-4 } as const;
const sizes = { hidden: shape.hidden[0], actions: shape.actionSize, damping: DAMPING };

/** (F + damping · 1) v over many rows. */
export const fisherProduct: MakePeerWork = async (compute, { fisherRows: rows }) => {
  const [policy, observations] = [somePolicy(), someRows(rows)];
  const fisher = await fisherMatrix(compute, policy, observations, DAMPING);
  const v = Float64Array.from(someVector());
  return {
    ...common,
    name: `Fisher product, ${rows.toLocaleString("en")} rows, ${shape.hidden.join(" × ")}`,
    unit: "product",
    units: 1,
    peer: "fisher_product",
    sizes,
    tensors: {
      policy: named(policy.parameters, policy.parameters.length),
      observations: named(observations, rows, shape.observationSize),
      vector: named(Float32Array.from(v), v.length),
      "ours.product": named(Float32Array.from(await fisher.map(v)), v.length),
    },
    run: async () => void (await fisher.map(v)),
  };
};

/** E[∇ log π(u|s) Â] over many rows; ours puts the batch on the engines each time, as a step does. */
export const policyGradient: MakePeerWork = async (compute, { gradientRows: rows }) => {
  const [policy, observations] = [somePolicy(), someRows(rows)];
  const [actions, advantages] = [shape.actionSize, 1].map((width, i) =>
    fillNormal(new Float32Array(rows * width), seeded(3).stream(i)),
  );
  const batch = { size: rows, observations, actions, advantages };
  const gradient = await surrogateGradient(compute, policy, batch, 0);
  return {
    ...common,
    name: `policy gradient, ${rows.toLocaleString("en")} rows, ${shape.hidden.join(" × ")}`,
    unit: "gradient",
    units: 1,
    peer: "policy_gradient",
    sizes,
    tensors: {
      policy: named(policy.parameters, policy.parameters.length),
      observations: named(observations, rows, shape.observationSize),
      actions: named(actions, rows, shape.actionSize),
      advantages: named(advantages, rows, 1),
      "ours.gradient": named(Float32Array.from(gradient), gradient.length),
    },
    run: async () => void (await surrogateGradient(compute, policy, batch, 0)),
  };
};
