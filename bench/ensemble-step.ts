/**
 * Claims: a gradient step of the whole ensemble (Table 2: 4 members, 512 × 512, batch 200, Adam), members trained in
 * parallel, takes at most 1.5 times the time of its matrix products; and many steps in one run beat a run a step.
 */
import { TABLE_2 } from "../dist/agents/defaults.js";
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { dynamicsNetwork, initialEnsemble, type ModelData } from "../dist/model/ensemble.js";
import { type FitSettings, fitEnsemble } from "../dist/model/fit-ensemble.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { FloorClaim, Scale, SideBySide } from "./claim.js";
import { gradientFlops } from "./flops.js";
import type { Work } from "./timing.js";

const task = createTask("hopper");

/** A fit of some gradient steps, and what goes into it. */
export function fitting(
  compute: Compute,
  { samples, modelHidden }: Pick<Scale, "samples" | "modelHidden">,
  members: number,
  steps: number,
) {
  const [n, m] = [task.observation.size, task.action.size];
  const rng = seeded(0);
  const random = (width: number) => fillNormal(new Float32Array(samples * width), rng);
  const data: ModelData = {
    size: samples,
    observations: random(n),
    actions: random(m),
    next: random(n),
    rewards: random(1),
  };
  const shape = { observationSize: n, actionSize: m, hidden: modelHidden, rewardHidden: null };
  const settings: FitSettings = {
    epochs: 1,
    batchSize: TABLE_2.batchSize,
    learningRate: 1e-3,
    minGradientSteps: steps,
    maxGradientSteps: steps,
    loss: "normalized",
    centerDelta: false,
    scale: "std",
    bootstrap: false,
    warmStart: true,
  };
  const ensemble = initialEnsemble(shape, members, rng.stream("ensemble"));
  const fitOnce = () => fitEnsemble(compute, ensemble, data, task.observation, settings, rng);
  return { fitOnce, network: dynamicsNetwork(shape), ensemble, data };
}

export async function ensembleStep(compute: Compute, scale: Scale): Promise<FloorClaim> {
  const { fitOnce, network } = fitting(compute, scale, TABLE_2.ensembleSize, scale.gradientSteps);
  return {
    name: `ensemble training step, ${TABLE_2.ensembleSize} × batch ${TABLE_2.batchSize}`,
    unit: "step",
    units: scale.gradientSteps,
    flops: gradientFlops(network, TABLE_2.batchSize) * TABLE_2.ensembleSize * scale.gradientSteps,
    target: 1.5,
    run: async () => void (await fitOnce()),
  };
}

/** One member on one engine. */
export async function stepsInOneRun(compute: Compute, scale: Scale): Promise<SideBySide> {
  const alone = { ...compute, engines: compute.engines.slice(0, 1) };
  const steps = scale.gradientSteps;
  const many = fitting(alone, scale, 1, steps).fitOnce;
  const one = fitting(alone, scale, 1, 1).fitOnce;
  const other: Work = {
    name: "a run a step",
    run: async () => {
      for (let i = 0; i < steps; i++) await one();
    },
  };
  return {
    ours: { name: `${steps} gradient steps of one member in one run`, run: async () => void (await many()) },
    other,
  };
}
