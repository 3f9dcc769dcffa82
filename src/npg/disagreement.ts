import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, input, mul, sqrt, square, sub, sum } from "../compute/operators.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import { joined, type Rollouts } from "../mdp/rollouts.js";
import type { Space } from "../mdp/task.js";
import { type Ensemble, type ModelShape, modelNodes, modelTensors } from "../model/ensemble.js";

const graphs = new Map<string, Graph>();

const prefixOf = (member: number) => `member${member}`;

function disagreementGraph(shape: ModelShape, members: number): Graph {
  const key = JSON.stringify([shape, members]);
  const known = graphs.get(key);
  if (known !== undefined) return known;
  const observations = input("observations", ["rows", shape.observationSize]);
  const actions = input("actions", ["rows", shape.actionSize]);
  const weights = input("weights", [shape.observationSize]);
  const models = Array.from({ length: members }, (_, member) => modelNodes(shape, prefixOf(member)));
  const changes = models.map((model) => model.change(observations, actions));
  const mean = mul(
    changes.reduce((a, b) => add(a, b)),
    1 / members,
  );
  const squares = changes.map((change) => square(sub(change, mean))).reduce((a, b) => add(a, b));
  const built = graph("disagreement", [...models.flatMap(({ inputs }) => inputs), observations, actions, weights], {
    disagreement: sqrt(sum(mul(squares, weights), [1])),
  });
  graphs.set(key, built);
  return built;
}

/** Rows a run takes at once: intermediates of four members of 512 units stay in cache. */
const CHUNK = 512;

/**
 * The members' disagreement about what an action does: the root mean square, over entries of the observation that
 * change, of the standard deviation over members of the predicted change in units of σ_Δ,
 *
 *   d(s, a) = √( 1/n Σ_i Var_j [MLP_φj(s, a)]_i )
 *
 * 0 where all members say the same; 1 where they are as far apart as changes are in the data.
 *
 * @param every looks at the first step of rollouts and at each `every`th from there, and holds d between: step t has that of
 *   step ⌊t / every⌋ · every of the same trajectory. Every look costs what the step cost in all members together
 * @returns d of each row of the rollouts, [size]
 */
export async function disagreementOf(
  engine: Engine,
  ensemble: Ensemble,
  action: Space,
  { size, count, stepStarts, trajectory, observations, actions }: Rollouts,
  every: number,
): Promise<Float64Array> {
  const { shape, scaling, members } = ensemble;
  const [n, m] = [shape.observationSize, shape.actionSize];
  const looks = stepStarts.slice(0, -1).flatMap((from, t) => (t % every === 0 ? [[from, stepStarts[t + 1]!]] : []));
  const seen = (table: Float32Array, width: number) =>
    joined(looks.map(([from, to]) => table.subarray(from! * width, to! * width)));
  const states = seen(observations, n);
  const executed = executedActions(actionBox(action), seen(actions, m));
  const changing = scaling.deltaScale.filter((scale) => scale !== 0).length;
  const program = await (await engine.load(disagreementGraph(shape, members.length))).bind({
    ...Object.assign({}, ...members.map((member, j) => modelTensors(ensemble, member, prefixOf(j)))),
    weights: {
      shape: [n],
      data: scaling.deltaScale.map((scale) => (scale === 0 ? 0 : 1 / (changing * members.length))),
    },
  });
  const values = new Float64Array(states.length / n);
  try {
    for (let start = 0; start < values.length; start += CHUNK) {
      const end = Math.min(start + CHUNK, values.length);
      const results = await program.run({
        observations: { shape: [end - start, n], data: states.subarray(start * n, end * n) },
        actions: { shape: [end - start, m], data: executed.subarray(start * m, end * m) },
      });
      values.set(results.disagreement!.data as Float32Array, start);
    }
  } finally {
    await program.release();
  }
  const held = new Float64Array(count);
  let look = 0;
  const all = new Float64Array(size);
  for (let t = 0; t + 1 < stepStarts.length; t++) {
    for (let row = stepStarts[t]!; row < stepStarts[t + 1]!; row++) {
      if (t % every === 0) held[trajectory[row]!] = values[look++]!;
      all[row] = held[trajectory[row]!]!;
    }
  }
  return all;
}
