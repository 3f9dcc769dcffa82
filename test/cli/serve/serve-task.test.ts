import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { createTask } from "../../../src/envs/index.js";
import { seeded } from "../../../src/random/rng.js";
import { cli, jsonLines } from "../support/harness.js";
import { ended, start } from "../support/process.js";

interface Answer {
  readonly id: number | string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what a method answers is what the test is about
  readonly result?: any;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly mend?: string; readonly place?: string };
  };
}

const lineOf = (message: unknown, id: number) =>
  typeof message === "string" ? `${message}\n` : `${JSON.stringify({ jsonrpc: "2.0", id, ...(message as object) })}\n`;

/** What a server of a task answers to messages, or to lines as they are. */
async function asked(task: string, messages: readonly unknown[], cwd = "."): Promise<readonly Answer[]> {
  const { out, code } = await cli(["serve-task", task], { cwd: resolve(cwd), input: messages.map(lineOf) });
  expect(code).toBe(0);
  return out === "" ? [] : (jsonLines(out) as Answer[]);
}

const make = { method: "make" };
const reset = (worlds: readonly number[], seeds: readonly (number | null)[]) => ({
  method: "reset",
  params: { worlds, seeds },
});
const step = (worlds: readonly number[], actions: readonly (readonly number[])[]) => ({
  method: "step",
  params: { worlds, actions },
});

test("spec says what the task is, with null where there is no bound", async () => {
  const [{ result }] = await asked("reacher-7dof", [{ method: "spec" }]);
  const task = createTask("reacher-7dof");
  const { names, low, high } = task.observation;
  const finite = (bounds: readonly number[]) => bounds.map((bound) => (Number.isFinite(bound) ? bound : null));
  expect(result).toMatchObject({ id: task.id, horizon: 50, controlStep: task.controlStep });
  expect(result.observation).toEqual({ names, low: finite(low), high: finite(high) });
  expect(result.observation.low).toContain(null);
  expect(result.action).toEqual({ names: task.action.names, low: task.action.low, high: task.action.high });
  expect(result.version).toMatch(/^\d+\.\d+/);
});

test.each([
  ["point-mass", "truncations"],
  ["inverted-pendulum", "terminations"],
] as const)("%s over the channel is the world itself, to its %s", async (name, last) => {
  const task = createTask(name);
  const rng = seeded(1);
  const actions = Array.from({ length: 25 }, () =>
    [0, 1].map(() => Array.from({ length: task.action.size }, () => 2 * rng.uniform() - 1)),
  );
  const worlds = await Promise.all([0, 1].map(() => task.createWorld()));
  const starts = worlds.map((world, i) => [...world.reset({ seed: 5 + i }).observation]);
  const steps = [];
  for (const both of actions) {
    const answers = worlds.map((world, i) => world.step(both[i]));
    steps.push({
      observations: answers.map(({ observation }) => [...observation]),
      rewards: answers.map(({ reward }) => reward),
      terminations: answers.map(({ terminated }) => terminated),
      truncations: answers.map(({ truncated }) => truncated),
    });
    if (answers.some(({ terminated, truncated }) => terminated || truncated)) break;
  }
  const messages = [make, make, reset([0, 1], [5, 6]), ...steps.map((_, i) => step([0, 1], actions[i]))];
  const [first, second, began, ...played] = await asked(name, messages);
  expect([first.result, second.result]).toEqual([0, 1]);
  expect(began.result).toEqual({ observations: starts });
  for (const [i, { result }] of played.entries()) expect(result).toMatchObject(steps[i]);
  const end = played[played.length - 1].result;
  expect(end[last]).toContain(true);
  expect(end[last === "truncations" ? "terminations" : "truncations"]).toEqual([false, false]);
  for (const world of worlds) world.close();
});

