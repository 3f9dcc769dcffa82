import type { Compute } from "../../compute/engine.js";
import { episodeSucceeded, type Task, type World } from "../../mdp/task.js";
import { type Rng, seeded } from "../../random/rng.js";
import { checkGraphs } from "./check-graphs.js";
import {
  type CheckPolicy,
  type Episode,
  fail,
  type Played,
  play,
  randomAction,
  record,
  same,
  smoothPolicy,
} from "./played.js";

export type { CheckPolicy } from "./played.js";

/** What one check found. */
export interface TaskCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What was measured, or what is wrong. */
  readonly detail: string;
}

export interface TaskReport {
  /** Id of the task. */
  readonly task: string;
  /** Whether every check passed. */
  readonly passed: boolean;
  readonly checks: readonly TaskCheck[];
}

export interface CheckTaskOptions {
  /** Root of all chance here; 0 by default. */
  readonly seed?: number;
  /** Steps to play with each of the two policies; by default enough for one whole episode, and at least 1000. */
  readonly steps?: number;
  /** Largest |r − r̂| / max(1, |r|) between the world's reward and that of observations; 1e-6 by default. */
  readonly tolerance?: number;
  /** What an error says that the task's code threw, with its place, say; its message by default. */
  readonly describe?: (error: unknown) => string;
  /** Engines on which the task's graphs are compared with its numbers; without them they are not. */
  readonly compute?: Compute;
}

/**
 * Plays a task and compares what its parts say about each other: that reward, termination and success computed from
 * observations are the world's own, on uniformly random actions and on those of a policy; that graphs say the same; that
 * spaces, seeds, the horizon and saved states do what `Task` and `World` promise.
 *
 * Never throws for a broken task: an exception within a check is a failed check with its message.
 *
 * @param policy drives half of the episodes; a smooth random function of the observation by default
 */
