import { describe, expect, test } from "vitest";
import { GAMES } from "../../src/agents/defaults.js";
import type { SettingsPatch } from "../../src/agents/settings.js";
import { type Progress, train } from "../../src/agents/train.js";
import { createTask } from "../../src/envs/index.js";
import { DivergenceError, WorldError } from "../../src/errors/errors.js";
import type { Task } from "../../src/mdp/task.js";
import { samplesOf } from "../support/experience.js";
import { lineTask } from "../support/line-task.js";
import { type AnyPatch, CONTINUED, type Played, playAll, tinySetup } from "../support/tiny-run.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const pointMass = createTask("point-mass");

/** What of a run must be the same, bit for bit: all but the wall time, of which these runs have none. */
const bits = (run: readonly Played[]) => run.map(({ metrics, snapshot }) => ({ metrics, snapshot }));

test("PAL with its total gradient: another run, the same on one worker and on two, and after a resume", async () => {
  const setup = tinySetup("pal", pointMass, compute(), { npg: { stackelberg: "implicit" } });
  const run = await playAll(setup, 3);
  const [first] = await playAll(tinySetup("pal", pointMass, compute()), 1);
  expect(run[0].snapshot.tensors["policy/parameters"]).not.toEqual(first.snapshot.tensors["policy/parameters"]);
  expect(bits(await playAll({ ...setup, compute: only(compute(), 1) }, 3))).toEqual(bits(run));
  expect(bits(await playAll({ ...setup, resume: run[1].snapshot }, 1))).toEqual(bits(run.slice(2)));
});

describe.each(GAMES)("%s with an actor-critic", (algorithm) => {
  const seats = { players: { policy: "actor-critic" } };

  test("resumed in the middle of an episode, from any of its lines, goes on as the unbroken run, bit for bit", async () => {
    for (const [task, ...patches] of [
      [lineTask(), { gaussian: { every: 30 } }],
      [pointMass, { record: { every: 2 }, gaussian: { every: 50 } }],
      [lineTask(), { players: { model: "ensemble" }, record: { every: 2 } }],
    ] as [Task, ...AnyPatch[]][]) {
      const setup = tinySetup(algorithm, task, compute(), seats, ...patches);
      expect(setup.settings.data).toMatchObject({ continueEpisodes: true, samplesPerIteration: 20 });
      const unbroken = await playAll(setup);
      expect(unbroken.some(({ state }) => state.data.underWay !== null)).toBe(true);
      for (const [i, { snapshot }] of unbroken.slice(0, -1).entries()) {
        const { tensors, meta } = snapshot;
        const resumed = await playAll({ ...setup, resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } });
        expect(bits(resumed)).toEqual(bits(unbroken.slice(i + 1)));
        expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(i + 1).map(({ state }) => state));
      }
    }
  });

  test("with the same seed is the same run, on one worker and on two; with another seed another", async () => {
    const setup = tinySetup(algorithm, pointMass, compute(), seats);
    const one = await playAll({ ...setup, compute: only(compute(), 1) }, 2);
    expect(bits(await playAll(setup, 2))).toEqual(bits(one));
    const [other] = await playAll({ ...setup, seed: 2 }, 1);
    expect(other.metrics.actorCritic).not.toEqual(one[0].metrics.actorCritic);
  });

  test("of which several iterations make one line is the same game, of as many updates", async () => {
    const setup = (every: number) => tinySetup(algorithm, lineTask(), compute(), seats, { record: { every } });
    const [each, lines] = [await playAll(setup(1)), await playAll(setup(3))];
    expect(lines.at(-1)!.state).toEqual(each.at(-1)!.state);
    const updates = (run: readonly Played[]) => run.reduce((sum, { metrics }) => sum + metrics.actorCritic!.updates, 0);
    expect(updates(lines)).toBe(updates(each));
    // 0.2 of a sample's 20 in each iteration, and 3 in the first.
    expect(each.map(({ metrics }) => metrics.actorCritic!.updates)).toEqual(each.map((_, i) => (i === 0 ? 7 : 4)));
  });

  test("reports numbers that are finite, of the actor-critic alone", async () => {
    for (const { metrics } of await playAll(tinySetup(algorithm, pointMass, compute(), seats), 2)) {
      expect([metrics.policy, metrics.value, metrics.robust]).toEqual([undefined, undefined, undefined]);
      expect(metrics.meter).toBeNull(); // off
      expect(JSON.stringify({ ...metrics, meter: 0 })).not.toContain("null"); // what NaN and ∞ would be
      expect(metrics.actorCritic!.range![0]).toBeLessThan(metrics.actorCritic!.range![1]);
    }
  });
});

