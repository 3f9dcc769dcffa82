import type { BoundProgram, Compute, Engine, Program, Tensor, Tensors } from "../../compute/engine.js";
import type { Graph } from "../../compute/graph.js";
import { shareOut } from "../../compute/share.js";
import { positivePart } from "../../math/positive-part.js";
import { actionBox } from "../../mdp/action-box.js";
import type { ReturnUnits } from "../rehearsal.js";
import type { Nominal } from "./follow.js";
import type { Opened } from "./opened.js";
import type { PlanModel, StepModel } from "./plan-model.js";
import { jacobianGraph, rewardGraph, valueSlopeGraph } from "./slope-graphs.js";

/** What a plan costs near its path, from derivatives of members, reward and V. */
export interface Slopes {
  /** @param chances noise that particles meet, of each member [horizon, its particles · noise size] */
  around(nominal: Nominal, chances: readonly Float32Array[], units: ReturnUnits): Promise<PlanModel>;
  release(): Promise<void>;
}

/** Rows of a run: their activations stay in the cache, and there is work for several engines. */
const ROWS_PER_RUN = 512;
/** The same for rewards, which have no networks. */
const REWARD_ROWS_PER_RUN = 8192;

/** A step of a particle that is alive: where it is in a nominal path. */
interface Place {
  readonly t: number;
  /** Number of the particle. */
  readonly particle: number;
}

/**
 * Costs are −r. With z = (s, u), d = n + m, the member's Jacobian J = ∂s′/∂z and the reward's own derivatives by (s, a, s′):
 *
 *   ∂ℓ/∂z = −(I; J)ᵀ ∇r,   ∂²ℓ/∂z² ≈ the positive part of −∇²r, from both sides by (I; J)   (Gauss–Newton: ∂²s′ is left out)
 *
 * A reward that members say themselves has its slope alone, and so has V: what is learned is not trusted with its second derivatives.
 * Ends have none: a step counts what m_t says, and V's slope is taken where a particle's path ends, in a terminal state too, so that
 * a plan that ends early knows which way is out.
 */