export async function checkTask(task: Task, policy?: CheckPolicy, options: CheckTaskOptions = {}): Promise<TaskReport> {
  const rng = seeded(options.seed ?? 0).stream("check-task");
  const steps = options.steps ?? Math.min(Math.max(1000, (task?.horizon ?? 0) + 50), 20_000);
  const tolerance = options.tolerance ?? 1e-6;
  const { describe = said } = options;
  const worlds: World[] = [];
  const newWorld = async () => {
    const world = await task.createWorld();
    worlds.push(world);
    return world;
  };
  let played: Promise<readonly Episode[]> | undefined;
  const episodes = () => {
    played ??= (async () => {
      const world = await newWorld();
      const driven = policy ?? smoothPolicy(task, rng.stream("features"));
      return [
        ...play(task, world, (_, r) => randomAction(task.action, r), steps, rng.stream("random")),
        ...play(task, world, driven, steps, rng.stream("driven")),
      ];
    })();
    return played;
  };
  const all = async () => (await episodes()).flatMap((episode) => episode.steps);

  const checks: TaskCheck[] = [];
  const check = async (name: string, body: () => string | Promise<string>) => {
    try {
      checks.push({ name, passed: true, detail: await body() });
    } catch (error) {
      const detail = describe(error);
      const first = checks.find((other) => !other.passed && other.detail === detail);
      checks.push({ name, passed: false, detail: first === undefined ? detail : `the same as ${first.name}` });
    }
  };

  await check("description", () => checkDescription(task));
  try {
    await newWorld();
  } catch (error) {
    checks.push({
      name: "world",
      passed: false,
      detail: `none can be made, so nothing else was tried: ${describe(error)}`,
    });
    return { task: String(task?.id), passed: false, checks };
  }
  await check("observations", async () => checkObservations(task, await episodes()));
  /** A check of what the task says beside its world; of one that says nothing there is none. */
  const ofFunctions = (name: string, body: () => string | Promise<string>) =>
    check(name, async () => (task.mustLearn ? "not said by this task: whoever plays it has to learn it" : body()));
  await ofFunctions("reward", async () => checkReward(task, await all(), tolerance));
  await ofFunctions("termination", async () => checkTermination(task, await all()));
  await ofFunctions("graphs", async () => checkGraphs(task, await all(), options.compute));
  await check("success", async () => checkSuccess(task, await episodes()));
  await check("goal error", async () => checkGoalError(task, await episodes()));
  await ofFunctions("float32", async () => checkFloat32(task, await all()));
  await ofFunctions("purity", async () => checkPurity(task, await all()));
  await check("horizon", async () => checkHorizon(task, await episodes()));
  await check("seeding", async () => checkSeeding(task, await newWorld(), await newWorld(), rng.stream("seeding")));
  await check("saved states", async () =>
    task.savesStates === false
      ? "not available in this world: episodes are played to their end"
      : checkRestore(task, await newWorld(), await newWorld(), rng.stream("restore")),
  );
  await check("actions", async () => checkActions(task, await newWorld(), rng.stream("actions")));
  await check("closing", () => {
    for (const world of worlds.splice(0)) world.close();
    return "worlds close";
  });
  return { task: String(task?.id), passed: checks.every((each) => each.passed), checks };
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

function mustBeFlag(from: string, value: unknown): void {
  if (typeof value !== "boolean") fail(`${from} says ${String(value)}, not true or false`);
}

function checkDescription(task: Task): string {
  if (!/-v\d+$/.test(task.id)) fail(`the id ${JSON.stringify(task.id)} has no version, as in "my-task-v0"`);
  if (!(Number.isInteger(task.horizon) && task.horizon > 0)) fail(`the horizon is ${task.horizon}`);
  if (!(task.controlStep > 0 && Number.isFinite(task.controlStep))) fail(`the control step is ${task.controlStep} s`);
  for (const [which, { size, names, low, high }] of [
    ["observation", task.observation],
    ["action", task.action],
  ] as const) {
    for (const [list, { length }] of Object.entries({ names, low, high })) {
      if (length !== size) fail(`${which}.${list} has ${length} entries for a size of ${size}`);
    }
    if (new Set(names).size < size) fail(`two entries of the ${which} have the same name`);
    for (let i = 0; i < size; i++) {
      if (!(low[i] < high[i])) fail(`${which} ${names[i]}: bounds ${low[i]} … ${high[i]}`);
      if (which === "action" && !Number.isFinite(high[i] - low[i])) fail(`action ${names[i]} is not bounded`);
    }
  }
  const scale = task.policyInputScale;
  if (scale && (scale.length !== task.observation.size || !scale.every((x) => Number.isFinite(x) && x !== 0))) {
    fail(`policyInputScale must be ${task.observation.size} finite numbers other than 0`);
  }
  return `${task.observation.size} observations, ${task.action.size} actions, ${task.horizon} steps of ${task.controlStep} s`;
}

function checkObservations({ observation: space }: Task, episodes: readonly Episode[]): string {
  let count = 0;
  for (const { start, steps } of episodes) {
    for (const [t, observation] of [start.observation, ...steps.map((step) => step.observation)].entries()) {
      count++;
      if (observation.length !== space.size) fail(`${observation.length} entries in step ${t}, not ${space.size}`);
      for (let i = 0; i < space.size; i++) {
        const entry = observation[i];
        if (!Number.isFinite(entry)) fail(`${space.names[i]} is ${entry} in step ${t}`);
        if (entry < space.low[i] || entry > space.high[i]) {
          fail(`${space.names[i]} is ${entry} in step ${t}, outside ${space.low[i]} … ${space.high[i]}`);
        }
      }
    }
  }
  return `${count} observations of the right size, finite and within their bounds`;
}

function checkReward(task: Task, steps: readonly Played[], tolerance: number): string {
  let worst = 0;
  for (const { before, action, observation, reward } of steps) {
    if (!Number.isFinite(reward)) fail(`the world pays ${reward}`);
    const computed: unknown = task.reward(before.slice(), action.slice(), observation.slice());
    if (typeof computed !== "number") fail(`reward(s, a, s') of its observations is ${String(computed)}, not a number`);
    const difference = Math.abs(reward - computed) / Math.max(1, Math.abs(reward));
    if (!(difference <= tolerance))
      fail(`the world pays ${reward}, reward(s, a, s') of its observations is ${computed}`);
    worst = Math.max(worst, difference);
  }
  return `equal on ${steps.length} steps, largest relative difference ${worst.toExponential(1)}`;
}

function checkTermination(task: Task, steps: readonly Played[]): string {
  let ends = 0;
  for (const { observation, terminated } of steps) {
    const computed = task.isTerminal(observation.slice());
    // Both may be wrong alike.
    mustBeFlag("the world", terminated);
    mustBeFlag("isTerminal(s')", computed);
    if (computed !== terminated) {
      fail(
        `the world says ${terminated}, isTerminal(s') says ${computed} for s' = [${Array.from(observation).join(", ")}]`,
      );
    }
    if (terminated) ends++;
  }
  return `equal on ${steps.length} steps, ${ends} of them terminal`;
}

function checkSuccess(task: Task, episodes: readonly Episode[]): string {
  let successes = 0;
  let count = 0;
  for (const { start, steps } of episodes) {
    for (const { observation, info } of [start, ...steps]) {
      const computed = task.isSuccess?.(observation.slice());
      if (task.isSuccess) mustBeFlag("isSuccess(s')", computed);
      if (computed !== info.success) fail(`the world's info says ${info.success}, isSuccess(s') says ${computed}`);
      count++;
      if (computed) successes++;
    }
  }
  if (!task.isSuccess) return "not defined by this task";
  const succeeded = episodes.filter(({ steps }) => {
    const flags = steps.map(({ info }) => info.success ?? false);
    const answer = episodeSucceeded(task, flags);
    if (typeof answer !== "boolean") fail(`episodeSuccess of ${flags.length} steps says ${answer}`);
    return answer;
  }).length;
  return `equal on ${count} states, ${successes} of them successes; ${succeeded} of ${episodes.length} episodes succeed`;
}

function checkGoalError(task: Task, episodes: readonly Episode[]): string {
  if (!task.goalError) return "not defined by this task";
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { start, steps } of episodes) {
    for (const { observation } of [start, ...steps]) {
      const error = task.goalError.of(observation.slice());
      if (!(error >= 0 && Number.isFinite(error))) fail(`${task.goalError.name} is ${error}`);
      [least, most] = [Math.min(least, error), Math.max(most, error)];
    }
  }
  return `${task.goalError.name}: ${least.toPrecision(3)} … ${most.toPrecision(3)}`;
}

