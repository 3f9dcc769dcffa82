import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../../src/errors/errors.js";
import type { RunSummary } from "../../../src/runs/events.js";
import { RunStore } from "../../../src/runs/store.js";
import { fakePlayer, temporaryDirectory } from "../../runs/support/fake.js";
import { cli, jsonLines } from "../support/harness.js";

const configOf = (run: string) => JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
const TRAIN = ["train", "pal", "point-mass", "--samples", "300"];

describe("train", () => {
  test("makes the next free run directory and says the score, the picture and what to type next", async () => {
    const cwd = temporaryDirectory();
    const first = await cli(TRAIN, { cwd });
    await cli(TRAIN, { cwd });
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(join(cwd, "runs"))).toEqual(["point-mass-v0-pal-s0-1", "point-mass-v0-pal-s0-2"]);
    expect(first.out).toMatch(
      /^PAL on point-mass-v0: preset default, seed 0, to 300 real samples\nRun directory: runs/,
    );
    expect(first.out.match(/^iteration \d · /gm)).toHaveLength(3);
    expect(first.out).toMatch(/Finished: return 5\d\d ± \d+ after 300 real samples/);
    expect(first.out).toContain("runs/point-mass-v0-pal-s0-1/learning-curve.svg");
    expect(first.out).toContain("stackelberg evaluate runs/point-mass-v0-pal-s0-1");
    expect(first.out).toContain("stackelberg resume runs/point-mass-v0-pal-s0-1 --samples 600");
  });

  test("--json: standard output is one event a line, and last the summary; people read standard error", async () => {
    const cwd = temporaryDirectory();
    const { out, err } = await cli([...TRAIN, "--json", "--out", "r"], { cwd });
    const lines = jsonLines(out) as RunSummary[];
    expect(lines).toHaveLength(4);
    expect(lines.slice(0, 3)).toMatchObject([1, 2, 3].map((iteration) => ({ type: "iteration", iteration })));
    expect(lines[3]).toEqual(JSON.parse(readFileSync(join(cwd, "r", "summary.json"), "utf8")));
    expect(err).toContain("iteration 3");
    const quiet = await cli([...TRAIN, "--json", "--quiet", "--out", "q"], { cwd });
    expect(quiet.err).toBe("");
    expect(jsonLines(quiet.out)).toHaveLength(4);
    expect(await cli([...TRAIN, "--quiet", "--out", "q2"], { cwd })).toMatchObject({ out: "", err: "" });
  });

  test("changes of the task are checked before anything is made, and kept with the run", async () => {
    const cwd = temporaryDirectory();
    const line = (changes: string) => [
      "train",
      "pal",
      "reacher-7dof",
      "--samples",
      "300",
      "--out",
      "r",
      "--set",
      changes,
    ];
    const { code, err } = await cli(line('task.changes=[{atSamples: 100, options: {forarm: "1.2"}}]'), { cwd });
    expect([code, err]).toEqual([2, expect.stringContaining('Did you mean "forearm"')]);
    expect(existsSync(join(cwd, "r"))).toBe(false);
    const good = await cli(line("task.changes=[{atSamples: 100, options: {forearm: 1.2}}]"), { cwd });
    expect(good.code).toBe(0);
    expect(configOf(join(cwd, "r")).settings.task).toMatchObject({
      changes: [{ atSamples: 100, options: { forearm: "1.2" } }],
    });
    expect(await cli(["evaluate", "r"], { cwd })).toMatchObject({ code: 0 });
  });

  test("settings: preset, then file, then --set in turn, then --samples", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(
      join(cwd, "s.yaml"),
      "npg: { steps: 7, cgIterations: 33 }\nmodel: { hidden: [8] }\ndata: { maxSamples: 5000 }\n",
    );
    const line = [
      "--config",
      "s.yaml",
      "--set",
      "npg.steps=9",
      "--set",
      "policy.hidden=[16, 16]",
      "--set",
      "data.bufferSize=null",
      "--set",
      "model.scale=std",
    ];
    await cli([...TRAIN, "--preset", "paper", "--seed", "4", "--out", "r", ...line], { cwd });
    const { settings, seed, preset } = configOf(join(cwd, "r"));
    expect({ seed, preset }).toEqual({ seed: 4, preset: "paper" });
    expect(settings.npg).toMatchObject({ steps: 9, cgIterations: 33 });
    expect(settings.model).toMatchObject({ hidden: [8], scale: "std" });
    expect(settings.policy.hidden).toEqual([16, 16]);
    expect(settings.data).toMatchObject({ bufferSize: null, maxSamples: 300 });
    await cli(["train", "pal", "point-mass", "--config", "r/config.json", "--out", "again"], { cwd });
    expect(configOf(join(cwd, "again")).settings).toEqual(settings);
  });

  test("fewer samples than one iteration takes: it says how many that are", async () => {
    const cwd = temporaryDirectory();
    const line = (samples: number) => [
      "train",
      "pal",
      "point-mass",
      "--samples",
      String(samples),
      "--out",
      `r${samples}`,
    ];
    expect((await cli(line(749), { cwd })).out).toContain("One iteration alone takes 750 (data.");
    expect((await cli(line(750), { cwd })).out).not.toContain("alone takes"); // 500 first, then 250
  });

  test("--seeds makes a run for each; task options are kept", async () => {
    const cwd = temporaryDirectory();
    await cli(
      [
        "train",
        "mal",
        "inverted-pendulum",
        "--samples",
        "100",
        "--seeds",
        "3,1",
        "--out",
        "sweep",
        "--task-option",
        "era=exact",
      ],
      { cwd },
    );
    expect(readdirSync(join(cwd, "sweep"))).toEqual(["inverted-pendulum-v2-mal-s1", "inverted-pendulum-v2-mal-s3"]);
    const config = configOf(join(cwd, "sweep", "inverted-pendulum-v2-mal-s3"));
    expect(config).toMatchObject({
      seed: 3,
      task: { id: "inverted-pendulum-v2", options: { era: "exact" }, module: null },
    });
    expect(config.versions).toMatchObject({
      node: process.versions.node,
      onnxruntime: expect.stringMatching(/^\d/),
      mujoco: expect.stringMatching(/^\d/),
    });
  });

  test.each([
    [["train", "pall", "hopper"], 'algorithm: there is no "pall". Did you mean "pal"'],
    [["train", "pal", "hoper"], 'task: there is no task "hoper". Did you mean "hopper"'],
    [["train", "pal"], "task: none was given"],
    [["train", "mal", "hopper", "--set", "npg.step=3"], "npg.step: there is no such setting. Did you mean"],
    [["train", "pal", "hopper", "--set", "npg.steps"], "--set: must look like name=value"],
    [["train", "mal", "hopper", "--set", "npg.steps=[1"], "--set npg.steps: cannot read the value"],
    [["train", "mal", "hopper", "--set", "npg.steps=many"], "npg.steps: "],
    [["train", "pal", "hopper", "--preset", "papper"], 'Did you mean "paper"'],
    [["train", "pal", "hopper", "--seed", "-1"], "--seed: must be a whole number of at least 0"],
    [["train", "pal", "hopper", "--samples", "lots"], "--samples: must be a whole number"],
    [["train", "pal", "hopper", "--seed", "1", "--seeds", "1,2"], "--seeds: came together with --seed"],
    [["train", "pal", "hopper", "--seeds", "1,2,1"], "--seeds: 1 comes twice in 1,2,1"],
    [["train", "pal", "hopper", "--provider", "gpu"], "--provider: there is no"],
    [["train", "pal", "hopper", "--config", "gone.yaml"], "--config gone.yaml: cannot be read"],
    [["train", "pal", "hopper", "--task-option", "erra=exact"], 'Did you mean "era"'],
    [["train", "pal", "./gone.mjs"], "there is no file"],
    [["train", "pal", "hopper", "--sedd", "1"], "Did you mean --seed?"],
    [["tarin"], "Did you mean train?"],
  ])("%j is refused with the way out, exits 2 and leaves nothing behind", async (line, message) => {
    const cwd = temporaryDirectory();
    const { code, out, err } = await cli(line, { cwd });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err).not.toContain("    at "); // no stack
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("an --out where nothing can be made, and a log that cannot be written, are no faults of ours", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "file"), "");
    const { code, err } = await cli([...TRAIN, "--out", "file/r"], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(/file\/r: ENOTDIR.*Choose another place/)]);
    expect(err).not.toContain("Please report");
    const train: typeof fakePlayer.train = async function* (setup) {
      for await (const iteration of fakePlayer.train(setup)) {
        if (iteration.metrics.iteration === 3) {
          rmSync(join(cwd, "r/metrics.csv"));
          mkdirSync(join(cwd, "r/metrics.csv")); // cannot be appended to
        }
        yield iteration;
      }
    };
    const stopped = await cli([...TRAIN, "--out", "r"], { cwd, parts: { player: { ...fakePlayer, train } } });
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain("The run stopped in iteration 3. The last good checkpoint is r/checkpoints/0002.");
    expect(stopped.err).not.toContain("Please report");
  });

  test("of a run's config.json only this version's is taken for settings", async () => {
    const cwd = temporaryDirectory();
    await cli([...TRAIN, "--out", "r"], { cwd });
    writeFileSync(
      join(cwd, "newer.json"),
      JSON.stringify({ ...configOf(join(cwd, "r")), format: "stackelberg-run/9" }),
    );
    const { code, err } = await cli([...TRAIN, "--config", "newer.json", "--out", "s"], { cwd });
    expect([code, err]).toEqual([2, expect.stringContaining('its format is "stackelberg-run/9"')]);
  });

  test("that ends far beyond its samples proposes a number beyond them", async () => {
    const cwd = temporaryDirectory();
    const { out } = await cli(["train", "pal", "point-mass", "--samples", "10", "--out", "r"], { cwd });
    expect(out).toContain("after 100 real samples (1 iteration,");
    expect(out).toContain("resume r --samples 200");
    expect((await cli(["resume", "r"], { cwd })).out).toContain("resume r --samples 200");
  });

  test("an --out that is taken exits 1 and says how to go on", async () => {
    const cwd = temporaryDirectory();
    await cli([...TRAIN, "--out", "r"], { cwd });
    const { code, err } = await cli([...TRAIN, "--out", "r"], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(/holds a run already\. Resume it with `stackelberg resume`/);
  });

  test("divergence exits 1, names the player and the last good checkpoint; a fault of ours shows its stack", async () => {
    const cwd = temporaryDirectory();
    const failing = (error: Error) => ({
      player: {
        ...fakePlayer,
        async *train(setup: Parameters<typeof fakePlayer.train>[0]) {
          for await (const iteration of fakePlayer.train(setup)) {
            if (iteration.metrics.iteration > 2) throw error;
            yield iteration;
          }
        },
      },
    });
    const diverged = new DivergenceError(
      "policy player, iteration 3, step 2",
      "gᵀF⁻¹g must be positive, got -1",
      "Raise npg.fisherDamping",
    );
    const { code, err } = await cli([...TRAIN, "--out", "d"], { cwd, parts: failing(diverged) });
    expect(code).toBe(1);
    expect(err).toContain("The run diverged in iteration 3. The last good checkpoint is d/checkpoints/0002.");
    expect(err).toContain(
      "policy player, iteration 3, step 2: gᵀF⁻¹g must be positive, got -1. Raise npg.fisherDamping.",
    );
    expect(err).not.toContain("    at ");
    const bug = await cli([...TRAIN, "--out", "b"], { cwd, parts: failing(new TypeError("x is undefined")) });
    expect(bug.code).toBe(1);
    expect(bug.err).toMatch(/TypeError: x is undefined\n {4}at .*\n[\s\S]*Please report it/);
    expect(existsSync(join(cwd, "b", "run.lock"))).toBe(false);
  });

  test("on a terminal one line is drawn again and again, no wider than the terminal", async () => {
    const cwd = temporaryDirectory();
    const wide = await cli([...TRAIN, "--out", "wide"], { cwd, columns: 100 });
    expect(wide.err).toContain("iteration 1 · 0 of 300 samples · ██████░░░░░░ fitting the model 50 %");
    expect(wide.err.endsWith("\r\x1b[2K")).toBe(true);
    const narrow = await cli([...TRAIN, "--out", "narrow"], { cwd, columns: 40 });
    const drawn = narrow.err.split("\r\x1b[2K").filter((line) => line !== "");
    expect(drawn.length).toBeGreaterThan(2);
    for (const line of drawn) expect(line.length).toBeLessThan(40);
  });
});

