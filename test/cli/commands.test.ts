import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Parts } from "../../src/cli/parts.js";
import { createTask } from "../../src/envs/index.js";
import { decodeSafetensors } from "../../src/runs/safetensors.js";
import { RunStore } from "../../src/runs/store.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { openTestCompute } from "../support/engines.js";
import { cli, jsonLines } from "./support/harness.js";

async function trained(...more: string[]): Promise<string> {
  const cwd = temporaryDirectory();
  await cli(["train", "pal", "point-mass", "--samples", "400", "--out", "r", ...more], { cwd });
  return cwd;
}

describe("help", () => {
  test("without a command, with --help and per command; --version is the package's", async () => {
    const cwd = temporaryDirectory();
    for (const line of [[], ["--help"], ["help"]]) {
      expect(await cli(line, { cwd })).toMatchObject({ code: 0, out: expect.stringContaining("train") });
    }
    expect((await cli(["train", "--help"], { cwd })).out).toContain("--task-option <name=value>");
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await cli(["--version"], { cwd })).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe("a command for a run", () => {
  test.each(["resume", "evaluate", "export", "report"])(
    "%s exits 2 where there is no such run, or it is none",
    async (name) => {
      const cwd = temporaryDirectory();
      const said = async (run: string) => cli([name, run], { cwd });
      expect(await said("gone")).toMatchObject({
        code: 2,
        err: expect.stringContaining("gone: there is no such run. Give"),
      });
      expect(await said(".")).toMatchObject({
        code: 2,
        err: expect.stringContaining("is no run directory: it holds no"),
      });
    },
  );
});

describe("goals", () => {
  test("shows world and model side by side, by how far goals are, for people and for programs", async () => {
    const cwd = await trained();
    const asked: unknown[] = [];
    const scores = { return: -5, success: 0.25, error: 0.04, ended: 0 };
    const goalMap: Parts["goalMap"] = async ({ episodes, seed, regions }) => {
      asked.push({ episodes, seed, regions });
      return [{ from: 0.1, to: 0.2, episodes, world: scores, model: { ...scores, success: 0.75 } }];
    };
    const { out } = await cli(["goals", "r", "--episodes", "30", "--regions", "4"], { cwd, parts: { goalMap } });
    expect(out).toContain("30 episodes from seed 1000000, by the distance to the target [m] at the start:");
    expect(out).toMatch(/0\.100 … 0\.200 +30 +25 % +0\.0400 +0 % +-5\.00 +75 %/);
    const { out: json } = await cli(["goals", "r", "--seed", "7", "--json"], { cwd, parts: { goalMap } });
    expect(jsonLines(json)).toMatchObject([
      { run: "r", task: "point-mass-v0", seed: 7, regions: [{ from: 0.1, to: 0.2, episodes: 200, world: scores }] },
    ]);
    expect(asked).toEqual([
      { episodes: 30, seed: 1_000_000, regions: 4 },
      { episodes: 200, seed: 7, regions: 5 },
    ]);
  });
});

describe("evaluate", () => {
  test("scores the newest checkpoint, or one that was kept, for people and for programs", async () => {
    const cwd = await trained("--keep-every", "2");
    const { out } = await cli(["evaluate", "r", "--episodes", "3"], { cwd });
    expect(out).toContain(
      "PAL on point-mass-v0 after iteration 4, mean policy, 3 episodes from seed 1000000:\n  return   10.0 ± 2.00",
    );
    expect(out).toContain("success  50 %");
    expect(out).toContain("error    0.400 on the way, 0.0300 at the end: distance to the target [m]\n");
    const json = await cli(
      ["evaluate", "r", "--episodes", "2", "--seed", "5", "--stochastic", "--checkpoint", "2", "--json"],
      { cwd },
    );
    expect(jsonLines(json.out)).toEqual([
      {
        run: "r",
        algorithm: "pal",
        task: "point-mass-v0",
        iteration: 2,
        samples: 200,
        seed: 5,
        stochastic: true,
        perturb: null,
        return: { mean: 10, std: 2, episodes: 2 },
        success: 0.5,
        goalError: { mean: 0.4, last: 0.03 },
        returns: [5.5, 6.5],
        lengths: [25, 25],
      },
    ]);
    expect(await cli(["evaluate", "r", "--checkpoint", "1"], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining("It has 4, 3, 2"),
    });
  });

  test("plays in a perturbed world, says so, and keeps nothing of it in the run", async () => {
    const cwd = await trained();
    const before = readdirSync(join(cwd, "r")).map((name) => [name, statSync(join(cwd, "r", name)).mtimeMs]);
    const titles: string[] = [];
    const evaluatePolicy: Parts["evaluatePolicy"] = async ({ task, episodes }) => {
      titles.push(task.title);
      return { return: { mean: 1, std: 0, episodes }, success: null, goalError: null, returns: [1], lengths: [1] };
    };
    const line = ["evaluate", "r", "--perturb", "mass=1.3,gear=0.5"];
    const { out } = await cli(line, { cwd, parts: { evaluatePolicy } });
    expect(out).toContain("from seed 1000000, mass × 1.3, gear × 0.5:");
    const json = await cli([...line, "--json"], { cwd, parts: { evaluatePolicy } });
    expect(jsonLines(json.out)).toMatchObject([{ perturb: { mass: 1.3, gear: 0.5 } }]);
    for (const title of titles) expect(title).toMatch(/, mass × 1.3, gear × 0.5$/);
    expect(readdirSync(join(cwd, "r")).map((name) => [name, statSync(join(cwd, "r", name)).mtimeMs])).toEqual(before);
  });

  test("refuses --perturb where the task's world has nothing to multiply", async () => {
    const cwd = await trained();
    const { perturbed: _, ...plain } = createTask("point-mass");
    const said = await cli(["evaluate", "r", "--perturb", "mass=2"], { cwd, parts: { createTask: () => plain } });
    expect(said).toMatchObject({
      code: 2,
      err: expect.stringContaining("--perturb: the world of point-mass-v0 has no"),
    });
  });

  test.each([
    ["mass", /--perturb: must look like name=value, got "mass".*--perturb mass=1.3,friction=0.7/],
    ["weight=2", /perturb weight: there is no such quantity/],
    ["mass=heavy", /perturb mass: must be a finite factor, above 0, got NaN/],
    ["mass=", /perturb mass: must be a finite factor, above 0, got NaN/],
  ])("refuses --perturb %s", async (factors, message) => {
    const cwd = await trained();
    const said = await cli(["evaluate", "r", "--perturb", factors], { cwd });
    expect(said).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});

describe("export", () => {
  test("writes ONNX files, and the weights of the checkpoint as they are", async () => {
    const cwd = await trained();
    const { out } = await cli(["export", "r", "--format", "all", "--out", "x"], { cwd });
    expect(out.trimEnd().split("\n")).toEqual(
      ["policy.onnx", "model.onnx", "policy.safetensors", "value.safetensors", "model.safetensors"].map((name) =>
        join("x", name),
      ),
    );
    expect(readFileSync(join(cwd, "x", "policy.onnx"))).toEqual(readFileSync(join(cwd, "r", "policy.onnx")));
    expect(Object.keys(decodeSafetensors("p", readFileSync(join(cwd, "x", "policy.safetensors"))))).toEqual([
      "policy/w",
    ]);
    await cli(["export", "r"], { cwd });
    expect(readdirSync(join(cwd, "r", "export")).sort()).toEqual(["model.onnx", "policy.onnx"]);
    expect(await cli(["export", "r", "--format", "onx"], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "onnx"'),
    });
  });
});

describe("info", () => {
  test("tells versions and providers", async () => {
    const [facts] = jsonLines((await cli(["info", "--json"], { cwd: temporaryDirectory() })).out);
    expect(facts).toMatchObject({ node: process.versions.node, providers: expect.stringContaining("cpu") });
  });

  test("tells how a run is: finished, running, killed; and of several, a line each", async () => {
    const cwd = await trained();
    const status = async () => jsonLines((await cli(["info", "r", "--json"], { cwd })).out)[0];
    expect(await status()).toMatchObject({
      status: "finished",
      iterations: 4,
      samples: 400,
      maxSamples: 400,
      checkpoints: [4, 3],
    });
    const store = RunStore.resume(join(cwd, "r"));
    expect(await status()).toMatchObject({ status: "running", process: process.pid });
    store.close();
    expect(await status()).toMatchObject({ status: "killed" });
    expect((await cli(["info", "r"], { cwd })).out).toContain("stackelberg resume r");
    expect((await cli(["info", "."], { cwd })).out).toMatch(/^r +killed +400 of 400 +return/);
    expect(await cli(["info", "gone"], { cwd })).toMatchObject({ code: 2 });
  });

  test("a run that cannot be read does not hide those beside it", async () => {
    const cwd = await trained();
    mkdirSync(join(cwd, "newer"));
    writeFileSync(join(cwd, "newer", "config.json"), JSON.stringify({ format: "stackelberg-run/9" }));
    const { code, out, err } = await cli(["info", "."], { cwd });
    expect({ code, err }).toEqual({ code: 1, err: "1 of 2 runs cannot be read.\n" });
    expect(out).toMatch(/^newer +unreadable +.*another version.*\nr +finished/);
    expect(jsonLines((await cli(["info", ".", "--json"], { cwd })).out)).toMatchObject([
      { status: "unreadable" },
      { status: "finished" },
    ]);
    expect(await cli(["info", "newer"], { cwd })).toMatchObject({ code: 1 });
  });

  test("a run whose settings or checkpoints are lost is listed, not passed over", async () => {
    const cwd = await trained();
    for (const name of ["config", "checkpoints"]) cpSync(join(cwd, "r"), join(cwd, name), { recursive: true });
    rmSync(join(cwd, "config", "config.json"));
    rmSync(join(cwd, "checkpoints", "checkpoints"), { recursive: true });
    writeFileSync(join(cwd, "checkpoints", "checkpoints"), "");
    expect(await cli(["info", "."], { cwd })).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^checkpoints +unreadable +.*checkpoints: cannot be read.*\nconfig +unreadable +.*config\.json: cannot be read.*\nr +finished/,
      ),
    });
  });

  test.each(['{"type":"iteration"}', '{"type":"end"}', '{"type":"start"}', "null", "5"])(
    "tells of the line %s, and of the run what the others say",
    async (line) => {
      const cwd = await trained();
      appendFileSync(join(cwd, "r", "metrics.jsonl"), `${line}\n`);
      writeFileSync(join(cwd, "r", "run.lock"), `${line}\n`);
      const { code, out, err } = await cli(["info", "r"], { cwd });
      expect({ code, err }).toEqual({
        code: 0,
        err: expect.stringMatching(/^Warning: .*metrics\.jsonl, line 7: is not an event \(.*\)\. It is left out\.\n$/),
      });
      expect(out).toMatch(/status +finished\nprogress +400 of 400 real samples, 4 iterations/);
      expect(out + err).not.toMatch(/NaN|undefined/);
      const resumed = await cli(["resume", "r", "--samples", "500"], { cwd });
      expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining("kept as metrics.damaged-1.jsonl") });
      expect(resumed.out).toContain("going on from iteration 4, 400 of 500 samples");
    },
  );
});