describe.each(GAMES)("%s on the point mass", (algorithm) => {
  const setup = (...patches: readonly SettingsPatch[]) => tinySetup(algorithm, pointMass, compute(), ...patches);

  test("resumed from any snapshot goes on as the unbroken run, bit for bit", async () => {
    const unbroken = await playAll(setup());
    expect(unbroken.map(({ metrics }) => metrics.samples)).toEqual([75, 100, 125, 150]); // episodes of 25
    for (const [i, { snapshot }] of unbroken.slice(0, 3).entries()) {
      const resumed = await playAll({ ...setup(), resume: snapshot });
      expect(bits(resumed)).toEqual(bits(unbroken.slice(i + 1)));
    }
  });

  test("with the same seed is the same run, on one worker and on two; with another seed another", async () => {
    const one = await playAll({ ...setup(), compute: only(compute(), 1) }, 2);
    expect(bits(await playAll(setup(), 2))).toEqual(bits(one));
    const [other] = await playAll({ ...setup(), seed: 2 }, 1);
    expect(other.snapshot.tensors["policy/parameters"]).not.toEqual(one[0].snapshot.tensors["policy/parameters"]);
    expect(other.metrics.world).not.toEqual(one[0].metrics.world);
  });

  test("evaluation counts no samples and disturbs nothing", async () => {
    const often = await playAll(setup({ evaluation: { every: 1, episodes: 4 } }));
    const seldom = await playAll(setup({ evaluation: { every: 2, episodes: 2, seed: 5 } }));
    expect(seldom.map(({ metrics }) => metrics.evaluation !== null)).toEqual([false, true, false, true]);
    expect(often.map(({ metrics }) => metrics.evaluation!.return.episodes)).toEqual([4, 4, 4, 4]);
    const rest = (run: readonly Played[]) =>
      run.map(({ metrics: { evaluation: _, ...metrics }, snapshot }) => ({ metrics, snapshot }));
    expect(rest(seldom)).toEqual(rest(often));
  });

  test("reports one entry per NPG step and per member, and numbers that are finite", async () => {
    const run = await playAll(setup(), 2);
    run.forEach(({ metrics, state }, i) => {
      expect(metrics.iteration).toBe(i + 1);
      for (const [name, list] of Object.entries(metrics.policy!)) expect([name, list.length]).toEqual([name, 2]);
      expect(metrics.value!.explainedVariance).toHaveLength(2);
      expect(metrics.model!.return.perMember).toHaveLength(2);
      expect(metrics.model!.freshLossByDimension).toHaveLength(6);
      expect(metrics.model!.freshLossByDimension.slice(4)).toEqual([0, 0]); // the target is held fixed
      expect(metrics.model!.return.mean).toBeCloseTo(
        (metrics.model!.return.perMember[0] + metrics.model!.return.perMember[1]) / 2,
        12,
      );
      expect(metrics.model!.return.mean).toBeCloseTo(metrics.policy!.modelReturn![1], 12);
      // One episode of 25 steps was gathered; imagined rollouts end after 8.
      const buffer = samplesOf(state.data);
      const within = buffer
        .slice(-25)
        .slice(0, 8)
        .map(({ reward }) => reward);
      expect(metrics.gap).toBeCloseTo(metrics.model!.return.mean - within.reduce((a, b) => a + b, 0), 10);
      expect(metrics.world.return.mean).toBeCloseTo(
        buffer.slice(-25).reduce((sum, { reward }) => sum + reward, 0),
        10,
      );
      expect(metrics.world).toMatchObject({ episodeLength: 25, return: { episodes: 1 } });
      expect(metrics.policy!.syntheticSamples).toEqual([2 * 6 * 8, 2 * 6 * 8]); // 2 members, 6 starts, 8 steps
      // 2 epochs of the buffer in minibatches of 16, and 3 at least; all initial samples are there for the first fit.
      const fitted = { pal: [50, 60], mal: [60, 60], gda: [50, 60], br: [50, 60] }[algorithm][i];
      expect(metrics.model!.gradientSteps).toBe(Math.ceil((2 * fitted) / 16));
      expect({ robust: metrics.robust, meter: metrics.meter }).toEqual({ robust: null, meter: null }); // off
      expect(JSON.stringify({ ...metrics, robust: 0, meter: 0 })).not.toContain("null"); // what NaN and ∞ would be
    });
  });
});