describe("Ctrl-C", () => {
  /** A trainer during whose third iteration Ctrl-C is pressed. */
  const pressed = (times: number) => {
    let press = () => {};
    const train: typeof fakePlayer.train = async function* (setup) {
      for await (const iteration of fakePlayer.train(setup)) {
        if (iteration.metrics.iteration === 3) for (let i = 0; i < times; i++) press();
        yield iteration;
      }
    };
    return { parts: { player: { ...fakePlayer, train } }, ready: (interrupt: () => void) => (press = interrupt) };
  };
  const LONG = ["train", "pal", "point-mass", "--samples", "600", "--out", "my run"];

  test("once: the iteration under way is kept, exit 130, and the line to resume works", async () => {
    const cwd = temporaryDirectory();
    const { code, killed, out, err } = await cli([...LONG, "--json"], { cwd, ...pressed(1) });
    expect({ code, killed }).toEqual({ code: 130, killed: undefined });
    expect(err).toMatch(
      /Stopping after this iteration: it has taken [\d.]+ s and is fitting the model \(50 %\); the last ones took 1\.0 s\. Ctrl-C again/,
    );
    expect(err).toContain("Stopped after iteration 3 (300 samples)");
    expect(err).toContain(" stackelberg resume 'my run'\n");
    expect(jsonLines(out).at(-1)).toMatchObject({ reason: "interrupted", iterations: 3 });
    const resumed = await cli(["resume", "my run", "--json"], { cwd });
    expect(resumed.code).toBe(0);
    expect(jsonLines(resumed.out).map((line) => (line as RunSummary & { iteration?: number }).iteration)).toEqual([
      4,
      5,
      6,
      undefined,
    ]);
  });

  test("twice: the iteration under way is lost, all before it is kept, and the process must leave", async () => {
    const cwd = temporaryDirectory();
    const { code, killed, err } = await cli(LONG, { cwd, ...pressed(2) });
    expect({ code, killed }).toEqual({ code: 130, killed: "SIGINT" });
    expect(err).toContain("Stopped after iteration 2");
    expect((await cli(["resume", "my run"], { cwd })).out).toContain("going on from iteration 2, 200 of 600 samples");
  });
});