describe("tasks", () => {
  test("lists them all, shows one, prints its MJCF", async () => {
    const cwd = temporaryDirectory();
    const [list] = jsonLines((await cli(["tasks", "--json"], { cwd })).out) as { id: string }[][];
    expect(list.map(({ id }) => id)).toContain("hopper-v2");
    const [hopper] = jsonLines((await cli(["tasks", "hopper", "--json"], { cwd })).out);
    expect(hopper).toMatchObject({
      id: "hopper-v2",
      choices: { era: expect.arrayContaining(["exact"]) },
      presets: expect.arrayContaining(["default", "paper"]),
    });
    expect((await cli(["tasks", "hopper"], { cwd })).out).toMatch(/torso height \[m\] +−∞ … ∞/);
    expect((await cli(["tasks", "hopper", "--mjcf"], { cwd })).out).toMatch(/^<mujoco/);
    expect(await cli(["tasks", "--mjcf"], { cwd })).toMatchObject({ code: 2 });
  });
});

describe("check-task", () => {
  test("says of each promise whether it is kept, and exits 1 where one is not", async () => {
    const cwd = temporaryDirectory();
    const engines = { openNodeCompute: () => openTestCompute() };
    const good = await cli(["check-task", "point-mass", "--episodes", "2"], { cwd, parts: engines });
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining("keeps its promises") });
    expect(good.out).toMatch(/ok +graphs +reward equal, .*on 100 transitions, 0 of them terminal/);
    const checks = [{ name: "reward", passed: false, detail: "the world pays 1" }];
    const parts = { checkTask: async () => ({ task: "point-mass-v0", passed: false, checks }) };
    const bad = await cli(["check-task", "point-mass"], { cwd, parts });
    expect(bad).toMatchObject({
      code: 1,
      out: "FAILED  reward  the world pays 1\npoint-mass-v0 fails 1 of 1 checks.\n",
    });
    expect(jsonLines((await cli(["check-task", "point-mass", "--json"], { cwd, parts })).out)).toEqual([
      { task: "point-mass-v0", passed: false, checks },
    ]);
  });
});