export async function slopes(compute: Compute, opened: Opened): Promise<Slopes> {
  const { task, members, particles, horizon, value } = opened;
  const [n, m] = [task.observation.size, task.action.size];
  const [d, count] = [n + m, particles.weights.length];
  const { centre, halfWidth } = actionBox(task.action);
  // Two runs at a time on each engine: it works at one while this thread sees to the other's inputs.
  const engines = { ...compute, engines: [...compute.engines, ...compute.engines] };
  const bind = async (of: Graph, fixed: Tensors) =>
    new Map<Engine, BoundProgram>(
      await Promise.all(
        compute.engines.map(
          async (engine): Promise<[Engine, BoundProgram]> => [engine, await (await engine.load(of)).bind(fixed)],
        ),
      ),
    );
  const jacobians = await Promise.all(
    members.map((member) => bind(jacobianGraph(task, member), member.tensors("model"))),
  );
  const values = value && (await bind(valueSlopeGraph(task, value), value.tensors("value")));
  const rewards = new Map<Engine, Program>();
  if (members.some(({ learnsReward }) => !learnsReward))
    for (const engine of compute.engines) rewards.set(engine, await engine.load(rewardGraph(task, task.graphs!)));
  return { around, release };

  async function around(nominal: Nominal, chances: readonly Float32Array[], units: ReturnUnits): Promise<PlanModel> {
    const places = members.map(() => [] as Place[]);
    const weights = Array.from({ length: horizon }, () => new Float64Array(count));
    for (let t = 0, discount = 1; t < horizon; t++, discount *= units.discount)
      particles.places.forEach(({ member }, particle) => {
        if (nominal.alive[t * count + particle] === 0) return;
        places[member].push({ t, particle });
        weights[t][particle] = discount * particles.weights[particle];
      });
    const steps: StepModel[][] = Array.from({ length: horizon }, () => new Array(count).fill(NONE));
    await withJacobians(nominal, chances, places, steps);
    await withRewards(nominal, places, steps);
    return { observationSize: n, steps, weights, beyond: await beyond(nominal, units) };
  }

  /** States, executed actions and next states of places, [places, size]. */
  function rowsAt({ plan, states }: Nominal, places: readonly Place[], times = 1) {
    const rows = {
      states: new Float32Array(places.length * times * n),
      actions: new Float32Array(places.length * times * m),
      next: new Float32Array(places.length * times * n),
    };
    places.forEach(({ t, particle }, i) => {
      const at = (t * count + particle) * n;
      for (let copy = 0; copy < times; copy++) {
        const row = i * times + copy;
        rows.states.set(states.subarray(at, at + n), row * n);
        rows.next.set(states.subarray(at + count * n, at + count * n + n), row * n);
        for (let j = 0; j < m; j++) rows.actions[row * m + j] = centre[j] + halfWidth[j] * plan[t * m + j];
      }
    });
    return rows;
  }

  async function withJacobians(
    nominal: Nominal,
    chances: readonly Float32Array[],
    places: readonly (readonly Place[])[],
    steps: StepModel[][],
  ) {
    const jobs = members.flatMap(({ learnsReward }, member) => {
      const each = Math.max(1, Math.floor(ROWS_PER_RUN / (n + (learnsReward ? 1 : 0))));
      return pieces(places[member], each).map((own) => ({ member, own }));
    });
    await shareOut(engines, jobs, async (engine, { member, own }) => {
      const { learnsReward, noiseSize } = members[member];
      const times = n + (learnsReward ? 1 : 0);
      const total = own.length * times;
      const { states, actions } = rowsAt(nominal, own, times);
      const cotangents = new Float32Array(total * n);
      const ofReward = new Float32Array(total);
      const chance = new Float32Array(total * noiseSize);
      for (let row = 0; row < total; row++) {
        const y = row % times;
        if (y < n) cotangents[row * n + y] = 1;
        else ofReward[row] = 1;
        const { t, particle } = own[Math.floor(row / times)];
        const at = (t * particles.rowsOf[member] + particles.places[particle].row) * noiseSize;
        if (noiseSize > 0) chance.set(chances[member].subarray(at, at + noiseSize), row * noiseSize);
      }
      const outputs = await jacobians[member].get(engine)!.run({
        states: table(states, n),
        actions: table(actions, m),
        ...(noiseSize > 0 && { chance: table(chance, noiseSize) }),
        cotangents: table(cotangents, n),
        ...(learnsReward && { ofReward: { shape: [total], data: ofReward } }),
      });
      const [byState, byAction] = [outputs.byState.data as Float32Array, outputs.byAction.data as Float32Array];
      own.forEach(({ t, particle }, i) => {
        const jacobian = new Float64Array(n * d);
        const slope = new Float64Array(d);
        for (let y = 0; y < times; y++) {
          const row = i * times + y;
          for (let j = 0; j < d; j++) {
            const entry = j < n ? byState[row * n + j] : byAction[row * m + j - n] * halfWidth[j - n];
            if (y < n) jacobian[y * d + j] = entry;
            else slope[j] = -entry;
          }
        }
        steps[t][particle] = { jacobian, slope, curvature: null };
      });
    });
  }

  async function withRewards(nominal: Nominal, places: readonly (readonly Place[])[], steps: StepModel[][]) {
    const known = places.flatMap((own, member) => (members[member].learnsReward ? [] : own));
    const width = d + n; // of (s, a, s′)
    const jobs = pieces(known, Math.max(1, Math.floor(REWARD_ROWS_PER_RUN / width)));
    await shareOut(engines, jobs, async (engine, own) => {
      const at = rowsAt(nominal, own, width);
      const along = {
        states: new Float32Array(at.states.length),
        actions: new Float32Array(at.actions.length),
        next: new Float32Array(at.next.length),
      };
      for (let row = 0; row < own.length * width; row++) {
        const j = row % width;
        if (j < n) along.states[row * n + j] = 1;
        else if (j < d) along.actions[row * m + j - n] = 1;
        else along.next[row * n + j - d] = 1;
      }
      const outputs = await rewards.get(engine)!.run({
        atStates: table(at.states, n),
        atActions: table(at.actions, m),
        atNext: table(at.next, n),
        alongStates: table(along.states, n),
        alongActions: table(along.actions, m),
        alongNext: table(along.next, n),
      });
      const three = (kind: string) =>
        ["States", "Actions", "Next"].map((name) => outputs[`${kind}${name}`].data as Float32Array);
      const [slope, curve] = [three("slope"), three("curve")];
      /** Entry j of a row of (s, u, s′). */
      const entry = ([byState, byAction, byNext]: readonly Float32Array[], row: number, j: number) =>
        j < n ? byState[row * n + j] : j < d ? byAction[row * m + j - n] * halfWidth[j - n] : byNext[row * n + j - d];
      own.forEach(({ t, particle }, i) => {
        const { jacobian } = steps[t][particle];
        const row = i * width;
        const gradient = Float64Array.from({ length: width }, (_, j) => -entry(slope, row, j));
        const hessian = new Float64Array(width * width);
        for (let a = 0; a < width; a++) {
          const unit = a >= n && a < d ? halfWidth[a - n] : 1;
          for (let b = 0; b < width; b++) hessian[a * width + b] = -unit * entry(curve, row + a, b);
        }
        steps[t][particle] = { jacobian, ...throughStep(gradient, hessian, jacobian, n, d) };
      });
    });
  }

  /** V's slope at the state that each particle's path ends in. */
  async function beyond({ states, alive }: Nominal, units: ReturnUnits): Promise<PlanModel["beyond"]> {
    if (values === undefined || units.valueWeight === 0) return null;
    const after = particles.places.map((_, particle) => {
      let t = 0;
      while (t + 1 < horizon && alive[(t + 1) * count + particle] !== 0) t++;
      return t;
    });
    const last = new Float32Array(count * n);
    after.forEach((t, particle) => {
      const at = ((t + 1) * count + particle) * n;
      last.set(states.subarray(at, at + n), particle * n);
    });
    const outputs = await values.get(compute.engines[0])!.run({ states: table(last, n) });
    const by = outputs.slopes.data as Float32Array;
    return after.map((t, particle) => {
      const weight = units.valueWeight * units.discount ** (t + 1) * particles.weights[particle];
      return { after: t, slope: Float64Array.from({ length: n }, (_, i) => -weight * by[particle * n + i]) };
    });
  }

  async function release(): Promise<void> {
    for (const own of [...jacobians, ...(values ? [values] : [])])
      for (const program of own.values()) await program.release();
  }
}