/** Graphs compute in float32: says what that costs. Fails only where rounding makes a reward useless. */
function checkFloat32(task: Task, steps: readonly Played[]): string {
  let worst = 0;
  let flips = 0;
  for (const { before, action, observation, reward, terminated } of steps) {
    const [s, a, next] = [Float32Array.from(before), Float32Array.from(action), Float32Array.from(observation)];
    const difference = Math.abs(task.reward(s, a, next) - reward) / Math.max(1, Math.abs(reward));
    if (!Number.isFinite(difference)) fail(`the reward of rounded observations is ${task.reward(s, a, next)}`);
    worst = Math.max(worst, difference);
    if (task.isTerminal(next) !== terminated) flips++;
  }
  const detail = `rounded observations move the reward by at most ${worst.toExponential(1)} (relative) and termination in ${flips} of ${steps.length} steps`;
  if (worst > 1e-2) fail(`${detail}; the reward is too sensitive for a learned model`);
  return detail;
}

function checkPurity(task: Task, steps: readonly Played[]): string {
  for (const { before, action, observation } of steps.slice(0, 100)) {
    const given = [before.slice(), action.slice(), observation.slice()] as const;
    const ask = () => [
      task.reward(...given),
      task.isTerminal(given[2]),
      task.isSuccess?.(given[2]),
      task.goalError?.of(given[2]),
    ];
    const first = ask();
    if (!same([...given], [before, action, observation])) fail("a function changes its arguments");
    if (!ask().every((answer, i) => Object.is(answer, first[i]))) fail("asked twice, the functions answer differently");
  }
  return "reward and termination depend on their arguments alone and leave them as they are";
}

