import { cached } from "../compute/cached.js";
import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, input, mul, sqrt, square, sub, sum } from "../compute/operators.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import type { DynamicsNet, Model } from "../mdp/parametric.js";
import { joined, type Rollouts } from "../mdp/rollouts.js";
import type { Space } from "../mdp/task.js";

const prefixOf = (member: number) => `member${member}`;

const disagreementGraph = (members: readonly DynamicsNet[], n: number, m: number): Graph =>
  cached(["disagreement", members.map(({ key }) => key), n, m], () => {
    const observations = input("observations", ["rows", n]);
    const actions = input("actions", ["rows", m]);
    const weights = input("weights", [n]);
    const nodes = members.map((member, i) => member.nodes(prefixOf(i)));
    const changes = nodes.map((model) => model.change(observations, actions));
    const mean = mul(
      changes.reduce((a, b) => add(a, b)),
      1 / members.length,
    );
    const squares = changes.map((change) => square(sub(change, mean))).reduce((a, b) => add(a, b));
    return graph("disagreement", [...nodes.flatMap(({ inputs }) => inputs), observations, actions, weights], {
      disagreement: sqrt(sum(mul(squares, weights), [1])),
    });
  });

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
  { members, deltaScale }: Model,
  action: Space,
  { size, count, stepStarts, trajectory, observations, actions }: Rollouts,
  every: number,
): Promise<Float64Array> {
  const [n, m] = [deltaScale.length, action.size];
  const looks = stepStarts.slice(0, -1).flatMap((from, t) => (t % every === 0 ? [[from, stepStarts[t + 1]]] : []));
  const seen = (table: Float32Array, width: number) =>
    joined(looks.map(([from, to]) => table.subarray(from * width, to * width)));
  const states = seen(observations, n);
  const executed = executedActions(actionBox(action), seen(actions, m));
  const changing = deltaScale.filter((scale) => scale !== 0).length;
  const program = await (await engine.load(disagreementGraph(members, n, m))).bind({
    ...Object.assign({}, ...members.map((member, j) => member.tensors(prefixOf(j)))),
    weights: {
      shape: [n],
      data: deltaScale.map((scale) => (scale === 0 ? 0 : 1 / (changing * members.length))),
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
      values.set(results.disagreement.data as Float32Array, start);
    }
  } finally {
    await program.release();
  }
  const held = new Float64Array(count);
  let look = 0;
  const all = new Float64Array(size);
  for (let t = 0; t + 1 < stepStarts.length; t++) {
    for (let row = stepStarts[t]; row < stepStarts[t + 1]; row++) {
      if (t % every === 0) held[trajectory[row]] = values[look++];
      all[row] = held[trajectory[row]];
    }
  }
  return all;
}
