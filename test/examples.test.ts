import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALGORITHMS } from "../src/agents/defaults.js";
import { resolveSettings } from "../src/agents/resolve-settings.js";
import { paperSettings } from "../src/agents/run-settings.js";
import type { Settings } from "../src/agents/settings.js";
import { createTask, taskIds } from "../src/envs/index.js";
import type { Task } from "../src/mdp/task.js";

/** These tests run what `npm run build` made, as a reader of the documentation would. */
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const SLOW = 120_000; // ms; the training examples take 6 s on two idle cores
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const node = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: 2 ** 24 })).stdout;
const linesOf = (text: string) => text.trimEnd().split("\n");

/** Names of all numbers and lists in a value: `model.return.mean`. */
function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
}

describe("every example does what it says", () => {
  test("all of them are run here", () => {
    expect(readdirSync(join(ROOT, "examples")).sort()).toEqual([
      "my-task.mjs",
      "quadratic-game.mjs",
      "train-in-code.mjs",
    ]);
  });

  test("quadratic-game: PAL, MAL and GDA come to the best action, BR runs away", async () => {
    const rows = linesOf(await node("examples/quadratic-game.mjs")).map((line) => line.match(/^(\w+) +a = (.*)$/)!);
    const last = Object.fromEntries(rows.map(([, name, list]) => [name, Math.abs(Number(list!.split("  ").at(-1)))]));
    // From 1.2 in 16 iterations they come to 0.0007, 0.002 and 0.006; draws are the same on every machine.
    for (const name of ["PAL", "MAL", "GDA"]) expect(last[name], name).toBeLessThan(0.02);
    expect(last.BR).toBeGreaterThan(100);
  });

  test("my-task keeps the contract of tasks", { timeout: SLOW }, async () => {
    const report = JSON.parse(await node("dist/cli/main.js", "check-task", "./examples/my-task.mjs", "--json"));
    expect(report.checks.filter((check: { passed: boolean }) => !check.passed)).toEqual([]);
  });

  describe("train-in-code", () => {
    const directory = mkdtempSync(join(tmpdir(), "stackelberg-examples-"));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));
    type Iteration = {
      type: string;
      iteration: number;
      samples: number;
      evaluation: { return: { mean: number }; success: number };
      model: { return: { mean: number } };
    };
    let printed: string[];
    let iterations: Iteration[];
    beforeAll(async () => {
      printed = linesOf(await node("examples/train-in-code.mjs"));
      const command = "train pal point-mass --samples 1500 --quiet --json --out".split(" ");
      const events = linesOf(await node("dist/cli/main.js", ...command, join(directory, "run")));
      iterations = events.map((line) => JSON.parse(line) as Iteration).filter(({ type }) => type === "iteration");
    }, SLOW);

    test("is the same run as the command in the README, number by number", () => {
      expect(read("README.md")).toContain("npx stackelberg train pal point-mass --samples 1500\n");
      expect(printed).toEqual(
        iterations.map(
          ({ iteration, samples, evaluation, model }) =>
            `iteration ${iteration}: ${samples} samples, return ${evaluation.return.mean.toFixed(2)}, ` +
            `success ${evaluation.success}, in the model ${model.return.mean.toFixed(2)}`,
        ),
      );
    });

    test("learns: from one success in ten to all ten in 1500 samples", () => {
      expect(iterations.at(-1)!.samples).toBe(1500);
      // Measured: −22.6 and 0.1 after the first iteration, −12.0 and 1 after the last. Kernels of other processors may
      // round otherwise, hence the margin.
      expect(iterations.at(-1)!.evaluation.return.mean).toBeGreaterThan(-15);
      expect(iterations.at(-1)!.evaluation.success).toBeGreaterThanOrEqual(0.8);
    });

    test("stands in the README as it stands in its file", () => {
      const [, code] = read("examples/train-in-code.mjs").split(" */\n");
      expect(read("README.md")).toContain(`\`\`\`js\n${code}\`\`\`\n`);
    });

    test("logs no metric that docs/paper/pal.md does not explain", () => {
      const page = read("docs/paper/pal.md");
      const names = leaves(iterations[0]).filter((name) => name !== "type");
      expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    });
  });
});