describe("check-task of a module", () => {
  test("names the line of what it throws, once", async () => {
    const cwd = temporaryDirectory();
    const space = "{ size: 1, names: ['x'], low: [-1], high: [1] }";
    writeFileSync(
      join(cwd, "mine.mjs"),
      [
        "const step = () => {",
        "  throw new Error('no sensor');",
        "};",
        "const createWorld = async () => ({ reset: step, step, saveState: step, restoreState: step, close() {} });",
        `const space = ${space};`,
        "export default {",
        "  id: 'mine-v0', horizon: 5, controlStep: 0.1, observation: space, action: space, createWorld,",
        "  reward: () => 0, isTerminal: () => false,",
        "};",
      ].join("\n"),
    );
    const { code, out } = await cli(["check-task", "./mine.mjs"], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED +observations +mine\.mjs:2: no sensor\n/);
    expect(out.match(/no sensor/g)).toHaveLength(1);
  });
});

describe("new-task", () => {
  test("writes a task beside the model, once, and says what to type next", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "My robot.xml"), createTask("hopper").mjcf!());
    const line = ["new-task", "--mjcf", "My robot.xml"];
    const { code, out } = await cli(line, { cwd });
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^My robot\.mjs: my-robot-v0\n\nNext:\n.* check-task '\.\/My robot\.mjs'\n.* train pal /,
      ),
    });
    expect(readFileSync(join(cwd, "My robot.mjs"), "utf8")).toContain('new URL("./My robot.xml", import.meta.url)');
    expect(await cli(line, { cwd })).toMatchObject({ code: 2, err: expect.stringContaining("is there already") });
  });

  test.each([
    [["--mjcf", "gone.xml"], 2, /gone\.xml is no file/],
    [["--mjcf", "lame.xml"], 1, /lame\.xml: names leg\.stl \(<mesh> in lame\.xml\), and there is no file leg\.stl/],
    [["--mjcf", "robot.xml", "--out", "x.txt"], 2, /must end in \.mjs/],
    [["--mjcf", "robot.xml", "--out", "no/x.mjs"], 1, /no: there is no such directory/],
    [["--mjcf", "robot.xml", "--id", "Robot"], 2, /--id: must be lower-case words and a version/],
    [["--mjcf", "robot.xml"], 1, /robot\.xml: the model does not compile/],
    [[], 2, /--mjcf/],
  ])("%j is refused, and nothing is written", async (options, code, message) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "robot.xml"), "<mujoco><worldbody><bode/></worldbody></mujoco>");
    writeFileSync(join(cwd, "lame.xml"), '<mujoco><asset><mesh file="leg.stl"/></asset></mujoco>');
    expect(await cli(["new-task", ...options], { cwd })).toMatchObject({ code, err: expect.stringMatching(message) });
    expect(readdirSync(cwd).sort()).toEqual(["lame.xml", "robot.xml"]);
  });
});

