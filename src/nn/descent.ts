import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  add,
  div,
  gatherRows,
  input,
  loop,
  maximum,
  minimum,
  mul,
  reshape,
  rows,
  sqrt,
  square,
  sum,
} from "../compute/operators.js";
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
  /** What the loss takes beside the data, the same for all rows; absent: nothing. */
  readonly context?: Layout;
  /** Gradients longer than this, over all parameters together, are brought to this length; absent: none is. */
  readonly clipNorm?: number;
  /**
   * A scalar.
   *
   * @param parameters as the layout orders them
   * @param weights of the entries of a target, [target size]
   * @param context as its layout orders it
   */
  loss(parameters: readonly Node[], inputs: Node, targets: Node, weights: Node, context: readonly Node[]): Node;
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
/** Squares of lengths below this count as this: a gradient of 0 is not divided by. */
const LEAST_SQUARE = 1e-30;

/** Graph of a loop over minibatches: loss, gradients, and an Adam step. Inputs: parameters, moments, the data, and which rows each step takes. */
export function descent(name: string, objective: Objective): Descent {
  const { layout, decay, context, clipNorm } = objective;
  const beside = context === undefined ? [] : layoutInputs(context, "context");
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
    const loss = objective.loss(present, gatherRows(inputs, batch), gatherRows(targets, batch), weights, beside);
    const at = (values: typeof rates) => reshape(rows(values, round, 1, "step"), []);
    const [rate, epsilon, share] = [at(rates), at(epsilons), decays && at(decays)];
    const penalized = gradients([loss], present).map((gradient, i) =>
      decay.kind === "penalty" ? add(gradient, mul(present[i], decay.weight)) : gradient,
    );
    const updated = (clipNorm === undefined ? penalized : clipped(penalized, clipNorm)).map((gradient, i) => {
      const parameter = present[i];
      const decayed = decay.kind === "decoupled" && decay.of(layout.tensors[i].name) ? share : undefined;
      return adamStep({ parameter, gradient, first: state[n + i], second: state[2 * n + i] }, rate, epsilon, decayed);
    });
    const next = [...updated.map((u) => u.parameter), ...updated.map((u) => u.first), ...updated.map((u) => u.second)];
    return { next, stacked: [loss] };
  });
  const schedule = [rates, epsilons, ...(decays === undefined ? [] : [decays])];
  return {
    objective,
    graph: graph(
      name,
      [...parameters, ...firsts, ...seconds, inputs, targets, weights, ...beside, order, ...schedule, steps],
      {
        ...layoutOutputs(layout, "newParameter", carried.slice(0, n)),
        ...layoutOutputs(layout, "newFirst", carried.slice(n, 2 * n)),
        ...layoutOutputs(layout, "newSecond", carried.slice(2 * n)),
        losses: stacked[0],
      },
    ),
  };
}

/** Gradients, together no longer than `most`. */
function clipped(gradients: readonly Node[], most: number): readonly Node[] {
  const squares = gradients.map((gradient) => sum(square(gradient))).reduce(add);
  const factor = minimum(div(most, sqrt(maximum(squares, LEAST_SQUARE))), 1);
  return gradients.map((gradient) => mul(gradient, factor));
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
  data: RegressionData & { readonly context?: Float32Array },
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
    ...(objective.context !== undefined && unflatten(objective.context, "context", data.context!)),
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
