import { describe, expect, test } from "vitest";
import { input, mul, sum } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout } from "../../src/nn/mlp.js";
import { scalarMlp } from "../../src/nn/scalar-mlp.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { evaluate, feedsOf, value } from "../support/interpreter.js";
import { normals } from "../support/some-policy.js";

const ROWS = 5;
const shapes: readonly (MlpShape & { readonly name: string })[] = (
  [
    ["tanh", [4, 3], false],
    ["silu", [4, 3], true],
    ["relu", [6], false],
    ["silu", [], false],
  ] as const
).map(([activation, hidden, layerNorm]) => ({
  name: `${activation}, ${hidden.length} hidden layers${layerNorm ? ", normalised" : ""}`,
  inputSize: 3,
  hidden,
  outputSize: 1,
  activation,
  layerNorm,
}));

describe.each(shapes)("one way back for all losses: $name", (shape) => {
  const nodes = layoutInputs(mlpLayout(shape), "p");
  const [x, g] = [input("x", [ROWS, 3]), input("g", [ROWS, 1])];
  const network = scalarMlp(shape, nodes, x);
  const feeds = feedsOf([...nodes, x, g], {
    ...valuesOf(unflatten(mlpLayout(shape), "p", initialMlp(shape, seeded(1)))),
    x: value([ROWS, 3], normals(ROWS * 3, 2)),
    g: value([ROWS, 1], normals(ROWS, 3)),
  });
  const numbers = (...asked: Parameters<typeof evaluate>[0]) =>
    evaluate(asked, feeds).map(({ shape: axes, data }) => ({ axes, data: [...data] }));
  const near = (all: ReturnType<typeof numbers>) =>
    all.map(({ axes, data }) => ({ axes, data: data.map((y) => expect.closeTo(y, 10)) }));

  test("output and slopes are the network's", () => {
    const y = mlp(shape, nodes, x);
    expect(numbers(network.output, network.slope)).toEqual(near(numbers(y, ...gradients([sum(y)], [x]))));
  });

  test("the gradient of rows that weigh differently is that of their weighted sum", () => {
    const expected = gradients([sum(mul(mlp(shape, nodes, x), g))], nodes);
    expect(numbers(...network.gradient(g))).toEqual(near(numbers(...expected)));
  });
});
