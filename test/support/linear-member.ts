import { add, constant, input, matmul, mul, neg, square } from "../../src/compute/operators.js";
import { defineTask } from "../../src/envs/simple/define-task.js";
import type { DynamicsNet } from "../../src/mdp/parametric.js";
import type { Task } from "../../src/mdp/task.js";
import { alwaysAlive, rowSum } from "../../src/mdp/task-graphs.js";
import { LQ } from "./linear-quadratic.js";

/** A member whose step is s′ = A s + B a, [n, n] and [n, m]. */
export function linearMember(A: readonly (readonly number[])[], B: readonly (readonly number[])[]): DynamicsNet {
  const [n, m] = [A.length, B[0].length];
  return {
    key: ["linear", n, m],
    noiseSize: 0,
    learnsReward: false,
    nodes(prefix) {
      const [a, b] = [input(`${prefix}.a`, [n, n]), input(`${prefix}.b`, [n, m])];
      const change: ReturnType<DynamicsNet["nodes"]>["change"] = (states, actions) =>
        add(matmul(states, a, { transposeB: true }), matmul(actions, b, { transposeB: true }));
      return { inputs: [a, b], change, step: (states, actions) => ({ next: change(states, actions) }) };
    },
    tensors: (prefix) => ({
      [`${prefix}.a`]: { shape: [n, n], data: Float32Array.from(A.flat()) },
      [`${prefix}.b`]: { shape: [n, m], data: Float32Array.from(B.flat()) },
    }),
  };
}

/** The linear-quadratic task as a task with graphs; its box is [−1, 1]. */
export const lqTask = (): Task =>
  defineTask({
    id: "lq-v0",
    observation: { names: ["x", "v"] },
    action: { names: ["push"], low: [-1], high: [1] },
    horizon: LQ.horizon,
    controlStep: 0.1,
    reward: (_, action, next) => -(LQ.q[0] * next[0] ** 2 + LQ.q[1] * next[1] ** 2 + LQ.r * action[0] ** 2),
    isTerminal: () => false,
    graphs: {
      reward: (_, u, next) => {
        const costs = matmul(square(next), constant([...LQ.q], [2, 1]));
        return neg(add(rowSum(costs), rowSum(mul(LQ.r, square(u)))));
      },
      alive: alwaysAlive,
    },
    dynamics: {
      start: () => [...LQ.start],
      step: ([x, v], [u]) => [
        LQ.a[0][0] * x + LQ.a[0][1] * v + LQ.b[0] * u,
        LQ.a[1][0] * x + LQ.a[1][1] * v + LQ.b[1] * u,
      ],
    },
  });
