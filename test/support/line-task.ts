import type { Node } from "../../src/compute/node.js";
import { add, mul, neg, square, sub } from "../../src/compute/operators.js";
import { defineTask, type TaskDefinition } from "../../src/envs/simple/define-task.js";
import type { Task, TaskGraphs } from "../../src/mdp/task.js";
import { absolute, aliveWithin, column } from "../../src/mdp/task-graphs.js";
import { dynamicsNetwork, type Ensemble, initialEnsemble } from "../../src/model/ensemble.js";
import { mlpLayout } from "../../src/nn/mlp.js";
import { seeded } from "../../src/random/rng.js";
import type { Matrix } from "./linear-algebra.js";

/** How far a full unit of action moves the point. */
export const PUSH = 0.2;

/** Reward and termination of the line as graphs. */
export const LINE_GRAPHS: TaskGraphs = {
  reward: (_: Node, action: Node, next: Node) =>
    neg(add(square(sub(column(next, 0), column(next, 1))), mul(0.01, square(column(action, 0))))),
  alive: (next) => aliveWithin(sub(2, absolute(column(next, 0))), next),
};

/** Where reward or termination is another, the line's graphs are not there. */
const sameGraphs = (changes: Partial<TaskDefinition>): boolean => !("reward" in changes || "isTerminal" in changes);

/**
 * A point on a line is pushed to a goal: s = (x, goal), x′ = x + 0.2 a, a within [−1, 3] (so that the box has its
 * centre at 1 and half-width 2), R = −(x′ − goal)² − 0.01 a². Terminal beyond |x| = 2, cut after 12 steps.
 */
export function lineTask(changes: Partial<TaskDefinition> = {}): Task {
  return defineTask({
    id: "line-v0",
    observation: { names: ["x [m]", "goal [m]"] },
    action: { names: ["push"], low: [-1], high: [3] },
    horizon: 12,
    controlStep: 0.1,
    reward: (_, action, next) => -((next[0] - next[1]) ** 2) - 0.01 * action[0] ** 2,
    isTerminal: (next) => Math.abs(next[0]) > 2,
    ...(sameGraphs(changes) && { graphs: LINE_GRAPHS }),
    isSuccess: (next) => Math.abs(next[0] - next[1]) < 0.1,
    dynamics: {
      start: (rng) => [2 * rng.uniform() - 1, 2 * rng.uniform() - 1],
      step: ([x, goal], [a]) => [x + PUSH * a, goal],
    },
    ...changes,
  });
}

/** The line's dynamics as a matrix: Δ = A · (s, a). */
export const LINE: Matrix = [Float64Array.of(0, 0, PUSH), Float64Array.of(0, 0, 0)];

/**
 * Members that know their dynamics: Δ = A · (s, a), by a ReLU layer that holds every input and its negative,
 * x = relu(x) − relu(−x).
 */
export function linearEnsemble(members: readonly Matrix[]): Ensemble {
  const n = members[0].length;
  const width = members[0][0].length;
  const shape = { observationSize: n, actionSize: width - n, hidden: [2 * width], rewardHidden: null };
  const blank = initialEnsemble(shape, members.length, seeded(0));
  const learners = members.map((A) => {
    const parameters = new Float32Array(mlpLayout(dynamicsNetwork(shape)).size);
    const second = width * 2 * width + 2 * width;
    for (let i = 0; i < width; i++) {
      parameters[i * 2 * width + i] = 1;
      parameters[i * 2 * width + width + i] = -1;
      A.forEach((row, j) => {
        parameters[second + i * n + j] = row[i];
        parameters[second + (width + i) * n + j] = -row[i];
      });
    }
    return parameters;
  });
  return {
    ...blank,
    scaling: { ...blank.scaling, deltaScale: new Float32Array(n).fill(1) },
    members: blank.members.map((member, i) => ({
      ...member,
      dynamics: { ...member.dynamics, parameters: learners[i] },
    })),
  };
}