describe("plot", () => {
  test("draws one run, or several of several tasks and algorithms, as SVG that is well-formed XML", async () => {
    const cwd = temporaryDirectory();
    for (const algorithm of ["pal", "mal"]) {
      await cli(["train", algorithm, "point-mass", "--samples", "500", "--seeds", "1,2", "--out", "sweep"], { cwd });
    }
    await cli(["train", "br", "inverted-pendulum", "--samples", "300", "--out", "sweep/p"], { cwd });
    expect((await cli(["plot", "sweep", "--out", "figures/all.svg"], { cwd })).out).toBe(
      `${join("figures", "all.svg")}: 5 runs\n`,
    );
    const svg = readFileSync(join(cwd, "figures", "all.svg"), "utf8");
    for (const text of [
      "point-mass-v0",
      "inverted-pendulum-v2",
      "PAL",
      "MAL",
      "(mean of 2 seeds)",
      "BR",
      "real samples (control steps in the world)",
    ])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|&nbsp;/);
    await cli(["plot", "sweep/p", "--y", "gap"], { cwd });
    expect(existsSync(join(cwd, "learning-curves.svg"))).toBe(true);
    expect(await cli(["plot", "sweep", "--out", "x.pdf"], { cwd })).toMatchObject({ code: 2 });
    expect(await cli(["plot", "figures"], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining("is no run directory"),
    });
  });

  test("refuses a log without one event by its name and line, and leaves a bad line out with a warning", async () => {
    const cwd = await trained();
    const path = join(cwd, "r", "metrics.jsonl");
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, "what?\n");
    expect(await cli(["plot", "r"], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining("metrics.jsonl, line 1: is not an event"),
    });
    writeFileSync(path, lines.map((line, i) => (i === 2 ? '{"type":"iteration"}' : line)).join("\n"));
    for (const more of [[], ["--y", "gap"]]) {
      expect(await cli(["plot", "r", ...more], { cwd })).toMatchObject({
        code: 0,
        err: `Warning: ${path}, line 3: is not an event (iteration must be a number). It is left out.\n`,
      });
      expect(readFileSync(join(cwd, "learning-curves.svg"), "utf8")).not.toMatch(/NaN|undefined/);
    }
  });
});
