/**
 * Claim: a Fisher-vector product is faster as a loop over chunks of 4096 rows than in one piece, because its
 * intermediates then stay in the cache. On 2 busy cores, 409,600 rows: 2 times once warm (131 against 248 ms), and
 * 20 times at the first run (2.8 s in one piece, which then takes its memory from the system).
 * Run: npx vitest bench --run bench/fisher-chunks.bench.ts, with ROWS=409600 for the hopper's data.
 */
import { afterAll, bench, describe } from "vitest";
import { jacobianVectorProducts } from "../src/compute/forward-mode.js";
import { graph } from "../src/compute/graph.js";
import type { Node } from "../src/compute/node.js";
import { add, constant, expandLike, input, loop, rows } from "../src/compute/operators.js";
import { gradients } from "../src/compute/reverse-mode.js";
import { type MlpShape, mlp, mlpTensors } from "../src/nn/mlp.js";
import { seeded } from "../src/random/rng.js";
import { tensorsFor } from "../test/support/agreement.js";
import { openTestCompute } from "../test/support/engines.js";
import { scalar } from "../test/support/interpreter.js";
import { normal } from "../test/support/programs.js";

const ROWS = Number(process.env.ROWS ?? 65_536);
const CHUNK = 4096;
const shape: MlpShape = { inputSize: 11, hidden: [32, 32], outputSize: 3, activation: "tanh" };

const parameters = mlpTensors(shape).map(({ name, shape: own }) => input(name, own));
const direction = mlpTensors(shape).map(({ name, shape: own }) => input(`along.${name}`, own));
const states = input("states", ["samples", shape.inputSize]);
const chunks = input("chunks", [], "int32");

/** Jᵀ J v of the policy's mean, summed over rows. */
const product = (x: Node): readonly Node[] => {
  const mean = mlp(shape, parameters, x);
  return gradients([mean], parameters, jacobianVectorProducts([mean], parameters, direction));
};
const named = (nodes: readonly Node[]) => Object.fromEntries(nodes.map((node, i) => [`product${i}`, node]));
const inputs = [...parameters, ...direction, states, chunks];
const zeros = parameters.map((p) => expandLike(constant(0), p));
const whole = graph("whole", inputs, named(product(states)));
const chunked = graph(
  "chunked",
  inputs,
  named(
    loop(chunks, zeros, (round, ...sums) => ({
      next: product(rows(states, round, CHUNK, "chunk")).map((part, i) => add(sums[i]!, part)),
    })).carried,
  ),
);

const rng = seeded(0);
const values = Object.fromEntries(
  inputs.map(({ attributes, shape: own }) => [
    attributes.name!,
    normal(
      own.map((d) => (typeof d === "number" ? d : ROWS)),
      rng,
    ),
  ]),
);
const feeds = tensorsFor(whole, { ...values, chunks: scalar(Math.ceil(ROWS / CHUNK)) });
const { states: data, ...rest } = feeds;

const compute = await openTestCompute();
const [inOnePiece, inChunks] = await Promise.all(
  [whole, chunked].map(async (g) => (await compute.engines[0]!.load(g)).bind({ states: data! })),
);

describe(`Fisher-vector product over ${ROWS} rows, one thread`, () => {
  bench("a loop over chunks of 4096 rows", async () => void (await inChunks!.run(rest)), {
    iterations: 5,
    time: 0,
    warmupIterations: 3,
    warmupTime: 0,
  });
  bench("in one piece", async () => void (await inOnePiece!.run(rest)), {
    iterations: 5,
    time: 0,
    warmupIterations: 3,
    warmupTime: 0,
  });
});
afterAll(() => compute.close());
