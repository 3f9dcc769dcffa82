import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MODEL_NAMES, POLICY_NAMES } from "../../src/agents/ways.js";
import { readConfig } from "../../src/runs/config.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { CONTROL, TRACE } from "../support/said.js";
import { cli } from "./support/harness.js";

const TRAIN = ["train", "pal", "point-mass", "--samples", "300", "--out", "r"];

/** Refused as wrong use, in words, with nothing left behind. */
async function refused(cwd: string, line: readonly string[], message: RegExp): Promise<void> {
  const before = readdirSync(cwd);
  const { code, out, err } = await cli(line, { cwd });
  expect(err).toMatch(message);
  expect([code, out]).toEqual([2, ""]);
  expect(err).not.toMatch(TRACE);
  expect(err).not.toMatch(CONTROL);
  expect(err.length).toBeLessThan(4000);
  expect(readdirSync(cwd)).toEqual(before);
}

const BOMB = `a: &a [1,1,1,1,1,1,1,1,1]\n${"bcdefghij"
  .split("")
  .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[i]}`)}]`)
  .join("\n")}`;

describe("a settings file that cannot be one is refused at once:", () => {
  test.each([
    ["a circle", "npg: &a { steps: *a }", /refers to itself/],
    ["a circle in a list", "model: { hidden: &a [*a] }", /refers to itself/],
    ["an alias bomb", BOMB, /is neither YAML nor JSON \(.*[Aa]lias/],
    ["10,000 levels", `npg: ${"[".repeat(10_000)}${"]".repeat(10_000)}`, /is nested in more than \d+ levels/],
    ["half a million open brackets", "[".repeat(60_000), /is nested in more than \d+ levels/],
    ["10,000 dashes", "- ".repeat(10_000), /is nested in more than \d+ levels/],
    ["10 MB", "a".repeat(10_000_000), /is larger than 64 KiB/],
    ["a tag", "npg: { steps: !!python/object:os.system 5 }", /is neither YAML nor JSON \(Unresolved tag/],
    ["bytes", "npg: !!binary aGVsbG8=", /^npg: must be a group of settings/],
    ["a date for a group", "%YAML 1.1\n---\nnpg: 2001-01-01", /^npg: must be a group of settings/],
    ["a key twice", "npg: { steps: 3, steps: 4 }", /Map keys must be unique/],
    ["two documents", "npg: { steps: 3 }\n---\nnpg: { steps: 4 }", /multiple documents/],
    ["null for a group", "npg: null", /^npg: must be a group of settings, got null/],
    ["a list for a group", "npg: [1]", /^npg: must be a group of settings, got \[1\]/],
    ["__proto__", "__proto__: { polluted: 1 }", /^__proto__: there is no such setting/],
    [
      "__proto__ in a group",
      "players: { __proto__: { policy: ppo } }",
      /^players\.__proto__: there is no such setting/,
    ],
    ["constructor", "constructor: { prototype: { polluted: 1 } }", /^constructor: there is no such setting/],
    ["toString for a player", "players: { policy: { toString: 5 } }", /^players\.policy: must be text/],
    ["not a number", "npg: { maxKl: .nan }", /^npg\.maxKl: must be a number, got NaN/],
    ["no end", "value: { targetScale: .inf }", /^value\.targetScale: must be a number, got Infinity/],
    ["escapes as a key", '"\\e[2J\\x9b": 1', /^\\u001b\[2J\\u009b: there is no such setting/],
    ["escapes as a value", 'model: { loss: "\\e[2J" }', /got "\\u001b\[2J"/],
    ["100,000 characters", `model: { loss: ${"q".repeat(60_000)} }`, /got "q+… \(60,002 characters\)/],
    ["a reference with a NUL", 'meter: { reference: "\\0" }', /^meter\.reference: must be the path of a directory/],
    ["two deep values on one another", `npg: { steps: ${"{a: ".repeat(20)}1${"}".repeat(20)} }`, /^npg\.steps: /],
  ])("%s", async (_, text, message) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "s.yaml"), text);
    await refused(cwd, [...TRAIN, "--config", "s.yaml"], message);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test("a binary file, a directory, none at all", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(
      join(cwd, "bytes"),
      Uint8Array.from({ length: 4096 }, (_, i) => (i * 167) % 256),
    );
    mkdirSync(join(cwd, "folder"));
    await refused(cwd, [...TRAIN, "--config", "bytes"], /^--config bytes: is (neither YAML nor JSON|not text)/);
    await refused(cwd, [...TRAIN, "--config", "folder"], /^--config folder: cannot be read/);
    await refused(cwd, [...TRAIN, "--config", "nowhere\u001b[1m"], /^--config nowhere\\u001b\[1m: cannot be read/);
  });

  test("an empty file has no settings", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "s.yaml"), "");
    expect(await cli([...TRAIN, "--config", "s.yaml"], { cwd })).toMatchObject({ code: 0, err: "" });
  });
});