function checkHorizon(task: Task, episodes: readonly Episode[]): string {
  let longest = 0;
  let cut = 0;
  for (const { steps } of episodes) {
    longest = Math.max(longest, steps.length);
    for (const [i, { terminated, truncated }] of steps.entries()) {
      const t = i + 1;
      mustBeFlag(`truncated in step ${t}`, truncated);
      if (terminated && truncated) fail(`step ${t} is both terminal and cut`);
      if (truncated && t !== task.horizon) fail(`cut after ${t} steps, the horizon is ${task.horizon}`);
      if (!truncated && !terminated && t >= task.horizon) fail(`not cut at the horizon of ${task.horizon} steps`);
      if (truncated) cut++;
    }
  }
  if (cut > 0) return `${cut} episodes cut at ${task.horizon} steps, none elsewhere`;
  return `not reached: the longest of ${episodes.length} episodes had ${longest} of ${task.horizon} steps; give a policy that lasts`;
}

function checkSeeding(task: Task, one: World, other: World, rng: Rng): string {
  const actions = Array.from({ length: 20 }, () => randomAction(task.action, rng));
  const episode = (world: World, seed?: number) =>
    record(world, world.reset(seed === undefined ? {} : { seed }), actions);
  const unseeded = episode(one);
  if (!same(unseeded, episode(other))) fail("two new worlds begin differently without a seed");
  const first = episode(one, 1);
  const second = episode(one);
  if (same(first, second)) fail("a second reset without a seed repeats the first episode");
  const again = episode(other, 1);
  if (!same(first, again)) fail("the same seed and actions give different episodes");
  if (!same(second, episode(other))) fail("after the same seed, the next reset without one differs");
  const others = [2, 3, 4].map((seed) => episode(one, seed));
  if (others.every((each) => same(each, first))) fail("different seeds give the same episode");
  return "a seed fixes the episode and those after it; other seeds give others";
}

/** A copy that goes on from a saved state must do what the original does, bit for bit, into the next episode. */
function checkRestore(task: Task, original: World, copy: World, rng: Rng): string {
  let count = 0;
  for (let seed = 0; seed < 3; seed++) {
    original.reset({ seed });
    for (const prefix of [0, 1, 7]) {
      for (let i = 0; i < prefix; i++) {
        const { terminated, truncated } = original.step(randomAction(task.action, rng));
        if (terminated || truncated) original.reset();
      }
      const actions = Array.from({ length: 10 }, () => randomAction(task.action, rng));
      const future = (world: World) => [...record(world, undefined, actions), ...record(world, world.reset(), actions)];
      const saved = original.saveState();
      const kept = saved.slice();
      const expected = future(original);
      if (!same([saved], [kept])) fail("a saved state changes when the world goes on");
      copy.reset({ seed: 1000 + seed });
      copy.step(actions[0]);
      copy.restoreState(saved);
      if (!same([copy.saveState()], [kept])) fail("saving what was just restored gives another state");
      if (!same(future(copy), expected)) fail(`a copy restored after ${prefix} steps goes on differently`);
      original.restoreState(saved);
      if (!same(future(original), expected)) fail(`a world put back after ${prefix} steps goes on differently`);
      original.restoreState(saved);
      count++;
    }
  }
  return `${count} restored copies continued bit for bit, over the next reset`;
}

function checkActions(task: Task, world: World, rng: Rng): string {
  const { low, high, size } = task.action;
  for (let round = 0; round < 3; round++) {
    world.reset({ seed: round });
    const saved = task.savesStates === false ? undefined : world.saveState();
    const signs = low.map(() => rng.uniform() < 0.5);
    const extreme = record(world, undefined, [low.map((bound, i) => (signs[i] ? bound : high[i]))]);
    if (saved === undefined) world.reset({ seed: round });
    else world.restoreState(saved);
    const beyond = record(world, undefined, [low.map((bound, i) => (signs[i] ? bound - 3 : high[i] + 3))]);
    if (!same(extreme, beyond)) fail("an action beyond its bounds is not treated as one at its bounds");
  }
  const refuses = (what: string, action: readonly number[]) => {
    try {
      world.step(action);
    } catch {
      return;
    }
    fail(`a step with ${what} is not refused`);
  };
  world.reset({ seed: 3 });
  refuses("too many numbers", new Array(size + 1).fill(0));
  refuses("NaN", new Array(size).fill(Number.NaN));
  return "clipped to their box; a wrong size and NaN are refused";
}
