import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { add, gatherRows, input, loop, mul, reshape, rows } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { adamSchedule, adamStep } from "./adam.js";
import { flatten, type Layout, layoutInputs, layoutOutputs, unflatten } from "./layout.js";
import type { Learner, RegressionData } from "./regression.js";

/** What is fitted by minibatch Adam: parameters, and the loss of a minibatch. */
export interface Objective {
  readonly layout: Layout;
  readonly inputSize: number;
  readonly targetSize: number;
  readonly batchSize: number;
  /**
   * A scalar.
   *
   * @param parameters as the layout orders them
   * @param weights of the entries of a target, [target size]
   */
  loss(parameters: readonly Node[], inputs: Node, targets: Node, weights: Node): Node;
  readonly decay:
    | { readonly kind: "none" }
    /** The gradient of an L2 penalty, which Adam then scales: `weight` · parameter. */
    | { readonly kind: "penalty"; readonly weight: number }
    /** Beside Adam's step, in proportion to the step size alone (AdamW); of the tensors that `of` names. */
    | { readonly kind: "decoupled"; readonly weight: number; of(name: string): boolean };
}

/** An objective with its graph, which runs many gradient steps as a loop. */
export interface Descent {
  readonly objective: Objective;
  readonly graph: Graph;
}

/** Gradient steps in one run: long enough that copying the state does not count, short enough to hear of progress. */
const STEPS_PER_RUN = 128;

/** Graph of a loop over minibatches: loss, gradients, and an Adam step. Inputs: parameters, moments, the data, and which rows each step takes. */
export function descent(name: string, objective: Objective): Descent {
  const { layout, decay } = objective;
  const parameters = layoutInputs(layout, "parameter");
  const firsts = layoutInputs(layout, "first");
  const seconds = layoutInputs(layout, "second");
  const inputs = input("inputs", ["samples", objective.inputSize]);
  const targets = input("targets", ["samples", objective.targetSize]);
  const weights = input("weights", [objective.targetSize]);
  const order = input("order", ["draws"], "int32");
  const rates = input("rates", ["steps"]);
  const epsilons = input("epsilons", ["steps"]);
  const decays = decay.kind === "decoupled" ? input("decays", ["steps"]) : undefined;
  const steps = input("steps", [], "int32");
  const n = parameters.length;
  const { carried, stacked } = loop(steps, [...parameters, ...firsts, ...seconds], (round, ...state) => {
    const present = state.slice(0, n);
    const batch = rows(order, round, objective.batchSize, "minibatch");
    const loss = objective.loss(present, gatherRows(inputs, batch), gatherRows(targets, batch), weights);
    const at = (values: typeof rates) => reshape(rows(values, round, 1, "step"), []);
    const [rate, epsilon, share] = [at(rates), at(epsilons), decays && at(decays)];
    const updated = gradients([loss], present).map((gradient, i) => {
      const parameter = present[i];
      const penalized = decay.kind === "penalty" ? add(gradient, mul(parameter, decay.weight)) : gradient;
      const decayed = decay.kind === "decoupled" && decay.of(layout.tensors[i].name) ? share : undefined;
      return adamStep(
        { parameter, gradient: penalized, first: state[n + i], second: state[2 * n + i] },
        rate,
        epsilon,
        decayed,
      );
    });
    const next = [...updated.map((u) => u.parameter), ...updated.map((u) => u.first), ...updated.map((u) => u.second)];
    return { next, stacked: [loss] };
  });
  const schedule = [rates, epsilons, ...(decays === undefined ? [] : [decays])];
  return {
    objective,
    graph: graph(name, [...parameters, ...firsts, ...seconds, inputs, targets, weights, order, ...schedule, steps], {
      ...layoutOutputs(layout, "newParameter", carried.slice(0, n)),
      ...layoutOutputs(layout, "newFirst", carried.slice(n, 2 * n)),
      ...layoutOutputs(layout, "newSecond", carried.slice(2 * n)),
      losses: stacked[0],
    }),
  };
}

/**
 * Goes down from `start`, which stays as it is.
 *
 * @param order rows of the data that the steps take, `batchSize` each (fewer in the last)
 * @param rate step size of the first step and of the last; a straight line between
 * @param onSteps hears how many gradient steps are done
 * @returns the learner, and the loss of each minibatch
 */
export async function descend(
  engine: Engine,
  { objective, graph: descentGraph }: Descent,
  start: Learner,
  data: RegressionData,
  order: Int32Array,
  rate: { readonly from: number; readonly to: number },
  onSteps?: (done: number) => void,
): Promise<{ readonly learner: Learner; readonly losses: readonly number[] }> {
  const { layout, batchSize, inputSize, targetSize, decay } = objective;
  const total = Math.ceil(order.length / batchSize);
  const { rates, epsilons, stepSizes } = adamSchedule(start.adam, rate.from, total, rate.to);
  const program = await (await engine.load(descentGraph)).bind({
    inputs: { shape: [data.samples, inputSize], data: data.inputs },
    targets: { shape: [data.samples, targetSize], data: data.targets },
    weights: { shape: [targetSize], data: data.weights },
  });
  let { parameters, adam } = start;
  const losses: number[] = [];
  try {
    for (let done = 0; done < total; done += STEPS_PER_RUN) {
      const steps = Math.min(STEPS_PER_RUN, total - done);
      const draws = order.subarray(done * batchSize, (done + steps) * batchSize);
      const part = (values: Float32Array) => ({ shape: [steps], data: values.subarray(done, done + steps) });
      const results = await program.run({
        ...unflatten(layout, "parameter", parameters),
        ...unflatten(layout, "first", adam.first),
        ...unflatten(layout, "second", adam.second),
        order: { shape: [draws.length], data: draws },
        rates: part(rates),
        epsilons: part(epsilons),
        ...(decay.kind === "decoupled" && { decays: part(stepSizes.map((size) => size * decay.weight)) }),
        steps: { shape: [], data: Int32Array.of(steps) },
      });
      parameters = flatten(layout, "newParameter", results);
      adam = {
        first: flatten(layout, "newFirst", results),
        second: flatten(layout, "newSecond", results),
        steps: adam.steps + steps,
      };
      losses.push(...(results.losses.data as Float32Array));
      onSteps?.(done + steps);
    }
  } finally {
    await program.release();
  }
  return { learner: { parameters, adam }, losses };
}