describe("the documentation", () => {
  const pages = [
    ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
    ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name.replaceAll("\\", "/")}`),
  ];

  test.each(pages)("%s names only files that are there", (page) => {
    const text = read(page).replace(/```.*?```/gs, "");
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)].map(([, path]) => path!);
    const local = links.filter((path) => !/^\w+:/.test(path)).map((path) => join(dirname(page), path));
    const named = [...text.matchAll(/`((?:src|test|examples|docs|bench)\/[\w./-]+)`/g)].map(([, path]) => path!);
    expect([...local, ...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test.each(taskIds())("docs/tasks.md shows the sizes of %s", (id) => {
    const { observation, action, horizon, controlStep } = createTask(id);
    expect(read("docs/tasks.md")).toContain(
      `| \`${id}\` | ${observation.size} → ${action.size} | ${horizon} × ${controlStep} s |`,
    );
  });

  test.each(taskIds())("docs/tasks.md has a picture of %s, no larger than a page can bear", (id) => {
    const picture = `images/${id.replace(/-v\d+$/, "")}.png`;
    expect(read("docs/tasks.md")).toContain(`(${picture})`);
    expect(statSync(join(ROOT, "docs", picture)).size).toBeLessThan(60_000);
  });

  test("docs/paper/departures.md lists all that the default presets change", () => {
    const page = "docs/paper/departures.md";
    const block = /(?<=<!-- presets -->\n).*(?=<!-- \/presets -->)/s;
    if (process.env.UPDATE_DOCS) writeFileSync(join(ROOT, page), read(page).replace(block, presetTable()));
    expect(read(page).match(block)![0]).toBe(presetTable());
  });
});

/**
 * What the preset `default` changes against `paper`: a row per setting, a column per task with a default of its own. The
 * column `paper` is for episodes of 1000 steps.
 */
function presetTable(): string {
  const other = { ...createTask("ant"), id: "no-default-of-its-own-v0" };
  const common = changesOf(other);
  const own = taskIds()
    .map((id) => ({ id: `\`${id}\``, changes: changesOf(createTask(id)) }))
    .filter(({ changes }) => [...changes].some(([key, change]) => common.get(key) !== change));
  const columns = [{ id: "every other task", changes: common }, ...own];
  const paper = ALGORITHMS.map((algorithm) => flat(paperSettings(algorithm, other)));
  const rows = [...common.keys()]
    .filter((key) => columns.some(({ changes }) => changes.get(key) !== ""))
    .map((key) => [`\`${key}\``, cell(paper.map((v) => v.get(key)!)), ...columns.map((c) => c.changes.get(key)!)]);
  const head = ["setting", "paper", ...columns.map(({ id }) => id)];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/** Every setting by its whole name, as text. */
function flat(settings: Settings): Map<string, string> {
  const text = (value: unknown) => (value === null ? "none" : Array.isArray(value) ? value.join(", ") : String(value));
  const entries = Object.entries(settings).flatMap(([group, keys]) =>
    Object.entries(keys).map(([key, value]): [string, string] => [`${group}.${key}`, text(value)]),
  );
  return new Map(entries);
}

/** One value per algorithm as one cell: `PAL, GDA: 5`; where all agree, the value alone. Empty values are left out. */
function cell(values: readonly string[]): string {
  if (values.every((value) => value === values[0])) return values[0]!;
  const groups = [...new Set(values)].filter((value) => value !== "");
  const players = (value: string) => ALGORITHMS.filter((_, i) => values[i] === value).join(", ");
  return groups.map((value) => `${players(value).toUpperCase()}: ${value}`).join("; ");
}

/** What `default` changes for a task, by setting; empty where it changes nothing. */
function changesOf(task: Task): Map<string, string> {
  const pairs = ALGORITHMS.map((algorithm) => ({
    paper: flat(paperSettings(algorithm, task)),
    mine: flat(resolveSettings({ algorithm, task })),
  }));
  const change = (key: string) =>
    cell(pairs.map(({ paper, mine }) => (mine.get(key) === paper.get(key) ? "" : mine.get(key)!)));
  return new Map([...pairs[0]!.paper.keys()].map((key) => [key, change(key)]));
}
