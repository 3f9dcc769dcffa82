import { beforeAll, describe, expect, test } from "vitest";
import { graph } from "../../../src/compute/graph.js";
import type { Node } from "../../../src/compute/node.js";
import { constant, input, sum } from "../../../src/compute/operators.js";
import { gradients } from "../../../src/compute/reverse-mode.js";
import { play, randomAction } from "../../../src/envs/check/played.js";
import { createTask, taskIds } from "../../../src/envs/index.js";
import type { NumberRow, Task } from "../../../src/mdp/task.js";
import { type Rng, seeded } from "../../../src/random/rng.js";
import { runOn } from "../../support/agreement.js";
import { differenceGradient, relativeError } from "../../support/derivatives.js";
import { evaluate, scalar, type Value, value } from "../../support/interpreter.js";
import { firstEngine, useCompute } from "../../support/use-compute.js";

const compute = useCompute();

/** Every task, and those options that change more than numbers of a world. */
const TASKS: readonly (readonly [title: string, task: Task])[] = [
  ...taskIds().map((id) => [id, createTask(id)] as const),
  ["dclaw-turn, random dynamics", createTask("dclaw-turn", { dynamics: "random" })],
  ["dkitty-orient, random dynamics", createTask("dkitty-orient", { dynamics: "random" })],
  ["reacher-7dof, other goals and forearm", createTask("reacher-7dof", { goals: "0.1,0,0", forearm: "1.2" })],
  ["hopper, heavier", createTask("hopper").perturbed!({ mass: 1.3 })],
];

interface Transition {
  readonly s: Float64Array;
  readonly a: Float64Array;
  readonly next: Float64Array;
}

/** Transitions of the world; beside each, three whose every number is off, less and more: beyond limits and bounds too. */
async function transitions(task: Task, count: number, rng: Rng): Promise<readonly Transition[]> {
  const world = await task.createWorld();
  const steps = play(task, world, (_, r) => randomAction(task.action, r), count, rng).flatMap(({ steps }) => steps);
  world.close();
  const off = (row: NumberRow, by: number) => Float64Array.from(row, (x) => x + by * rng.normal());
  return steps.flatMap(({ before: s, action: a, observation: next }) => [
    { s, a, next },
    ...[0.1, 0.5, 3].map((by) => ({ s: off(s, by), a: off(a, by), next: off(next, by) })),
  ]);
}

const rowsOf = (rows: readonly NumberRow[], lead: readonly number[] = [rows.length]): Value =>
  value(
    [...lead, rows[0].length],
    rows.flatMap((row) => Array.from(row)),
  );

/** Placeholders of s, a, s′ with these leading axes. */
const placeholders = ({ observation, action }: Task, lead: readonly (number | string)[] = ["rows"]) =>
  [
    input("s", [...lead, observation.size]),
    input("a", [...lead, action.size]),
    input("next", [...lead, observation.size]),
  ] as const;

const feeds = (nodes: readonly Node[], all: readonly Transition[], lead?: readonly number[]) =>
  new Map([
    [
      nodes[0],
      rowsOf(
        all.map(({ s }) => s),
        lead,
      ),
    ],
    [
      nodes[1],
      rowsOf(
        all.map(({ a }) => a),
        lead,
      ),
    ],
    [
      nodes[2],
      rowsOf(
        all.map(({ next }) => next),
        lead,
      ),
    ],
  ]);