describe("resume", () => {
  test("of a finished run says how to make it longer; --samples does", async () => {
    const cwd = temporaryDirectory();
    await cli([...TRAIN, "--out", "r"], { cwd });
    expect((await cli(["resume", "r"], { cwd })).out).toContain(
      "The run has its 300 samples. To make it longer: stackelberg resume r --samples 600",
    );
    const longer = await cli(["resume", "r", "--samples", "500"], { cwd });
    expect(longer.out).toContain("after 500 real samples (5 iterations");
    expect(await cli(["resume", "r", "--samples", "200"], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining("has 500 samples already"),
    });
  });

  test("of a run in use exits 1 with the way out", async () => {
    const cwd = temporaryDirectory();
    await cli([...TRAIN, "--out", "r"], { cwd });
    const store = RunStore.resume(join(cwd, "r"));
    expect(await cli(["resume", "r"], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining("is in use by process"),
    });
    store.close();
  });

  test("warns where versions have changed", async () => {
    const cwd = temporaryDirectory();
    await cli([...TRAIN, "--out", "r"], { cwd });
    const path = join(cwd, "r", "config.json");
    const config = configOf(join(cwd, "r"));
    writeFileSync(path, JSON.stringify({ ...config, versions: { ...config.versions, mujoco: "1.0.0" } }));
    expect((await cli(["resume", "r"], { cwd })).err).toMatch(/Warning: the run began with mujoco 1\.0\.0, here is \d/);
  });
});

