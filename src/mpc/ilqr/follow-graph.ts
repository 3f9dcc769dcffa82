import { cachedFor } from "../../compute/cached.js";
import { type Graph, graph } from "../../compute/graph.js";
import type { Node } from "../../compute/node.js";
import {
  add,
  clip,
  concat,
  constant,
  expandLike,
  gate,
  input,
  loop,
  matmul,
  mul,
  reshape,
  rows,
  slice,
  sub,
} from "../../compute/operators.js";
import type { DynamicsNet } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import type { TerminalValue } from "../terminal-value.js";
import type { Particles } from "./particles.js";

/**
 * Plans followed with feedback, in all members at once, a loop over the horizon in one run. Candidates of one world lie side by side,
 * and S is what a candidate's particles are in:
 *
 *   u_t = clip(û_t + α k_t + (S_t − Ŝ_t) K_tᵀ, −1, 1),  a_t = centre + half-width · u_t
 *   R   = Σ_p w_p (Σ_{t<H} γᵗ m_t r(s_t, a_t, s_{t+1}) + γᴴ m_H V(s_H)),  m_{t+1} = 0 from the first terminal state on
 *
 * Inputs: `lengths` α [candidates]; `starts` S_0 [candidates, N]; `plan` û, `open` k [H, m]; `path` Ŝ [H, N]; `gains` Kᵀ [H, N · m];
 * `chance…` of each member with noise [H, its particles · noise size]; `centre`, `halfWidth`, `discount`, `valueWeight`; the members' own.
 * Outputs: `returns` [candidates]; `actions` u [H, candidates, m]; `states` S_t, `alive` m_t [H, candidates, …], and `lastState`, `lastAlive`.
 */
export function followGraph(
  task: Task,
  members: readonly DynamicsNet[],
  particles: Particles,
  margin: number,
  value: TerminalValue | undefined,
): Graph {
  const graphs = task.graphs!;
  const { rowsOf, weights } = particles;
  const names = members.map(({ key }) => key);
  return cachedFor(graphs, ["plans with feedback", names, rowsOf, weights, margin, value?.key ?? null], () => {
    const [n, m] = [task.observation.size, task.action.size];
    const total = rowsOf.reduce((a, b) => a + b, 0);
    const N = total * n;
    const models = members.map((member, i) => member.nodes(`model${i}`));
    const terminal = value?.nodes("value");
    const steps = input("steps", [], "int32");
    const lengths = input("lengths", ["candidates"]);
    const starts = input("starts", ["candidates", N]);
    const table = (name: string, width: number) => input(name, ["steps", width]);
    const [plan, open, path, gains] = [table("plan", m), table("open", m), table("path", N), table("gains", N * m)];
    const chances = members.map(({ noiseSize }, i) =>
      noiseSize === 0 ? undefined : table(`chance${i}`, rowsOf[i] * noiseSize),
    );
    const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
    const [discount, valueWeight] = [input("discount", []), input("valueWeight", [])];
    const shares = constant(weights, [total, 1]);
    /** From particles to entries of their states. */
    const entries = constant(
      Array.from({ length: total * N }, (_, i) => (Math.floor((i % N) / n) === Math.floor(i / N) ? 1 : 0)),
      [total, N],
    );
    const each = reshape(lengths, ["candidates", 1]);
    const once = expandLike(constant(1), each);
    const living = expandLike(constant(1), slice(starts, 1, 0, total));
    const { carried, stacked } = loop(
      steps,
      [starts, living, mul(lengths, 0), constant(1)],
      (t, states, alive, sum, weight) => {
        const now = (of: Node, shape: readonly [number, number]) => reshape(rows(of, t, 1, "now"), shape);
        const asked = add(now(plan, [1, m]), mul(each, now(open, [1, m])));
        // One that has ended may be anywhere, at infinity too, and says nothing.
        const apart = gate(matmul(alive, entries), sub(states, now(path, [1, N])));
        const u = clip(add(asked, matmul(apart, now(gains, [N, m]))), -1, 1);
        const actions = add(mul(u, halfWidth), centre);
        let from = 0;
        const outcomes = members.map(({ noiseSize }, i) => {
          const count = rowsOf[i];
          const own = `rows${i}`;
          const s = reshape(slice(states, 1, from, from + count * n), [own, n]);
          from += count * n;
          const a = reshape(repeated(actions, m, count), [own, m]);
          const chance = chances[i] && matmul(once, now(chances[i], [1, count * noiseSize]));
          const { next, reward, alive: goesOn } = models[i].step(s, a, chance && reshape(chance, [own, noiseSize]));
          const wide = (x: Node, width: number) => reshape(x, ["candidates", count * width]);
          return {
            next: wide(next, n),
            gained: wide(reward ?? graphs.reward!(s, a, next), 1),
            goesOn: wide(goesOn ?? graphs.alive(next, margin), 1),
          };
        });
        const all = (of: keyof (typeof outcomes)[number]) =>
          concat(
            outcomes.map((outcome) => outcome[of]),
            1,
          );
        return {
          next: [
            all("next"),
            gate(alive, all("goesOn")),
            add(sum, perCandidate(gate(alive, mul(all("gained"), weight)), shares)),
            mul(weight, discount),
          ],
          stacked: [states, alive, u],
        };
      },
    );
    const [last, alive, sum, weight] = carried;
    const beyond = terminal && reshape(terminal.value(reshape(last, ["rows", n])), ["candidates", total]);
    const returns = beyond ? add(sum, perCandidate(gate(alive, mul(beyond, mul(weight, valueWeight))), shares)) : sum;
    const tables = [plan, open, path, gains, ...chances.flatMap((chance) => chance ?? [])];
    return graph(
      "plans with feedback",
      [
        ...[steps, lengths, starts, ...tables, centre, halfWidth, discount],
        ...models.flatMap(({ inputs }) => inputs),
        ...(terminal ? [valueWeight, ...terminal.inputs] : []),
      ],
      { returns, states: stacked[0], alive: stacked[1], actions: stacked[2], lastState: last, lastAlive: alive },
    );
  });
}

/** Σ_p w_p x_p, [candidates]. */
const perCandidate = (x: Node, shares: Node): Node => reshape(matmul(x, shares), ["candidates"]);

/** Each row's entries so many times over, [rows, count · m]. */
function repeated(x: Node, m: number, count: number): Node {
  if (count === 1) return x;
  const tiles = Array.from({ length: m * count * m }, (_, i) => (i % m === Math.floor(i / (count * m)) ? 1 : 0));
  return matmul(x, constant(tiles, [m, count * m]));
}
