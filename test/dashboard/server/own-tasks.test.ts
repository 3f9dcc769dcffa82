import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../../src/dashboard/shared/protocol.js";
import { createTask } from "../../../src/envs/index.js";
import { StorageError } from "../../../src/errors/errors.js";
import { smallRun } from "../support/fake-runs.js";
import { type Answer, ask, askJson, pushes, useDashboards } from "../support/served.js";

const { folder, serve } = useDashboards();

const MODULE = `import { mujocoTask } from "stackelberg";
import { readModel } from "stackelberg/node";
import { reward } from "../shared/reward.mjs";
import numbers from "./numbers.json" with { type: "json" };
export default mujocoTask({ ...(await readModel(new URL("../models/my robot.xml", import.meta.url))), reward, numbers });
`;
/** What lies there: the module's, and what is none of it. */
const FILES = {
  "tasks/robot.mjs": MODULE,
  "tasks/numbers.json": "[1]",
  "tasks/secret.txt": "secret",
  "shared/reward.mjs": "export const reward = () => 0;",
  "models/my robot.xml":
    '<mujoco><compiler meshdir="meshes"/><include file="arm.xml"/><asset><mesh file="leg.stl"/></asset></mujoco>',
  "models/arm.xml": '<mujoco><asset><mesh file="hand.stl"/></asset></mujoco>',
  "models/meshes/leg.stl": "leg",
  "models/meshes/hand.stl": "hand",
  "models/meshes/other.stl": "other",
  "secret.mjs": "export default 0;",
};

/** A folder with these files, and a run whose task is the module. */
async function withRun(files: Readonly<Record<string, string>> = FILES, path = "../../tasks/robot.mjs") {
  const cwd = realpathSync(folder());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const run = await smallRun(join(cwd, "runs/one"));
  const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
  config.task.module = { path, given: "./tasks/robot.mjs", sha256: "" };
  writeFileSync(join(run, "config.json"), JSON.stringify(config));
  return cwd;
}

type Options = Parameters<typeof serve>[1];
/** What is asked for below the run's address. */
async function asker(cwd: string, options: Options = {}) {
  const dashboard = await serve(cwd, { openTask: async () => createTask("inverted-pendulum"), ...options });
  const { runs } = await pushes(dashboard, ({ runs }) => runs.length > 0);
  const run = `/api/runs/${runs[0].id}`;
  return {
    run,
    below: (path: string, method = "GET"): Promise<Answer> => ask(dashboard, `${run}/${path}`, { method }),
    file: (name: string): Promise<Answer> => ask(dashboard, encodeURI(`${run}/task${resolve(cwd, name)}`)),
    live: async () => (await askJson<RunDetail>(dashboard, run)).task?.live,
  };
}

describe("a task of the user's own", () => {
  test("is played live from its module's address, where the page finds all that it imports and names", async () => {
    const cwd = await withRun();
    const { run, below, file, live } = await asker(cwd);
    const address = `task${cwd}/tasks/robot.mjs`;
    expect(await live()).toEqual({ module: address });
    const { status, headers, text } = await below(address);
    expect([status, headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(String(headers["content-security-policy"])).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(text).toContain('from "/worker/stackelberg-node.js"');
    expect(text).toContain(`from "${run}/task${cwd}/shared/reward.mjs"`);
    // As a page resolves what is named from the module, and MuJoCo from the model.
    const found = new URL("../models/my robot.xml", `http://page${run}/${address}`).pathname;
    expect((await below(found.slice(run.length + 1))).text).toBe(FILES["models/my robot.xml"]);
    for (const name of ["models/arm.xml", "models/meshes/leg.stl", "models/meshes/hand.stl", "shared/reward.mjs"])
      expect((await file(name)).text, name).toBe(FILES[name as keyof typeof FILES]);
    const data = await file("tasks/numbers.json");
    expect([data.headers["content-type"], data.text]).toEqual(["application/json; charset=utf-8", "[1]"]);
    expect((await file("models/arm.xml")).headers).toMatchObject({
      "content-type": "application/octet-stream", // never a page of this server's
      "x-content-type-options": "nosniff",
    });
    expect(await below(address, "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  test("gives nothing else away: not what lies beside it, nor what a path leads to", async () => {
    const cwd = await withRun();
    const { below, file } = await asker(cwd);
    for (const name of ["tasks/secret.txt", "models/meshes/other.stl", "secret.mjs", "runs/one/config.json", "tasks"])
      expect((await file(name)).status, name).toBe(404);
    const from = `task${cwd}/tasks`;
    for (const path of [
      "task",
      "task/",
      `${from}/../secret.mjs`,
      `${from}/%2e%2e/secret.mjs`,
      `${from}/..%2fsecret.mjs`,
      `${from}/..%5csecret.mjs`,
      `${from}/robot.mjs/../secret.txt`,
      `${from}/robot.mjs%00.txt`,
      `${from}//robot.mjs/.`,
      `task//${cwd}/secret.mjs`,
      "task/etc/passwd",
      "task/%2fetc%2fpasswd",
      "task/%",
      "robot.mjs",
    ])
      expect((await below(path)).status, path).toBe(404);
  });

  test("is read anew when its module is asked for", async () => {
    const cwd = await withRun();
    const { file } = await asker(cwd);
    await file("tasks/robot.mjs");
    expect((await file("secret.mjs")).status).toBe(404);
    writeFileSync(join(cwd, "tasks/robot.mjs"), `${MODULE}import "../secret.mjs";`);
    expect((await file("tasks/robot.mjs")).text).toContain("secret.mjs");
    expect((await file("secret.mjs")).status).toBe(200);
    rmSync(join(cwd, "models/arm.xml"));
    expect((await file("models/arm.xml")).status).toBe(404);
  });

  test("is not served where this process may not load it", async () => {
    const cwd = await withRun();
    const openTask = async () => {
      throw new StorageError("runs/one", "its task is not loaded beside a training", "Look at it otherwise");
    };
    const { file } = await asker(cwd, { openTask });
    for (const name of ["tasks/robot.mjs", "shared/reward.mjs"])
      expect(await file(name), name).toMatchObject({ status: 422, text: expect.stringContaining("beside a training") });
  });

  test("says why a page cannot play it: its imports, its kind, or that it has no picture", async () => {
    const helper = { ...FILES, "shared/reward.mjs": 'import "node:os"; export const reward = 0;' };
    expect(await (await asker(await withRun(helper))).live()).toEqual({
      problem: "reward.mjs imports node:os, which only Node has.",
    });
    const typed = await withRun({ "tasks/robot.ts": "export default 0;" }, "../../tasks/robot.ts");
    expect(await (await asker(typed)).live()).toEqual({ problem: "robot.ts is no JavaScript." });
    const { openStage: _, ...blind } = createTask("inverted-pendulum");
    expect(await (await asker(await withRun(), { openTask: async () => blind })).live()).toEqual({
      problem: "The task does not say what it looks like.",
    });
  });

  test("of the catalogue has no module, and nothing is served of it", async () => {
    const cwd = folder();
    await smallRun(join(cwd, "runs/one"));
    const { below, live } = await asker(cwd);
    expect(await live()).toEqual({ module: null });
    expect((await below("task/etc/passwd")).status).toBe(404);
  });
});