describe.each(TASKS)("the graphs of %s", (_, task) => {
  const graphs = task.graphs!;
  let all: readonly Transition[];
  beforeAll(async () => {
    all = await transitions(task, 60, seeded(5).stream(task.id));
  });

  test("pay what reward pays", () => {
    const nodes = placeholders(task);
    const [paid] = evaluate([graphs.reward!(...nodes)], feeds(nodes, all));
    const expected = all.map(({ s, a, next }) => task.reward(s, a, next));
    expect(paid.shape).toEqual([all.length]);
    // Angles are good to 4e-8 and count up to five times; all else is the same arithmetic.
    expect(relativeError([paid], [value([all.length], expected)])).toBeLessThan(2e-7);
  });

  test.each([0, 0.25])("say whether a state goes on, with a margin of %d", (margin) => {
    const nodes = placeholders(task);
    const [alive] = evaluate([graphs.alive(nodes[2], margin)], feeds(nodes, all));
    const expected = all.map(({ next }) => (task.isTerminal(next, margin) ? 0 : 1));
    expect(Array.from(alive.data)).toEqual(expected);
    if (margin > 0) return;
    const [plain] = evaluate([graphs.alive(nodes[2])], feeds(nodes, all));
    expect(plain).toEqual(alive);
  });

  test("see the limits: some of these states are terminal, unless none ever is", () => {
    const far = all.map(({ next }) => task.isTerminal(next.map((x) => 1e6 * x)));
    const ends = all.map(({ next }) => task.isTerminal(next));
    expect(new Set(ends).size).toBe(far.some(Boolean) ? 2 : 1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "end with isTerminal where one number is %d, on an engine too",
    async (odd) => {
      const { next } = all[0];
      const broken = Array.from(next, (_, i) => ({ ...all[0], next: next.map((x, j) => (j === i ? odd : x)) }));
      const nodes = placeholders(task);
      const expected = broken.map((each) => (task.isTerminal(each.next) ? 0 : 1));
      const [alive] = evaluate([graphs.alive(nodes[2])], feeds(nodes, broken));
      expect(Array.from(alive.data)).toEqual(expected);
      const g = graph("alive", [nodes[2]], { alive: graphs.alive(nodes[2]) });
      const { alive: onEngine } = await runOn(firstEngine(compute()), g, { next: rowsOf(broken.map((b) => b.next)) });
      expect(Array.from(onEngine.data)).toEqual(expected);
    },
  );

  test("say the same in float32, on an engine", async () => {
    const nodes = placeholders(task);
    const rounded = all.map(({ s, a, next }) => ({
      s: s.map(Math.fround),
      a: a.map(Math.fround),
      next: next.map(Math.fround),
    }));
    const g = graph("task", nodes, { reward: graphs.reward!(...nodes), alive: graphs.alive(nodes[2]) });
    const got = await runOn(firstEngine(compute()), g, {
      s: rowsOf(rounded.map(({ s }) => s)),
      a: rowsOf(rounded.map(({ a }) => a)),
      next: rowsOf(rounded.map(({ next }) => next)),
    });
    const expected = value(
      [all.length],
      rounded.map(({ s, a, next }) => task.reward(s, a, next)),
    );
    expect(relativeError([got.reward], [expected])).toBeLessThan(4e-6);
    expect(Array.from(got.alive.data)).toEqual(rounded.map(({ next }) => (task.isTerminal(next) ? 0 : 1)));
  });

  test("have the derivatives of the reward, and none of the end", () => {
    const few = all.slice(0, 12);
    const nodes = placeholders(task, [few.length]);
    const at = feeds(nodes, few);
    const total = sum(graphs.reward!(...nodes));
    const got = evaluate(gradients([total], nodes), at);
    const expected = differenceGradient([total], nodes, [scalar(1)], at);
    expect(relativeError(got, expected)).toBeLessThan(2e-5); // those of angles; all others are within 2e-6
    const [none] = evaluate(gradients([sum(graphs.alive(nodes[2]))], [nodes[2]]), at);
    expect(none.data.every((x) => x === 0)).toBe(true);
  });

  test("take rows with any leading axes", () => {
    const few = all.slice(0, 12);
    const flat = placeholders(task);
    const expected = evaluate([graphs.reward!(...flat), graphs.alive(flat[2])], feeds(flat, few));
    for (const [lead, shape] of [
      [
        ["members", "rows"],
        [3, 4],
      ],
      [
        [2, 3, "rows"],
        [2, 3, 2],
      ],
    ] as const) {
      const nodes = placeholders(task, lead);
      const got = evaluate([graphs.reward!(...nodes), graphs.alive(nodes[2])], feeds(nodes, few, shape));
      expect(got.map(({ shape }) => shape)).toEqual([shape, shape]);
      expect(got.map(({ data }) => data)).toEqual(expected.map(({ data }) => data));
    }
    const { s, a, next } = few[0];
    const single = [s, a, next].map((row) => constant(Array.from(row), [row.length])) as [Node, Node, Node];
    const [paid, alive] = evaluate([graphs.reward!(...single), graphs.alive(single[2])], new Map());
    expect([paid.shape, paid.data[0], alive.data[0]]).toEqual([[], expected[0].data[0], expected[1].data[0]]);
  });
});
