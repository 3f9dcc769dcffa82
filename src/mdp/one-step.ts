import { cached } from "../compute/cached.js";
import type { Compute, Engine, Tensors } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { input, mul, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import type { DynamicsNet, Model } from "./parametric.js";

/** Real steps to predict, row by row. */
export interface RealSteps {
  readonly size: number;
  /** s, [size, observation size]. */
  readonly observations: Float32Array;
  /** a as executed, [size, action size]. */
  readonly actions: Float32Array;
  /** s′, [size, observation size]. */
  readonly next: Float32Array;
}

/** The nodes of a member that predicts its mean: inputs of the graph, and s′. */
function prediction(name: string, member: DynamicsNet, n: number, m: number, build: (next: Node) => Outputs): Graph {
  return cached([name, member.key, n, m], () => {
    const nodes = member.nodes("model");
    const [observations, actions] = [input("observations", ["rows", n]), input("actions", ["rows", m])];
    const chance = member.noiseSize === 0 ? undefined : input("chance", ["rows", member.noiseSize]);
    const { next } = nodes.step(observations, actions, chance);
    const { inputs = [], outputs } = build(next);
    const own = [...nodes.inputs, observations, actions, ...(chance === undefined ? [] : [chance])];
    return graph(name, [...own, ...inputs], outputs);
  });
}

interface Outputs {
  readonly inputs?: readonly Node[];
  readonly outputs: Readonly<Record<string, Node>>;
}

/** What such a graph is fed for some rows: no noise, so that the member predicts its mean. */
function rowsOf(
  { noiseSize }: DynamicsNet,
  tables: { readonly observations: Float32Array; readonly actions: Float32Array },
  rows: number,
): Tensors {
  const table = (data: Float32Array) => ({ shape: [rows, data.length / rows], data });
  return {
    observations: table(tables.observations),
    actions: table(tables.actions),
    ...(noiseSize > 0 && { chance: table(new Float32Array(rows * noiseSize)) }),
  };
}

/** One member, made ready to predict. */
export interface Predictor {
  /** M_φ(s, a) of states [rows, observation size] and executed actions [rows, action size], [rows, observation size]. */
  next(observations: Float32Array, actions: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @param n observation size @param m action size */
export async function predictor(engine: Engine, member: DynamicsNet, n: number, m: number): Promise<Predictor> {
  const stepGraph = prediction("model step", member, n, m, (next) => ({ outputs: { next } }));
  const program = await (await engine.load(stepGraph)).bind(member.tensors("model"));
  return {
    async next(observations, actions) {
      const results = await program.run(rowsOf(member, { observations, actions }, observations.length / n));
      return results.next.data as Float32Array;
    },
    release: () => program.release(),
  };
}

/** Squared errors of s′ in some units as a graph, summed over the axes given. */
const errorGraph = (name: string, member: DynamicsNet, n: number, m: number, axis: 0 | 1): Graph =>
  prediction(name, member, n, m, (predicted) => {
    const [next, units] = [input("next", ["rows", n]), input("units", [n])];
    return {
      inputs: [next, units],
      outputs: { squares: sum(square(mul(sub(predicted, next), units)), [axis]) },
    };
  });

/**
 * ℓ(M, μ) on a data set, equation (3) for Gaussians: mean over samples and members of ((s′ − M(s, a)) · units)²,
 * per entry of the observation. With units 1/σ_Δ it is a share of the variance: 1 is no better than no model.
 *
 * @param units factor per entry, [observation size]; 0 leaves an entry out
 * @returns [observation size]
 */
export async function modelLoss(
  compute: Compute,
  { members }: Model,
  data: RealSteps,
  units: Float32Array,
): Promise<Float64Array> {
  const [n, m] = [units.length, data.actions.length / data.size];
  const squares = await shareOut(compute, members, async (engine, member) => {
    const program = await engine.load(errorGraph("model loss", member, n, m, 0));
    const results = await program.run({
      ...member.tensors("model"),
      ...rowsOf(member, data, data.size),
      next: { shape: [data.size, n], data: data.next },
      units: { shape: [n], data: units },
    });
    return results.squares.data as Float32Array;
  });
  return Float64Array.from(
    { length: n },
    (_, i) => squares.reduce((total, s) => total + s[i], 0) / (squares.length * data.size),
  );
}

/** Rows a run takes at once: intermediates stay in cache. */
const CHUNK = 1024;

/**
 * ‖(s′ − M(s, a)) / σ_Δ‖² of each sample in each member, over the entries that change, in the units that the model was
 * fitted in.
 *
 * @returns one list per member, [size]
 */
export async function oneStepErrors(
  compute: Compute,
  { members, deltaScale }: Model,
  data: RealSteps,
): Promise<Float64Array[]> {
  const [n, m] = [deltaScale.length, data.actions.length / data.size];
  const units = deltaScale.map((scale) => (scale === 0 ? 0 : 1 / scale));
  return shareOut(compute, members, async (engine, member) => {
    const program = await (await engine.load(errorGraph("one-step error", member, n, m, 1))).bind({
      ...member.tensors("model"),
      units: { shape: [n], data: units },
    });
    const errors = new Float64Array(data.size);
    try {
      for (let start = 0; start < data.size; start += CHUNK) {
        const rows = Math.min(start + CHUNK, data.size) - start;
        const part = (table: Float32Array, width: number) => table.subarray(start * width, (start + rows) * width);
        const tables = { observations: part(data.observations, n), actions: part(data.actions, m) };
        const results = await program.run({
          ...rowsOf(member, tables, rows),
          next: { shape: [rows, n], data: part(data.next, n) },
        });
        errors.set(results.squares.data as Float32Array, start);
      }
    } finally {
      await program.release();
    }
    return errors;
  });
}
