/**
 * Two claims on training an ensemble member (14 → 512 → 512 → 11, batch 200, Adam):
 * many gradient steps in one run beat one run a step, and members on separate workers beat one after the other.
 * Run: npx vitest bench --run bench/ensemble-step.bench.ts
 */
import { afterAll, bench, describe } from "vitest";
import type { Engine, Tensors } from "../src/compute/engine.js";
import { shareOut } from "../src/compute/share.js";
import type { MlpShape } from "../src/nn/mlp.js";
import { regression } from "../src/nn/regression.js";
import { fillNormal, seeded } from "../src/random/rng.js";
import { openTestCompute } from "../test/support/engines.js";

const SAMPLES = 2500;
const BATCH = 200;
const STEPS = 12;
const MEMBERS = 4;
const shape: MlpShape = { inputSize: 14, hidden: [512, 512], outputSize: 11, activation: "relu" };
const { graph } = regression("member", shape, { epochs: 1, batchSize: BATCH, learningRate: 1e-3, weightDecay: 0 });

const rng = seeded(0);
const lengths = (steps: number): Readonly<Record<string, number>> => ({
  samples: SAMPLES,
  draws: steps * BATCH,
  steps,
});
/** What `steps` gradient steps are fed, with small random parameters. */
function feedsFor(steps: number): Tensors {
  return Object.fromEntries(
    graph.inputs.map(({ attributes, shape: declared, dtype }) => {
      const own = declared.map((d) => (typeof d === "number" ? d : lengths(steps)[d]!));
      const size = own.reduce((product, length) => product * length, 1);
      if (dtype === "int32")
        return [
          attributes.name!,
          {
            shape: own,
            data:
              attributes.name === "steps"
                ? Int32Array.of(steps)
                : Int32Array.from({ length: size }, () => rng.integer(SAMPLES)),
          },
        ];
      const scaled = fillNormal(new Float32Array(size), rng).map((x) =>
        /second|epsilon/.test(attributes.name!) ? 1e-4 : 0.05 * x,
      );
      return [attributes.name!, { shape: own, data: scaled }];
    }),
  );
}
const [many, one] = [feedsFor(STEPS), feedsFor(1)];
const options = { iterations: 4, time: 0, warmupIterations: 1, warmupTime: 0 };
const compute = await openTestCompute({ workers: 2 });
const train = async (engine: Engine): Promise<void> => void (await (await engine.load(graph)).run(many));
const members = Array.from({ length: MEMBERS }, (_, i) => i);

describe(`${STEPS} gradient steps of one member, one thread`, () => {
  bench("in one run, as a loop", () => train(compute.engines[0]!), options);
  bench(
    "a run a step",
    async () => {
      const program = await compute.engines[0]!.load(graph);
      for (let i = 0; i < STEPS; i++) await program.run(one);
    },
    options,
  );
});

describe(`${STEPS} gradient steps of ${MEMBERS} members`, () => {
  bench("on two workers", async () => void (await shareOut(compute, members, train)), options);
  bench(
    "one after the other",
    async () => void (await shareOut({ ...compute, engines: compute.engines.slice(0, 1) }, members, train)),
    options,
  );
});
afterAll(() => compute.close());
