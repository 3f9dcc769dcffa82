/**
 * Claims: a Fisher-vector product over 409,600 rows (a policy of 64 × 64) takes at most twice the time of its matrix
 * products; and a loop over chunks of rows, whose intermediates stay in the cache, beats one piece.
 */
import { TABLE_1 } from "../dist/agents/defaults.js";
import type { Compute } from "../dist/compute/engine.js";
import { jacobianVectorProducts } from "../dist/compute/forward-mode.js";
import { graph } from "../dist/compute/graph.js";
import { exp, input, mul } from "../dist/compute/operators.js";
import { gradients } from "../dist/compute/reverse-mode.js";
import { createTask } from "../dist/envs/index.js";
import { layoutInputs, layoutOutputs, unflatten } from "../dist/nn/layout.js";
import { fisherMatrix } from "../dist/npg/fisher.js";
import {
  type GaussianPolicy,
  initialPolicy,
  policyLayout,
  policyNodes,
  policyTensors,
} from "../dist/policy/gaussian-policy.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { FloorClaim, Scale, SideBySide } from "./claim.js";
import { fisherFlops } from "./flops.js";

const { observation, action } = createTask("hopper");
const n = observation.size;
/** Sizes of the hopper's policy. */
export const shape = { observationSize: n, hidden: TABLE_1.policyHidden, actionSize: action.size };

export function somePolicy(): GaussianPolicy {
  const inputs = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
  return initialPolicy(shape, inputs, TABLE_1.initialLogStd, seeded(0));
}

export const someRows = (rows: number) => fillNormal(new Float32Array(rows * n), seeded(1));
export const someVector = () => fillNormal(new Float32Array(policyLayout(shape).size), seeded(2));

export async function fisherProduct(compute: Compute, { fisherRows: rows }: Scale): Promise<FloorClaim> {
  const fisher = await fisherMatrix(compute, somePolicy(), someRows(rows), 1e-4);
  const v = Float64Array.from(someVector());
  const network = { inputSize: n, hidden: shape.hidden, outputSize: action.size, activation: "tanh" } as const;
  return {
    name: `Fisher-vector product, ${rows.toLocaleString("en")} rows`,
    unit: "product",
    units: 1,
    flops: fisherFlops(network, rows),
    target: 2,
    run: async () => void (await fisher.map(v)),
  };
}

/** One engine, a sixth of the rows: in one piece, all of them would take gigabytes. */
export async function chunksOfRows(compute: Compute, { fisherRows }: Scale): Promise<SideBySide> {
  const alone = { ...compute, engines: compute.engines.slice(0, 1) };
  const rows = Math.ceil(fisherRows / 6);
  const [policy, data, v] = [somePolicy(), someRows(rows), someVector()];
  const fisher = await fisherMatrix(alone, policy, data, 0);

  const nodes = policyNodes(shape);
  const vector = layoutInputs(policyLayout(shape), "vector");
  const observations = input("observations", ["rows", n]);
  const mean = nodes.mean(observations);
  const [tangent] = jacobianVectorProducts([mean], nodes.parameters, vector);
  const back = gradients([mean], nodes.parameters, [mul(tangent, exp(mul(nodes.logStd, -2)))]);
  const whole = graph(
    "fisher in one piece",
    [...nodes.inputs, ...vector, observations],
    layoutOutputs(policyLayout(shape), "product", back),
  );
  const program = await (await alone.engines[0].load(whole)).bind({
    ...policyTensors(policy),
    observations: { shape: [rows, n], data },
  });
  return {
    ours: {
      name: `Fisher-vector product, ${rows.toLocaleString("en")} rows, in chunks`,
      run: async () => void (await fisher.map(Float64Array.from(v))),
    },
    other: {
      name: "in one piece",
      run: async () => void (await program.run(unflatten(policyLayout(shape), "vector", v))),
    },
  };
}
