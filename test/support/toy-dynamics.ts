import { add, concat, input, mul, sin, tanh } from "../../src/compute/operators.js";
import type { DynamicsNet, Model } from "../../src/mdp/parametric.js";
import { column, columns } from "../../src/mdp/task-graphs.js";

/** What a toy member does, as numbers. */
export interface ToyStep {
  readonly next: readonly [x: number, goal: number];
  readonly reward: number;
}

export interface ToyOptions {
  /** σ of the noise in x; default 0: there is none. */
  readonly noise?: number;
  /** Whether steps say a reward, −x² + a/10 + goal; default no. */
  readonly learnsReward?: boolean;
}

/** A model of the line that is easily worked out by hand: x′ = x + push · tanh(a) + sin(x) / 10 + σ · noise; each member has its push. */
export function toyModel(pushes: readonly number[], { noise = 0, learnsReward = false }: ToyOptions = {}) {
  const net = (own: readonly number[], shape: readonly number[]): DynamicsNet => ({
    key: ["toy", noise, learnsReward, shape],
    noiseSize: noise > 0 ? 1 : 0,
    learnsReward,
    nodes(prefix) {
      const push = input(`${prefix}.push`, shape);
      const change = (s: Parameters<typeof columns>[0], a: Parameters<typeof columns>[0]) => {
        const x = columns(s, 0, 1);
        const moved = add(mul(push, tanh(a)), mul(sin(x), 0.1));
        return concat([moved, mul(x, 0)], x.shape.length - 1);
      };
      return {
        inputs: [push],
        change,
        step(s, a, chance) {
          const still = add(s, change(s, a));
          const shaken =
            chance === undefined ? still : add(still, concat([mul(chance, noise), mul(chance, 0)], s.shape.length - 1));
          const [x, goal] = [column(s, 0), column(s, 1)];
          return {
            next: shaken,
            ...(learnsReward && { reward: add(add(mul(mul(x, x), -1), mul(column(a, 0), 0.1)), goal) }),
          };
        },
      };
    },
    tensors: (prefix) => ({ [`${prefix}.push`]: { shape, data: Float32Array.from(own) } }),
  });
  const model: Model = {
    members: pushes.map((push) => net([push], [1])),
    together: net(pushes, [pushes.length, 1, 1]),
    seenSamples: 40,
    stateFactor: Float32Array.of(1, 1),
    deltaScale: Float32Array.of(1, 1),
  };
  /** Member i's step. @param z its noise */
  const step = (i: number, [x, goal]: readonly number[], a: number, z = 0): ToyStep => ({
    next: [x + Math.fround(pushes[i]) * Math.tanh(a) + 0.1 * Math.sin(x) + noise * z, goal],
    reward: -(x ** 2) + 0.1 * a + goal,
  });
  return { model, step };
}