describe("a run", () => {
  test("is evaluated at its end, whenever that is", async () => {
    const run = await playAll(
      tinySetup("pal", pointMass, compute(), { evaluation: { every: 3 }, data: { maxSamples: 100 } }),
    );
    expect(run.map(({ metrics }) => metrics.evaluation !== null)).toEqual([false, true]);
  });

  test("ends with the first iteration that has gathered data.maxSamples", async () => {
    const samples = async (maxSamples: number) =>
      (await playAll(tinySetup("pal", pointMass, compute(), { data: { maxSamples } }))).map(
        ({ metrics }) => metrics.samples,
      );
    expect(await samples(1)).toEqual([75]);
    expect(await samples(100)).toEqual([75, 100]);
    expect(await samples(101)).toEqual([75, 100, 125]);
  });

  test("that had ended when it was saved has nothing left to play; with more samples allowed it goes on", async () => {
    const setup = (maxSamples: number) => tinySetup("pal", pointMass, compute(), { data: { maxSamples } });
    const [, last] = await playAll(setup(100));
    expect(await playAll({ ...setup(100), resume: last.snapshot })).toEqual([]);
    const longer = await playAll({ ...setup(150), resume: last.snapshot });
    const unbroken = await playAll(setup(150));
    expect(bits(longer)).toEqual(bits(unbroken.slice(2)));
  });

  test.each([
    ["a learned reward", { model: { learnReward: true, rewardHidden: [6] } }],
    ["standardised inputs", { policy: { inputs: "standardized" } }],
    ["bootstrap and cold starts", { model: { bootstrap: true, warmStart: false } }],
    ["all data kept", { data: { bufferSize: null } }],
  ] as const)("with %s is resumed bit for bit too, also through files of float arrays and JSON", async (_, patch) => {
    const setup = tinySetup("mal", pointMass, compute(), patch as SettingsPatch);
    const unbroken = await playAll(setup, 3);
    const { tensors, meta } = unbroken[0].snapshot;
    const resumed = await playAll({ ...setup, resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } }, 2);
    expect(bits(resumed)).toEqual(bits(unbroken.slice(1)));
  });

  test("of which several iterations make one line is the same game, and goes on from any line, bit for bit", async () => {
    for (const [algorithm, patch] of [
      ["pal", CONTINUED],
      ["mal", {}],
      ["gda", CONTINUED],
    ] as const) {
      const setup = (every: number, ...patches: readonly SettingsPatch[]) =>
        tinySetup(algorithm, pointMass, compute(), patch, { record: { every } }, ...patches);
      const [each, lines] = [await playAll(setup(1)), await playAll(setup(2))];
      const [last] = each.slice(-1);
      expect(lines.at(-1)!.state).toEqual(last.state); // a run's last iteration is a line, whatever its number
      expect(lines.map(({ metrics }) => metrics.iteration)).toEqual(lines.map((_, i) => i + 1));
      for (const { metrics, state } of lines) {
        const own = each.findIndex((one) => one.metrics.samples === metrics.samples);
        expect(state).toEqual(each[own].state);
        expect(state.k).toBe(own + 1);
        const first = metrics.iteration === 1 ? 0 : 2 * (metrics.iteration - 1);
        const steps = each.slice(first, own + 1).flatMap((one) => one.metrics.policy!.kl);
        expect(metrics.policy!.kl).toEqual(steps);
      }
      for (const [i, { snapshot }] of lines.slice(0, -1).entries()) {
        const { tensors, meta } = snapshot;
        const resumed = await playAll({ ...setup(2), resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } });
        expect(bits(resumed)).toEqual(bits(lines.slice(i + 1)));
      }
    }
  });

  test("scores in a line each episode that ended in its iterations, once", async () => {
    const setup = (every: number) =>
      tinySetup("pal", pointMass, compute(), CONTINUED, { record: { every }, data: { maxSamples: 160 } });
    const [line] = await playAll(setup(6)); // 40 samples, then 6 × 20: episodes of 25, of which six have ended
    expect(line.metrics.samples).toBe(160);
    expect(line.metrics.world).toMatchObject({ return: { episodes: 5 }, episodeLength: 25 }); // one of them in the initial samples
  });

  test.each(["point-mass", "inverted-pendulum"])(
    "whose episodes go on from one iteration to the next is resumed in the middle of them, bit for bit: %s",
    { timeout: 60_000 },
    async (id) => {
      const setup = tinySetup("pal", createTask(id), compute(), CONTINUED, { evaluation: { every: 3 } });
      const unbroken = await playAll(setup);
      expect(unbroken.map(({ metrics }) => metrics.samples)).toEqual([60, 80, 100, 120, 140]);
      expect(unbroken.filter(({ state }) => state.data.underWay !== null).length).toBeGreaterThanOrEqual(3);
      for (const [i, { snapshot }] of unbroken.slice(0, -1).entries()) {
        const { tensors, meta } = snapshot;
        const resumed = await playAll({ ...setup, resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } });
        expect(bits(resumed)).toEqual(bits(unbroken.slice(i + 1)));
        expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(i + 1).map(({ state }) => state));
      }
    },
  );

  test("can be resumed although its yielded states were read late: a snapshot is of its own iteration", async () => {
    const setup = tinySetup("pal", pointMass, compute());
    const late: Parameters<typeof bits>[0][number]["snapshot"][] = [];
    const makers: (() => (typeof late)[number])[] = [];
    for await (const { snapshot } of train(setup)) makers.push(snapshot);
    for (const make of makers) late.push(structuredClone(make()));
    expect(late).toEqual((await playAll(setup)).map(({ snapshot }) => snapshot));
  });

  test("measures with the clock it is given, and books the caller's time on nobody", async () => {
    let now = 0;
    const setup = { ...tinySetup("pal", pointMass, compute()), clock: () => now, onProgress: () => void (now += 1) };
    for await (const { metrics } of train(setup)) {
      const { sample, fit, improve, evaluate, total } = metrics.seconds;
      expect(sample + fit + improve + evaluate).toBe(total);
      expect(Math.min(sample, fit, improve, evaluate)).toBeGreaterThan(0);
      expect(total).toBeLessThan(1000);
      now += 1e6; // the caller takes its time
    }
  });

  test("takes the time by itself where no clock is given", async () => {
    const { clock: _, ...setup } = tinySetup("pal", pointMass, compute());
    for await (const { metrics } of train(setup)) {
      expect(Math.min(...Object.values(metrics.seconds))).toBeGreaterThan(0);
      break;
    }
  });

  test("ends in the iteration in which its signal is aborted; what was yielded before stays good", async () => {
    const stop = new AbortController();
    const setup = tinySetup("pal", pointMass, compute());
    const yielded: number[] = [];
    let told = 0;
    const playing = async () => {
      const onProgress = ({ iteration, phase }: Progress) => {
        if (iteration === 2 && phase === "improve") stop.abort(new Error("enough"));
        told++;
      };
      for await (const { metrics } of train({ ...setup, signal: stop.signal, onProgress }))
        yielded.push(metrics.samples);
    };
    await expect(playing()).rejects.toThrow("enough");
    expect(yielded).toHaveLength(1);
    const before = told;
    await expect(playing()).rejects.toThrow("enough"); // aborted already: it does not begin
    expect(told).toBe(before);
  });

  test("tells how far it is, phase by phase", async () => {
    const told: Progress[] = [];
    await playAll({ ...tinySetup("mal", pointMass, compute()), onProgress: (progress) => told.push(progress) }, 2);
    const phases = told.map(({ iteration, phase }) => `${iteration} ${phase}`);
    expect([...new Set(phases)]).toEqual([
      "1 sample",
      "1 fit",
      "1 improve",
      "1 evaluate",
      "2 improve",
      "2 sample",
      "2 fit",
      "2 evaluate",
    ]);
    for (const { done, total } of told) expect(done).toBeLessThanOrEqual(total);
    expect(told.filter(({ phase }) => phase === "improve").map(({ done, total }) => [done, total])).toEqual([
      [1, 2],
      [2, 2],
      [1, 2],
      [2, 2],
    ]);
  });
});