/** Stands where a particle has ended. */
const NONE: StepModel = { jacobian: new Float64Array(0), slope: new Float64Array(0), curvature: null };

/** Derivatives by (s, u, s′) as derivatives by z = (s, u), s′ = s′(z). */
export function throughStep(
  gradient: Float64Array,
  hessian: Float64Array,
  jacobian: Float64Array,
  n: number,
  d: number,
): Pick<StepModel, "slope" | "curvature"> {
  const width = d + n;
  const slope = gradient.slice(0, d);
  for (let l = 0; l < n; l++) for (let j = 0; j < d; j++) slope[j] += jacobian[l * d + j] * gradient[d + l];
  if (hessian.every((x) => x === 0)) return { slope, curvature: null };
  const convex = positivePart(hessian, width);
  // (I; J) from the right, [width, d], then from the left
  const half = new Float64Array(width * d);
  for (let a = 0; a < width; a++)
    for (let b = 0; b < width; b++) {
      const x = convex[a * width + b];
      if (x === 0) continue;
      if (b < d) half[a * d + b] += x;
      else for (let j = 0; j < d; j++) half[a * d + j] += x * jacobian[(b - d) * d + j];
    }
  const curvature = half.slice(0, d * d);
  for (let l = 0; l < n; l++)
    for (let i = 0; i < d; i++) {
      const f = jacobian[l * d + i];
      if (f === 0) continue;
      for (let j = 0; j < d; j++) curvature[i * d + j] += f * half[(d + l) * d + j];
    }
  return { slope, curvature };
}

const table = (data: Float32Array, width: number): Tensor => ({ shape: [data.length / width, width], data });

const pieces = <T>(items: readonly T[], each: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / each) }, (_, i) => items.slice(i * each, (i + 1) * each));
