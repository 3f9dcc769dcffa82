import { cached } from "../compute/cached.js";
import type { Compute, Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { add, input, mean, mul, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite, takeRows } from "../math/vector.js";
import type { Space } from "../mdp/task.js";
import { type Descent, descend, descent } from "../nn/descent.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import type { Learner, RegressionData } from "../nn/regression.js";
import { permutation, type Rng } from "../random/rng.js";
import { type ModelData, type ModelScaling, modelScaling } from "./ensemble.js";
import { gaussianData } from "./fit-gaussian.js";
import type { GaussianEnsemble } from "./gaussian-ensemble.js";
import { gaussianLoss } from "./gaussian-loss.js";
import { boundsPenalty, type GaussianShape, gaussianLayout, outputSize, predicted } from "./gaussian-network.js";

/** An ensemble of which the best are shown. */
export interface EliteEnsemble extends GaussianEnsemble {
  /** Numbers of the members with the least holdout errors, best first. */
  readonly elites: readonly number[];
}

/** How such an ensemble is fitted; names as in the settings. */
export interface EliteFitSettings {
  readonly elites: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** λ_l: ½ λ_l ‖W_l‖² is added to the loss, layer by layer. */
  readonly weightDecay: readonly number[];
  readonly holdoutShare: number;
  readonly maxHoldout: number;
  /** Epochs without a member that improves before a fit ends. */
  readonly patience: number;
  readonly maxEpochs: number;
}

/** A member improves where its holdout error falls by more than this share. */
const IMPROVEMENT = 0.01;

/**
 * The loss of one member (Janner et al. 2019, appendix):
 *
 *   E[(y − mean)² e^{−v} + v] + 0.01 Σ (v_max − v_min) + Σ_l ½ λ_l ‖W_l‖²,   v = log σ²
 */
export function eliteLoss(
  shape: GaussianShape,
  parameters: readonly Node[],
  inputs: Node,
  targets: Node,
  weights: Node,
  weightDecay: readonly number[],
): Node {
  const likelihood = gaussianLoss(predicted(shape, parameters, inputs), targets, weights, {
    loss: "gaussian",
    huberThreshold: 1,
  });
  return weightDecay
    .map((weight, layer) => mul(sum(square(parameters[2 * layer])), weight / 2))
    .reduce(add, add(mul(likelihood, 2), boundsPenalty(parameters)));
}

const eliteDescent = (shape: GaussianShape, { batchSize, weightDecay }: EliteFitSettings): Descent =>
  cached(["fit elites", shape, batchSize, weightDecay], () =>
    descent("fit elites", {
      layout: gaussianLayout(shape),
      inputSize: shape.observationSize + shape.actionSize,
      targetSize: outputSize(shape),
      batchSize,
      loss: (parameters, inputs, targets, weights) =>
        eliteLoss(shape, parameters, inputs, targets, weights, weightDecay),
      decay: { kind: "none" },
    }),
  );

/** Mean squared error of a member's mean. */
const errorGraph = (shape: GaussianShape): Graph =>
  cached(["holdout error", shape], () => {
    const parameters = layoutInputs(gaussianLayout(shape), "member");
    const inputs = input("inputs", ["rows", shape.observationSize + shape.actionSize]);
    const targets = input("targets", ["rows", outputSize(shape)]);
    const weights = input("weights", [outputSize(shape)]);
    const errors = mul(square(sub(predicted(shape, parameters, inputs).mean, targets)), weights);
    return graph("holdout error", [...parameters, inputs, targets, weights], { error: mean(errors) });
  });

async function holdoutError(
  engine: Engine,
  shape: GaussianShape,
  { parameters }: Learner,
  { samples, inputs, targets, weights }: RegressionData,
): Promise<number> {
  const program = await engine.load(errorGraph(shape));
  const { error } = await program.run({
    ...unflatten(gaussianLayout(shape), "member", parameters),
    inputs: { shape: [samples, inputs.length / samples], data: inputs },
    targets: { shape: [samples, targets.length / samples], data: targets },
    weights: { shape: [weights.length], data: weights },
  });
  return error.data[0];
}

/** Rows of a problem by number. */
function rowsOf({ inputs, targets, samples, weights }: RegressionData, rows: Int32Array): RegressionData {
  const take = (table: Float32Array) => takeRows(table, table.length / samples, rows);
  return { samples: rows.length, inputs: take(inputs), targets: take(targets), weights };
}

/** The normalisation: inputs standardised by the rows that are trained on, changes and rewards as they are. */
export function eliteScaling(data: ModelData, space: Space): ModelScaling {
  const own = modelScaling(data, space, { scale: "std", centerDelta: false });
  return {
    ...own,
    deltaShift: new Float32Array(space.size),
    deltaScale: own.deltaScale.map((scale) => (scale === 0 ? 0 : 1)),
    low: Float32Array.from(space.low),
    high: Float32Array.from(space.high),
    rewardShift: 0,
    rewardScale: 1,
  };
}

/** A member under way: where it is, and where it was best. */
interface Candidate {
  readonly now: Learner;
  readonly best: Learner;
  readonly error: number;
  readonly loss: number;
}

/**
 * A fit with early stopping (Janner et al. 2019): a fresh split of the data; each member on its own bootstrap of the rest,
 * epoch by epoch, until no member's holdout error has improved for `patience` epochs; then each goes back to its best.
 * Adam's moments stay those of the last step, as with the authors. Draws from rng.
 *
 * @throws {DivergenceError} where a loss or weight is no longer finite
 */
export async function fitElites(
  compute: Compute,
  ensemble: EliteEnsemble,
  data: ModelData,
  space: Space,
  settings: EliteFitSettings,
  rng: Rng,
  onEpoch?: (done: number, total: number) => void,
): Promise<{ readonly ensemble: EliteEnsemble; readonly loss: number; readonly steps: number }> {
  const { shape } = ensemble;
  const order = permutation(data.size, rng.stream("split"));
  const held = Math.max(1, Math.min(Math.floor(settings.holdoutShare * data.size), settings.maxHoldout));
  const kept = order.slice(held).sort();
  const scaling = eliteScaling(modelRows(data, kept), space);
  const problem = gaussianData(data, scaling, shape);
  const [holdout, training] = [rowsOf(problem, order.slice(0, held)), rowsOf(problem, kept)];
  const fit = eliteDescent(shape, settings);
  const rate = { from: settings.learningRate, to: settings.learningRate };
  const bootstraps = ensemble.members.map((_, i) => {
    const own = rng.stream("bootstrap", i);
    return Int32Array.from({ length: training.samples }, () => own.integer(training.samples));
  });
  const perEpoch = Math.ceil(training.samples / settings.batchSize);
  let members: readonly Candidate[] = await shareOut(compute, ensemble.members, async (engine, member) => ({
    now: member,
    best: member,
    error: await holdoutError(engine, shape, member, holdout),
    loss: Number.NaN,
  }));
  let [epoch, since] = [0, 0];
  while (epoch < settings.maxEpochs && since <= settings.patience) {
    const draws = rng.stream("epoch", epoch);
    const moved = await shareOut(compute, members, async (engine, before, i): Promise<Candidate> => {
      const shuffled = permutation(training.samples, draws.stream(i)).map((place) => bootstraps[i][place]);
      const { learner, losses } = await descend(engine, fit, before.now, training, shuffled, rate);
      const error = await holdoutError(engine, shape, learner, holdout);
      const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
      if (!Number.isFinite(error) || !Number.isFinite(loss) || !allFinite(learner.parameters)) {
        throw new DivergenceError(
          `model player, member ${i}`,
          `the fit's loss is ${loss} after ${epoch + 1} epochs`,
          "Lower elites.learningRate, or look for outliers in the task's observations",
        );
      }
      const improved = before.error - error > IMPROVEMENT * before.error;
      return {
        now: learner,
        loss,
        ...(improved ? { best: learner, error } : { best: before.best, error: before.error }),
      };
    });
    const anybody = moved.some(({ best }, i) => best !== members[i].best);
    members = moved;
    since = anybody ? 0 : since + 1;
    epoch++;
    onEpoch?.(since, settings.patience + 1);
  }
  const ranked = members.map(({ error }, i) => ({ error, i })).sort((a, b) => a.error - b.error || a.i - b.i);
  return {
    ensemble: {
      ...ensemble,
      scaling,
      members: members.map(({ best, now }) => ({ parameters: best.parameters, adam: now.adam })),
      elites: ranked.slice(0, settings.elites).map(({ i }) => i),
    },
    loss: members.reduce((total, { loss }) => total + loss, 0) / members.length,
    steps: epoch * perEpoch,
  };
}

/** Rows of a data set by number. */
function modelRows(data: ModelData, rows: Int32Array): ModelData {
  const take = (table: Float32Array) => takeRows(table, table.length / data.size, rows);
  const { observations, actions, next, rewards } = data;
  return {
    size: rows.length,
    observations: take(observations),
    actions: take(actions),
    next: take(next),
    rewards: take(rewards),
  };
}
