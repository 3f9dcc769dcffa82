import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readModel } from "../../src/bridges/read-model.js";
import { parts } from "../../src/cli/parts.js";
import { loadTask, recallTask } from "../../src/cli/task-source.js";
import type { Compute } from "../../src/compute/engine.js";
import { type Dashboard, openDashboard } from "../../src/dashboard/server/server.js";
import { describeModel } from "../../src/envs/mujoco/describe-model.js";
import { taskModule } from "../../src/envs/mujoco/task-module.js";
import { iterationsOf, readEvents } from "../../src/runs/metrics-log.js";
import { CHROMIUM, heed, launchChromium, warnWithoutChromium } from "../support/chromium.js";
import { openTestCompute } from "../support/engines.js";
import { type Built, builtDashboard } from "./support/built.js";
import { playReal } from "./support/real-runs.js";
import { pushes, surroundings } from "./support/served.js";

warnWithoutChromium("own tasks in the dashboard's page");
vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 });
/** The machine may be busy, ms. */
const PATIENCE = 60_000;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An arm with a mesh, in two files. */
const MODEL = {
  "arm.xml": `<mujoco>
    <compiler meshdir="meshes"/>
    <asset><mesh name="hand" file="hand.obj"/></asset>
    <worldbody><light pos="0 0 3"/><include file="parts/links.xml"/></worldbody>
    <actuator><motor joint="shoulder" gear="2" ctrllimited="true" ctrlrange="-1 1"/></actuator>
  </mujoco>`,
  "parts/links.xml": `<mujoco><body pos="0 0 1">
    <joint name="shoulder" type="hinge" axis="0 1 0" damping="0.1"/>
    <geom type="capsule" fromto="0 0 0 0.5 0 0" size="0.05"/>
    <geom type="mesh" mesh="hand" pos="0.5 0 0"/>
  </body></mujoco>`,
  "meshes/hand.obj": `v 0 0 0\nv 0.2 0 0\nv 0 0.2 0\nv 0 0 0.2\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n`,
};

describe.skipIf(CHROMIUM === undefined)(
  "a task of the user's own, made by new-task on a model with an include and a mesh",
  () => {
    let cwd: string;
    let built: Built;
    let compute: Compute;
    let dashboard: Dashboard;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    const show = async (name: string) => {
      const { runs } = await pushes(dashboard, ({ runs }) => runs.some((run) => run.name === name));
      await page.goto(`${dashboard.url}#/run/${runs.find((run) => run.name === name)!.id}/scene`);
      await page.locator(".switch").waitFor({ timeout: PATIENCE });
    };
    const play = () => page.getByRole("button", { name: "Play it here" });

    beforeAll(async () => {
      built = await builtDashboard("page", "worker");
      cwd = realpathSync(mkdtempSync(join(tmpdir(), "stackelberg-own-task-")));
      for (const folder of ["parts", "meshes", "tasks", "node_modules"]) mkdirSync(join(cwd, folder));
      symlinkSync(ROOT, join(cwd, "node_modules/stackelberg"));
      for (const [name, text] of Object.entries(MODEL)) writeFileSync(join(cwd, name), text);
      const described = await describeModel("arm.xml", await readModel(join(cwd, "arm.xml")));
      // Below another folder and with a part of its own, so that paths lead up and to the side.
      const source = taskModule(described, { id: "arm-v0", model: "./../arm.xml" }).replace(
        "horizon: 1000",
        "horizon: 60",
      );
      writeFileSync(join(cwd, "tasks/effort.mjs"), "export const EFFORT = 0.001;\n");
      writeFileSync(
        join(cwd, "tasks/arm.mjs"),
        `import { EFFORT } from "./effort.mjs";\n${source.replace(/^const EFFORT = .*$/m, "")}`,
      );
      compute = await openTestCompute({ workers: 1 });
      const task = await loadTask("./tasks/arm.mjs", {}, cwd, parts);
      await playReal(join(cwd, "runs/arm"), compute, { task, seed: 1 });
      dashboard = await openDashboard({
        ...surroundings(cwd),
        roots: ["runs"],
        page: join(built.folder, "page"),
        openTask: (directory, config) => recallTask(directory, config, cwd, parts, () => {}),
      });
      browser = await launchChromium(true);
      page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
      page.setDefaultTimeout(PATIENCE);
      heed(page, complaints);
    });
    afterEach(() => expect(complaints.splice(0)).toEqual([]));
    afterAll(async () => {
      await browser?.close();
      await dashboard?.close();
      await compute?.close();
      built?.dispose();
      rmSync(cwd, { recursive: true, force: true });
    });

    test("plays live in the page, under its policy, and scores there what it scored in training", async () => {
      await show("arm");
      await play().click();
      await page.getByRole("button", { name: "Play 3 episodes" }).click();
      await page.locator("[data-score]").waitFor();
      const there = Number(await page.locator("[data-score]").getAttribute("data-score"));
      const logged = iterationsOf(readEvents(join(cwd, "runs/arm"))).at(-1)!.evaluation!.return.mean;
      // Two kernels may round a torque otherwise in the last digit of float32.
      expect(there).toBeCloseTo(logged, 2);
      await expect.poll(async () => Number(await page.locator('[data-live="Step"]').textContent())).toBeGreaterThan(0);
      expect((await page.locator(".stage canvas").screenshot()).length).toBeGreaterThan(1000);
    });

    test("that no page can run leaves the button as it is, and says why", async () => {
      cpSync(join(cwd, "runs/arm"), join(cwd, "runs/bound"), { recursive: true });
      const config = join(cwd, "runs/bound/config.json");
      writeFileSync(config, readFileSync(config, "utf8").replaceAll("tasks/arm.mjs", "tasks/bound.mjs"));
      const text = readFileSync(join(cwd, "tasks/arm.mjs"), "utf8");
      writeFileSync(join(cwd, "tasks/bound.mjs"), `import "node:fs";\n${text}`);
      await show("bound");
      await page.getByText("bound.mjs imports node:fs, which only Node has.").waitFor();
      expect(await play().isDisabled()).toBe(true);
    });

    test("whose model is gone says so in place of the world", async () => {
      rmSync(join(cwd, "meshes/hand.obj"));
      await show("arm");
      await play().click();
      await page
        .getByRole("alert")
        .getByText(/names hand\.obj .*no file meshes\/hand\.obj/)
        .waitFor();
      complaints.splice(0); // the browser's own line for a file that is not there
    });
  },
);