describe("worlds", () => {
  /** The line, which counts its worlds. */
  function counted(changes: Partial<Task> = {}) {
    const open = { now: 0, ever: 0 };
    const task: Task = {
      ...lineTask(),
      ...changes,
      async createWorld() {
        const world = await lineTask().createWorld();
        open.now++;
        open.ever++;
        return {
          reset: (options) => world.reset(options),
          step: (action) => world.step(action),
          saveState: () => world.saveState(),
          restoreState: (state) => world.restoreState(state),
          close: () => {
            open.now--;
            world.close();
          },
        };
      },
    };
    return { task, open };
  }

  test("are closed at the end of a run, when the caller stops, and when it fails", async () => {
    const { task, open } = counted();
    await playAll(tinySetup("pal", task, compute()));
    await playAll(tinySetup("pal", task, compute()), 1);
    const broken = counted({ reward: () => Number.NaN });
    await expect(playAll(tinySetup("pal", broken.task, compute()))).rejects.toThrow(WorldError);
    expect(open.ever).toBe(6); // three evaluation episodes at a time, in each of two runs
    expect([open.now, broken.open.now]).toEqual([0, 0]);
  });
});

describe("what diverges names its player, and what was yielded before stays good:", () => {
  const line = lineTask();

  test("the model player", async () => {
    const setup = tinySetup("pal", line, compute());
    const model = { ...setup.settings.model, learningRate: 1e30 }; // as no settings are taken
    const playing = playAll({ ...setup, settings: { ...setup.settings, model } });
    await expect(playing).rejects.toThrow(DivergenceError);
    await expect(playing).rejects.toThrow(/^model player, member \d/);
  });

  test("the policy player's value function", async () => {
    const setup = tinySetup("mal", line, compute());
    const value = { ...setup.settings.value, learningRate: 1e38 }; // as no settings are taken
    const playing = playAll({ ...setup, settings: { ...setup.settings, value } });
    await expect(playing).rejects.toThrow(DivergenceError);
    await expect(playing).rejects.toThrow(/^policy player, value function/);
  });

  test("the world, where it is the world's fault", async () => {
    const { createWorld } = line;
    const task: Task = {
      ...line,
      async createWorld() {
        const world = await createWorld();
        const step = world.step.bind(world);
        world.step = (action) => ({ ...step(action), reward: Number.NaN });
        return world;
      },
    };
    await expect(playAll(tinySetup("pal", task, compute()))).rejects.toThrow(WorldError);
  });

  test("in a later iteration: the states until then can be resumed", async () => {
    let healthy = true;
    const task: Task = { ...line, reward: (...args) => (healthy ? line.reward(...args) : Number.NaN) };
    const states: Played[] = [];
    const running = (async () => {
      for await (const { snapshot, ...iteration } of train(tinySetup("pal", task, compute()))) {
        states.push({ ...iteration, snapshot: snapshot() });
        healthy = states.length < 2;
      }
    })();
    await expect(running).rejects.toThrow(/^line-v0, reward: gave NaN for the predicted state/);
    expect(states).toHaveLength(2);
    const unbroken = await playAll(tinySetup("pal", line, compute()));
    expect(bits(states)).toEqual(bits(unbroken.slice(0, 2)));
    expect(bits(await playAll({ ...tinySetup("pal", line, compute()), resume: states[1].snapshot }))).toEqual(
      bits(unbroken.slice(2)),
    );
  });
});