describe("on the command line", () => {
  test.each([
    [["--set", "model.hidden=[1000000000]"], /^model\.hidden\.0: must be at most 100000, got 1000000000/],
    [
      ["--set", "model.hidden=[90000, 90000]"],
      /^model\.hidden: makes a network of 8,10\d,\d{3},\d{3} weights, more than/,
    ],
    [
      ["--set", "npg.trajectoriesPerModel=1e6", "--set", "npg.rolloutHorizon=1e6", "--set", "model.ensembleSize=1000"],
      /^settings: need /,
    ],
    [["--set", "model.learningRate=9e15"], /^model\.learningRate: must be at most/],
    [["--set", "npg.cgIterations=9e15"], /^npg\.cgIterations: must be at most/],
    [["--set", "model.hidden=&a [*a]"], /^--set model\.hidden: .*refers to itself/],
    [["--set", `npg.steps=${"[".repeat(50_000)}`], /^--set npg\.steps: .*is nested in more than/],
    [["--set", "__proto__.polluted=1"], /^__proto__: there is no such setting/],
    [["--set", `${"a.".repeat(20_000)}b=1`], /^a: there is no such setting/],
    [["--set", "npg.steps=!!binary aGVsbG8="], /^npg\.steps: must be a number/],
    [["--set", "task.changes=!!binary aGk="], /^task\.changes: must be a list, got /],
    [["--workers", "1000"], /^--workers: must be a whole number from 1 to 64, got "1000"/],
    [["--samples", "9e15"], /^--samples: must be a whole number from 1 to 1000000000000/],
    [["--out", "\u001b[2J"], /^--out: must be the path of a directory/],
    [["--out", "d".repeat(100_000)], /^--out: must be the path of a directory/],
    [["--out", ""], /^--out: must be the path of a directory/],
    [["--preset", "p".repeat(100_000)], /^preset: point-mass-v0 has no preset/],
    [["--policy", "pppo"], /^--policy: there is no "pppo"\. Did you mean "ppo"\?/],
    [["--model", "ensembles"], /^--model: there is no "ensembles"\. Did you mean "ensemble"\?/],
    [["--set", "players.policy=nppg"], /there is no policy player "nppg"\. Did you mean "npg"\?/],
    [["\u001b[31m"], /error: too many arguments/],
    [[`--${"o".repeat(100_000)}`], /^error: unknown option '--ooo/],
    [["--\u009b1m"], /^error: unknown option '--\\u009b1m'/],
  ])("%#", async (line, message) => {
    const cwd = temporaryDirectory();
    await refused(cwd, [...TRAIN, ...line], message);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test.each([
    ["resume", "--workers", "1000", /^--workers: must be a whole number from 1 to 64, got "1000"/],
    ["resume", "--samples", "9e15", /^--samples: must be a whole number from 1 to 1000000000000/],
    ["evaluate", "--workers", "1000", /^--workers: must be a whole number from 1 to 64, got "1000"/],
  ])("%s %s %s", async (command, option, value, message) => {
    await refused(temporaryDirectory(), [command, "r", option, value], message);
  });

  test("--policy and --model seat players; help lists them", async () => {
    const cwd = temporaryDirectory();
    expect(await cli([...TRAIN, "--policy", "ppo", "--model", "ensemble"], { cwd })).toMatchObject({
      code: 0,
      err: "",
    });
    expect(readConfig(join(cwd, "r")).settings.players).toEqual({ policy: "ppo", model: "ensemble" });
    const { out } = await cli(["train", "--help"], { cwd });
    const words = out.replace(/\s+/g, " ");
    expect(words).toContain(`who plays the policy: ${POLICY_NAMES.join(", ")}`);
    expect(words).toContain(`who plays the model: ${MODEL_NAMES.join(", ")}`);
  });

  test("a setting of another player is refused by the player that is seated", async () => {
    const cwd = temporaryDirectory();
    await refused(
      cwd,
      [...TRAIN, "--set", "ppo.epochs=3"],
      /^ppo: its settings are of the policy player ppo, and npg plays/,
    );
    expect(existsSync(join(cwd, "r"))).toBe(false);
  });
});

test("a module's own words are shown, and not obeyed", async () => {
  const cwd = temporaryDirectory();
  const space = '{ size: 1, names: ["x\\u009b"], low: [-1], high: [1] }';
  writeFileSync(
    join(cwd, "t.mjs"),
    `export default { id: "t-v0", title: "\\u001b[2Jgone", options: {}, observation: ${space}, action: ${space}, horizon: 5, controlStep: 1, reward: () => 0, isTerminal: () => false, createWorld: async () => ({}) };`,
  );
  const { code, out } = await cli(["tasks", "./t.mjs"], { cwd });
  expect([code, out]).toEqual([0, expect.stringContaining("t-v0: \\u001b[2Jgone")]);
  expect(out).not.toMatch(CONTROL);
});