test("what is wrong with a message is its answer, and the next one is served", async () => {
  const wrong: readonly (readonly [unknown, number, RegExp])[] = [
    ["{", -32700, /not JSON/],
    ["[1]", -32600, /no request/],
    ['{"jsonrpc":"1.0","id":3,"method":"spec"}', -32600, /no request/],
    [{ method: "toString" }, -32601, /there is no method "toString"/],
    [{ method: "reset" }, -32602, /params\.worlds must be a list/],
    [reset([7], [0]), -32000, /there is no world 7/],
    [reset([0], []), -32602, /one entry for each of the 1 worlds, got 0/],
    [reset([0], [0.5]), -32602, /whole number/],
    [step([0], [[0, 0]]), -32000, /no episode is under way in world 0/],
    [step([0], [[0]]), -32602, /must have 2 numbers, got 1/],
    [step([0], [["left", 0]] as never), -32602, /must be a number/],
    [
      step(
        [0, 0],
        [
          [0, 0],
          [0, 0],
        ],
      ),
      -32602,
      /twice/,
    ],
  ];
  const answers = await asked("point-mass", [make, ...wrong.map(([message]) => message), reset([0], [0])]);
  for (const [i, [, code, message]] of wrong.entries()) {
    expect(answers[1 + i].error, JSON.stringify(wrong[i][0])).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  }
  expect(answers[answers.length - 1].result.observations[0]).toHaveLength(6);
});

test("an episode that is over is not stepped on, a world that was closed is gone, a notification has no answer", async () => {
  const steps = Array.from({ length: 25 }, () => step([0], [[0, 0]]));
  const answers = await asked("point-mass", [
    '{"jsonrpc":"2.0","method":"make"}',
    reset([0], [null]),
    ...steps,
    step([0], [[0, 0]]),
    { method: "close", params: { worlds: [0] } },
    reset([0], [0]),
  ]);
  expect(answers).toHaveLength(29);
  expect(answers[25].result.truncations).toEqual([true]);
  expect(answers[26].error?.data?.mend).toMatch(/^Reset it/);
  expect(answers[27].result).toBeNull();
  expect(answers[28].error?.message).toMatch(/no world 0/);
});

test("of a task of one's own: what it prints and throws does not get between the answers", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "stackelberg-serve-"));
  const library = JSON.stringify(resolve("src/index.ts"));
  const source = `import { defineTask } from ${library};
    export default defineTask({
      id: "loud-v0", observation: { names: ["x"] }, action: { names: ["a"], low: [-1], high: [1] }, horizon: 5, controlStep: 1,
      reward: () => 0,
      dynamics: {
        start: () => { console.log("begins"); return [0]; },
        step: ([x], [a]) => { if (a > 0.5) throw new Error("too fast"); return [x + a]; },
      },
    });`;
  writeFileSync(join(cwd, "loud.mjs"), source);
  const messages = [make, reset([0], [0]), step([0], [[1]]), step([0], [[0]]), reset([0], [0]), step([0], [[0.25]])];
  const [, began, failed, afterwards, again, played] = await asked("./loud.mjs", messages, cwd);
  expect(began.result).toEqual({ observations: [[0]] });
  expect(failed.error).toMatchObject({
    code: -32001,
    message: "Error: too fast",
    data: { place: expect.stringMatching(/loud\.mjs:\d+$/) },
  });
  expect(afterwards.error?.message).toMatch(/no episode is under way/);
  expect(again.result).toBeDefined();
  expect(played.result.observations).toEqual([[0.25]]);
});

test("a task that there is not ends the command with 2, before it has read a line", async () => {
  const { code, out, err } = await cli(["serve-task", "reecher-7dof"], { cwd: ".", input: ["{}\n"] });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/reacher-7dof/);
});

test("the process ends with its input, and by Ctrl-C in the middle of it without a trace", async () => {
  const ask = lineOf({ method: "spec" }, 1);
  const begin = () => start(process.cwd(), ["serve-task", "point-mass"], "pipe");
  const orderly = begin();
  orderly.stdin!.end(ask);
  expect(await ended(orderly)).toEqual({ code: 0, signal: null });
  expect((jsonLines(orderly.said().out) as Answer[])[0].result.id).toBe("point-mass-v0");
  const interrupted = begin();
  interrupted.stdin!.write(ask);
  await new Promise((done) => interrupted.stdout!.once("data", done));
  interrupted.kill("SIGINT");
  expect(await ended(interrupted)).toEqual({ code: 130, signal: null });
  expect(interrupted.said().err).toBe("");
});
