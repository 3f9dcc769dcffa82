import { expect, test } from "vitest";
import { fisherFlops, forwardFlops, gradientFlops } from "../../bench/flops.js";
import { type Graph, graph } from "../../src/compute/graph.js";
import type { Node } from "../../src/compute/node.js";
import { input } from "../../src/compute/operators.js";
import { topological } from "../../src/compute/traversal.js";
import { layoutInputs } from "../../src/nn/layout.js";
import { type MlpShape, mlp, mlpLayout } from "../../src/nn/mlp.js";
import { regression } from "../../src/nn/regression.js";
import { fisherGraph } from "../../src/npg/fisher.js";

const ROWS = 7;
const model: MlpShape = { inputSize: 15, hidden: [32, 24], outputSize: 12, activation: "relu" };
const policy = { observationSize: 12, hidden: [16, 8], actionSize: 3 };
const policyNetwork: MlpShape = { inputSize: 12, hidden: policy.hidden, outputSize: 3, activation: "tanh" };

/** 2·m·k·n of every matrix product that a graph makes, each loop's body once; axes without a length have `ROWS`. */
function productFlops({ outputs }: Graph): number {
  const visited = new Set<Node>();
  const visit = (results: readonly Node[]): void => {
    for (const node of topological(results)) {
      if (visited.has(node)) continue;
      visited.add(node);
      const { body } = node.attributes;
      if (body !== undefined) visit([...body.next, ...body.stacked]);
    }
  };
  visit(Object.values(outputs));
  const length = (d: number | string | undefined): number => (typeof d === "number" ? d : ROWS);
  return [...visited]
    .filter(({ op }) => op === "matmul")
    .map(({ inputs: [left], attributes, shape }) => {
      const inner = left.shape.at(attributes.transposeA === true ? -2 : -1);
      return 2 * length(inner) * shape.reduce<number>((product, d) => product * length(d), 1);
    })
    .reduce((a, b) => a + b, 0);
}

test("a forward pass makes as many products as its graph", () => {
  const x = input("x", ["rows", model.inputSize]);
  const parameters = layoutInputs(mlpLayout(model), "parameter");
  const forward = graph("forward", [...parameters, x], { y: mlp(model, parameters, x) });
  expect(forwardFlops(model, ROWS)).toBe(productFlops(forward));
});

test("a training step makes as many products as a round of the fit's loop", () => {
  const settings = { epochs: 1, batchSize: ROWS, learningRate: 1e-3, weightDecay: 0 };
  expect(gradientFlops(model, ROWS)).toBe(productFlops(regression("fit", model, settings).graph));
});

test("a Fisher-vector product makes as many products as a round of its loop", () => {
  expect(fisherFlops(policyNetwork, ROWS)).toBe(productFlops(fisherGraph(policy)));
});