describe("a user's own task", () => {
  const MODULE = `export default { id: "mine-v0", title: "mine", options: {}, horizon: 10, controlStep: 0.1,
    observation: { size: 1, names: ["x"], low: [-1], high: [1] }, action: { size: 1, names: ["u"], low: [-1], high: [1] },
    reward: () => 0, isTerminal: () => false, createWorld: async () => { throw new Error("not played here"); } };\n`;

  test("is loaded by path, and found again when the run and it have moved together", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "mine.mjs"), MODULE);
    const line = ["train", "pal", "--task", "./mine.mjs", "--samples", "100", "--out", "runs/r"];
    expect(await cli(line, { cwd })).toMatchObject({ code: 0, err: "" });
    expect(configOf(join(cwd, "runs/r")).task).toMatchObject({
      id: "mine-v0",
      module: { path: join("..", "..", "mine.mjs"), given: "./mine.mjs" },
    });
    const moved = temporaryDirectory();
    mkdirSync(join(moved, "runs"));
    const { cpSync } = await import("node:fs");
    cpSync(cwd, moved, { recursive: true });
    rmSync(join(cwd, "mine.mjs"));
    expect(
      await cli(["resume", join(moved, "runs/r"), "--samples", "200"], { cwd: temporaryDirectory() }),
    ).toMatchObject({ code: 0, err: "" });
  });

  test("that throws is blamed by file and line, not us", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(
      join(cwd, "mine.mjs"),
      `const x = null;\n${MODULE.replace('throw new Error("not played here")', "x.y")}`,
    );
    writeFileSync(join(cwd, "made.mjs"), "export default () => {\n  throw new TypeError('no wheels');\n};\n");
    const train: typeof fakePlayer.train = async function* (setup) {
      await setup.task.createWorld();
      yield* fakePlayer.train(setup);
    };
    const parts = { player: { ...fakePlayer, train } };
    for (const [file, line] of [
      ["mine.mjs", 4],
      ["made.mjs", 2],
    ] as const) {
      const { code, err } = await cli(["train", "pal", `./${file}`, "--out", "r"], { cwd, parts });
      expect(code).toBe(1);
      expect(err).toContain(`${file}:${line}: TypeError: `);
      expect(err).not.toContain("Please report");
    }
  });

  test.each(["'no luck'", "null", "{ why: 'no luck' }"])("that throws %s, no Error, is blamed too", async (thrown) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "made.mjs"), `export default () => {\n  throw ${thrown};\n};\n`);
    expect(await cli(["train", "pal", "./made.mjs"], { cwd })).toMatchObject({
      code: 1,
      err: `A task's code threw ${thrown}, which is no Error. Throw an Error: its trace names the line.\n`,
    });
  });

  test("that is gone or has changed is said so", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "mine.mjs"), MODULE);
    await cli(["train", "pal", "mine.mjs", "--samples", "100", "--out", "r"], { cwd });
    writeFileSync(join(cwd, "mine.mjs"), `${MODULE}// changed`);
    expect((await cli(["resume", "r"], { cwd })).err).toContain("has changed since the run began");
    rmSync(join(cwd, "mine.mjs"));
    const { code, err } = await cli(["resume", "r"], { cwd });
    expect(code).toBe(1);
    expect(err).toContain(`its task is a module that is gone: ${join(cwd, "mine.mjs")} do`);
  });

  test("whose MuJoCo model has changed, or a file of it, is said so", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "leg.obj"), "v 0 0 0");
    const read = (file: string) => `readFileSync(new URL(${JSON.stringify(file)}, import.meta.url))`;
    const model = `mjcf: () => "<mujoco/>", modelFiles: () => ({ "leg.obj": ${read("leg.obj")} }),`;
    writeFileSync(
      join(cwd, "mine.mjs"),
      `import { readFileSync } from "node:fs";\n${MODULE.replace("reward:", `${model} reward:`)}`,
    );
    await cli(["train", "pal", "mine.mjs", "--samples", "100", "--out", "r"], { cwd });
    expect((await cli(["resume", "r", "--samples", "200"], { cwd })).err).not.toContain("has changed");
    writeFileSync(join(cwd, "leg.obj"), "v 0 0 1");
    expect((await cli(["resume", "r", "--samples", "300"], { cwd })).err).toMatch(
      /the MuJoCo model of .*mine\.mjs has changed since the run began/,
    );
  });

  test.each([
    ["export default 3;", "its default export is number, not a task"],
    ["export default {};", "its default export has no text `id`"],
    [MODULE.replace("reward", "reword"), "its default export has no function `reward`"],
    ["export default {", "its module cannot be loaded"],
  ])("that is %j is refused", async (source, message) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "mine.mjs"), source);
    expect(await cli(["train", "pal", "./mine.mjs"], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
  });
});
