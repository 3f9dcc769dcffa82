import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { evaluatePolicy } from "../../src/agents/evaluate.js";
import type { IterationMetrics } from "../../src/agents/metrics.js";
import { parts } from "../../src/cli/parts.js";
import type { Compute } from "../../src/compute/engine.js";
import { count, figure, percent } from "../../src/dashboard/client/format.js";
import { reportHtml } from "../../src/dashboard/server/report.js";
import { type Dashboard, openDashboard } from "../../src/dashboard/server/server.js";
import type { LabReport, SceneReport } from "../../src/dashboard/shared/protocol.js";
import { checkpointPath, readCheckpoint } from "../../src/runs/checkpoint.js";
import { readConfig } from "../../src/runs/config.js";
import { iterationsOf, metricsPath, readEvents } from "../../src/runs/metrics-log.js";
import { CHROMIUM, heed, launchChromium, warnWithoutChromium } from "../support/chromium.js";
import { openTestCompute } from "../support/engines.js";
import { type Built, builtDashboard } from "./support/built.js";
import { playReal, reopen } from "./support/real-runs.js";
import { askJson, pushes, surroundings } from "./support/served.js";

warnWithoutChromium("the dashboard's page");
// Idle, the whole file takes under a minute; a machine with other work may take many times that, drawing in software.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 });
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** The machine may be busy, ms. */
const PATIENCE = 60_000;

/** Chooses a checkpoint as soon as the view is drawn and says what is wrong with the newest, before its effects have run. */
const chooseAtOnce = (page: Page, place: string, problem: string, iteration: string) =>
  page.evaluate(
    ([place, problem, iteration]) =>
      new Promise<void>((done) => {
        new MutationObserver((_, observer) => {
          const select = [...document.querySelectorAll("label")]
            .find((label) => label.textContent?.startsWith("Checkpoint"))
            ?.querySelector("select");
          const said = [...document.querySelectorAll(".problems")].some((each) => each.textContent?.includes(problem));
          if (!select || !said) return;
          observer.disconnect();
          select.value = iteration;
          select.dispatchEvent(new Event("change", { bubbles: true }));
          done();
        }).observe(document.body, { childList: true, subtree: true });
        location.hash = place;
      }),
    [place, problem, iteration],
  );

describe.skipIf(CHROMIUM === undefined)("the page, built by vite and opened in Chromium on runs made here", () => {
  let cwd: string;
  let built: Built;
  let compute: Compute;
  let dashboard: Dashboard;
  let browser: Browser;
  let page: Page;
  /** By name of the run. */
  let ids: Readonly<Record<string, string>>;
  /** Everything the page asked for, and everything it complained about. */
  const [asked, complaints]: [string[], string[]] = [[], []];

  const serve = (port = 0) =>
    openDashboard({
      ...surroundings(cwd),
      port,
      roots: ["runs"],
      page: join(built.folder, "page"),
      solvedReturn: () => 950,
    });
  const runOf = (name: string) => join(cwd, "runs", name);
  const iterations = (name: string) => iterationsOf(readEvents(runOf(name)));
  const lastOf = (name: string): IterationMetrics => iterations(name).at(-1)!;
  const findIds = async () => {
    const names = readdirSync(join(cwd, "runs"));
    const { runs } = await pushes(dashboard, ({ runs }) =>
      names.every((each) => runs.some(({ name }) => name === each)),
    );
    ids = Object.fromEntries(runs.map(({ name, id }) => [name, id]));
  };
  /** Goes to a place of the page and waits for a sign that it is there. */
  const show = async (place: string, sign: string) => {
    await page.goto(`${dashboard.url}#/${place}`);
    await page.locator(sign).first().waitFor({ timeout: PATIENCE });
  };
  /** CPU time of the page's main thread so far, ms: a machine with other work makes it no longer. */
  const busyClock = async () => {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const busy = async () => {
      const { metrics } = await cdp.send("Performance.getMetrics");
      return 1000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
    };
    return { busy, cdp };
  };
  const textOf = (selector: string, on = page) => on.locator(selector).first().textContent();
  const shot = (selector: string, on = page) => on.locator(selector).first().screenshot();

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), "stackelberg-page-"));
    built = await builtDashboard("page", "worker", "report");
    compute = await openTestCompute({ workers: 1 });
    await playReal(runOf("pole-1"), compute, { task: "inverted-pendulum", seed: 1 });
    await playReal(runOf("pole-2"), compute, { task: "inverted-pendulum", seed: 2, patch: { npg: { steps: 3 } } });
    await playReal(runOf("pole-3"), compute, { task: "inverted-pendulum", seed: 3 });
    await playReal(runOf("mass-1"), compute, { task: "point-mass", seed: 1 });
    await playReal(runOf("critics-1"), compute, { task: "point-mass", seed: 1, critics: true });
    dashboard = await serve();
    await findIds();
    browser = await launchChromium(true);
    page = await browser.newPage({ viewport: { width: 1000, height: 640 }, acceptDownloads: true });
    page.setDefaultTimeout(PATIENCE);
    page.on("request", (request) => asked.push(request.url()));
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

  test("the list shows every run with its score and state", async () => {
    await show("", ".run-card");
    expect(await page.locator(".run-card").count()).toBe(5);
    const card = page.locator(".run-card", { hasText: "pole-1" });
    expect(await card.locator(".big").textContent()).toBe(figure(lastOf("pole-1").evaluation!.return.mean));
    expect(await card.textContent()).toContain("finished");
  });

  test("overview: score, samples, time, and the curves' last values are the log's", async () => {
    await show(`run/${ids["pole-1"]}`, "[data-series]");
    const last = lastOf("pole-1");
    expect(await textOf('[data-tile="Return"]')).toBe(figure(last.evaluation!.return.mean));
    expect(await textOf('[data-tile="Real samples"]')).toBe(count(last.samples));
    expect(await textOf('[data-series="mean policy in the world"]')).toBe(figure(last.evaluation!.return.mean));
    expect(await textOf('[data-series="with exploration"]')).toBe(figure(last.world.return.mean));
    const seconds = iterations("pole-1").map(({ seconds }) => seconds);
    const sum = (of: (s: IterationMetrics["seconds"]) => number) => seconds.reduce((total, s) => total + of(s), 0);
    const whole = sum((s) => s.sample + s.fit + s.improve + s.evaluate);
    const fit = sum((s) => s.fit) / whole;
    expect(await textOf('[data-share="fit"]')).toBe(percent(fit));
    const widths = await page.evaluate(() =>
      [".share-bar", '[data-bar="fit"]'].map((name) => document.querySelector(name)!.getBoundingClientRect().width),
    );
    expect(widths[1] / widths[0]).toBeCloseTo(fit, 2); // to scale
    expect(await textOf(".lights")).toContain("every number is finite");
  });

  test("overview: what stands beside a run is named when it is there, and not before", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const address = `**/api/runs/${ids["pole-3"]}/curves*`;
    await page.route(address, async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await show(`run/${ids["pole-1"]}`, "[data-series]");
    expect(await textOf(".about")).toContain("are being read: 0 of 1");
    release();
    await expect.poll(() => textOf(".about")).toContain("Thin: the other seed of this game.");
    await page.unroute(address);
  });

  test("game board: the leader is marked, both players' numbers are the log's, and keys move through iterations", async () => {
    await show(`run/${ids["pole-1"]}/board`, "[data-series]");
    const last = lastOf("pole-1");
    expect(await textOf(".lane.policy header")).toContain("leader");
    expect(await textOf('[data-series="in the model"]')).toBe(figure(last.model!.return.mean));
    expect(await textOf('[data-series="gap"]')).toBe(figure(last.gap));
    expect(await textOf('[data-series="before the fit"]')).toBe(figure(last.model!.freshLoss.before));
    expect(await textOf('[data-series="after the fit"]')).toBe(figure(last.model!.freshLoss.after));
    expect(await textOf('[data-series="KL of each step"]')).toBe(figure(last.policy!.kl.at(-1)));
    expect(await textOf('[data-series="Step length"]')).toBe(figure(last.policy!.stepLength.at(-1)));
    const members = last.model!.return.perMember;
    expect(await textOf('[data-tile="promise"] + span')).toBe(
      `2 members, ${figure(Math.min(...members))} to ${figure(Math.max(...members))}`,
    );
    await page.locator(".lane.policy .plot").first().focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const before = iterations("pole-1").at(-3)!;
    await expect.poll(() => textOf('[data-tile="promise"]')).toBe(figure(before.model!.return.mean));
    expect(await textOf('[data-tile="iteration"]')).toBe(String(before.iteration));
    await page.keyboard.press("Escape");
    await page.locator(".lane.model .numbers summary").first().click();
    await page.locator(".lane.model tbody tr").first().waitFor();
    const cells = await page.locator(".lane.model tbody tr").first().locator("td").allTextContents();
    expect(cells).toEqual([last.model!.freshLoss.before, last.model!.freshLoss.after].map(String));
  });

  test("a player with critics has charts of its own, and none that others have; every view has its numbers", async () => {
    const id = ids["critics-1"];
    const { actorCritic, world, gap, evaluation } = lastOf("critics-1");
    await show(`run/${id}/board`, "[data-series]");
    expect(await textOf(".lane.policy header")).toContain("actor-critic");
    for (const [series, value] of Object.entries({
      gap,
      "in the world, to the end": world.return.mean,
      "mean of the critics": actorCritic!.value,
      "most that a target may be": actorCritic!.range![1],
      "critics' loss": actorCritic!.criticLoss,
      entropy: actorCritic!.entropy,
      target: -1, // −0.5 for each of two entries
      α: actorCritic!.temperature,
      disagreement: actorCritic!.disagreement,
      "training loss": lastOf("critics-1").model!.fitLoss,
    }))
      expect(await textOf(`[data-series="${series}"]`), series).toBe(figure(value));
    expect(await textOf('[data-tile="updates"]')).toBe(String(actorCritic!.updates));
    await page.locator("details.more > summary").click();
    const titles = await page.locator("h3").allTextContents();
    expect(titles).toEqual(expect.arrayContaining(["Updates", "Imagined steps that go on", "Rollouts that ended"]));
    for (const others of ["KL of each step", "Step length", "Conjugate-gradient residual"])
      expect(titles).not.toContain(others);
    for (const [view, sign] of Object.entries({
      overview: '[data-series="mean policy in the world"]',
      board: ".lanes",
      lab: "[data-dimension]",
      scene: ".stage canvas",
      config: '[data-setting="actorCritic.lambda"]',
    })) {
      await show(`run/${id}/${view}`, sign);
      const text = await textOf("main");
      expect(text, view).not.toMatch(/NaN|undefined|Infinity|∞|No numbers yet/);
    }
    const row = page.locator("tr", { has: page.locator('[data-setting="record.every"]') });
    expect(await row.textContent()).toContain("this run");
    await show(`run/${id}`, ".lights");
    expect(await textOf(".lights")).toMatch(/Critics loss.*Entropy .*target −?-?1/);
    await show("compare", "[data-series]");
    await page.getByLabel("Task").selectOption("point-mass-v0");
    // Another player is another game, by its name and not by all that it sets.
    await page.locator('[data-series="PAL · actor-critic (1 seed)"]').waitFor();
    await page.locator('[data-series="PAL · npg (1 seed)"]').waitFor();
    await show(`run/${id}/scene`, ".stage canvas");
    await page.getByRole("button", { name: "Play it here" }).click();
    await page.getByRole("button", { name: "Play 3 episodes" }).click();
    await page.locator("[data-score]").waitFor();
    const here = Number(await page.locator("[data-score]").getAttribute("data-score"));
    expect(here).toBeCloseTo(evaluation!.return.mean, 2); // tanh mean of policy.onnx, in the page as in Node
  });

  test("model lab: what the server measured for the checkpoint, dimension by dimension", async () => {
    await show(`run/${ids["pole-1"]}/lab`, "[data-dimension]");
    const [newest] = readFileSync(metricsPath(runOf("pole-1")), "utf8")
      .match(/"iteration":\d+/g)!
      .slice(-1);
    const checkpoint = newest.split(":")[1];
    const lab = await askJson<LabReport>(dashboard, `/api/runs/${ids["pole-1"]}/lab?checkpoint=${checkpoint}`);
    expect(lab.names).toEqual(parts.createTask("inverted-pendulum").observation.names);
    const bars = await page.locator("[data-dimension]").allTextContents();
    expect(bars).toEqual(lab.oneStep.byDimension.map((error) => figure(error)));
    expect(await textOf('[data-series="open loop"]')).toBe(figure(lab.open.error.at(-1)));
    expect(await textOf('[data-series="closed loop"]')).toBe(figure(lab.closed.error.at(-1)));
    expect([lab.open.error[0], lab.closed.error[0]]).toEqual([0, 0]); // the same start
    expect(lab.open.error[1]).toBeGreaterThan(0);
  });

  test("model lab: what takes long is cancelled by a button, and asked for again by another", async () => {
    const address = `**/api/runs/${ids["pole-2"]}/lab*`;
    let asks = 0;
    await page.route(address, async (route) => {
      if (asks++ > 0) await route.continue(); // the first is never answered
    });
    await show(`run/${ids["pole-2"]}/lab`, ".job progress");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled").waitFor();
    expect(await page.locator("[data-dimension]").count()).toBe(0);
    await page.getByRole("button", { name: "Compute it" }).click();
    await page.locator('[data-series="open loop"]').waitFor();
    expect(await page.locator(".job").count()).toBe(0);
    await page.unroute(address);
  });

  test("model lab and 3D: what is there before the rest is shown, and said to be a part", async () => {
    await page.goto("about:blank");
    await show("", ".run-card");
    await page.evaluate(holdAfterPart);
    for (const [view, there, missing] of [
      ["lab", "[data-dimension]", '[data-series="open loop"]'],
      ["scene", '[data-return="world"]', ".actors button"],
    ]) {
      await page.evaluate((place) => {
        location.hash = place;
      }, `#/run/${ids["pole-2"]}/${view}`);
      await page.locator(there).first().waitFor();
      expect(await textOf(".job"), view).toMatch(/\d+ %.*Partial: .*still/);
      expect(await page.locator(missing).count(), view).toBe(0);
      const isScene = view === "scene";
      if (isScene) await page.getByRole("button", { name: "from above" }).click();
      if (isScene) await page.getByLabel("the way gone").check();
      await page.waitForTimeout(isScene ? 500 : 0);
      const turned = isScene ? await shot(".stage canvas") : null;
      await page.evaluate(() => (window as unknown as { release(): void }).release());
      await page.locator(missing).first().waitFor();
      expect(await page.locator(".job").count(), view).toBe(0);
      // Where the episode begins the ghosts are in the world's place, and the camera is where the reader has put it.
      if (isScene) await expect.poll(async () => (await shot(".stage canvas")).equals(turned!)).toBe(true);
    }
    await page.goto("about:blank");
  });

  test("3D: the episode in the world with ghosts; the canvas is not blank and changes with time", async () => {
    await show(`run/${ids["pole-1"]}/scene`, ".stage canvas");
    const address = `/api/runs/${ids["pole-1"]}/scene?checkpoint=${lastOf("pole-1").iteration}&seed=0`;
    const scene = await askJson<SceneReport>(dashboard, address);
    const total = scene.world.rewards.reduce((sum, reward) => sum + reward, 0);
    expect(await textOf('[data-return="world"]')).toBe(figure(total));
    expect(scene.ghosts).toHaveLength(2);
    for (const { poses } of scene.ghosts) expect(poses).not.toBeNull();
    await page.waitForTimeout(300);
    const start = await shot(".stage canvas");
    expect(await coloursIn(page, start)).toBeGreaterThan(100); // a blank canvas has one
    // One cursor for the picture and every chart: their numbers are those of the step on show.
    await page.locator(".scrub").fill("3");
    const gathered = page.locator("figure", { hasText: "Return so far" });
    const soFar = figure(scene.world.rewards.slice(0, 3).reduce((sum, reward) => sum + reward, 0));
    await expect.poll(() => gathered.locator('[data-series="in the world"]').textContent()).toBe(soFar);
    expect(await gathered.locator(".at").textContent()).toBe("step 3");
    await gathered.locator(".plot").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => textOf(".clock")).toContain("step 4 ");
    await page.locator(".scrub").fill(String(scene.world.rewards.length));
    await page.waitForTimeout(300);
    expect((await shot(".stage canvas")).equals(start)).toBe(false);
    expect(await textOf(".clock")).toContain(`step ${scene.world.rewards.length}`);
    await page.locator(".play").click(); // from the end, it begins again
    await expect
      .poll(() => textOf(".clock"), { timeout: PATIENCE })
      .not.toContain(`step ${scene.world.rewards.length} `);
  });

  test("3D: a still picture costs nothing, is seen from other sides, and an episode is saved as a film", async () => {
    await show(`run/${ids["mass-1"]}/scene`, ".stage canvas");
    await page.waitForTimeout(1000);
    const { busy, cdp } = await busyClock();
    const before = await busy();
    await page.waitForTimeout(8000);
    const share = ((await busy()) - before) / 8000;
    await cdp.detach();
    console.info(`3D, standing still: ${(100 * share).toFixed(2)} % of a core`);
    expect(share).toBeLessThan(0.02);
    const own = await shot(".stage canvas");
    await page.getByRole("button", { name: "from the side" }).click();
    await expect.poll(async () => (await shot(".stage canvas")).equals(own)).toBe(false);
    await page.getByRole("button", { name: "as the task has it" }).click();
    await page.waitForTimeout(300);
    expect(await page.getByLabel("contacts").isChecked()).toBe(false); // off by default
    const still = await shot(".stage canvas");
    await page.getByLabel("the way gone").check();
    await expect.poll(async () => (await shot(".stage canvas")).equals(still)).toBe(false);
    const [film] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save a video" }).click(),
    ]);
    const bytes = readFileSync(await film.path());
    expect(film.suggestedFilename()).toBe("episode.webm");
    expect(bytes.subarray(0, 4).toString("hex")).toBe("1a45dfa3"); // EBML: the beginning of a WebM file
    expect(bytes.length).toBeGreaterThan(2000);
  });

  test("the policy in the page reaches the return that it reaches in Node", async () => {
    await show(`run/${ids["pole-1"]}/scene`, ".stage canvas");
    await page.getByRole("button", { name: "Play it here" }).click();
    await page.getByRole("button", { name: "Play 3 episodes" }).click();
    await page.locator("[data-score]").waitFor();
    const directory = runOf("pole-1");
    const { settings } = readConfig(directory);
    const task = parts.createTask("inverted-pendulum");
    const snapshot = readCheckpoint(directory, lastOf("pole-1").iteration);
    const here = await evaluatePolicy({
      snapshot,
      settings,
      task,
      compute,
      episodes: 3,
      seed: settings.evaluation.seed,
    });
    const there = Number(await page.locator("[data-score]").getAttribute("data-score"));
    // Two kernels may round a force otherwise in the last digit; a pole that falls, falls within a step of the same time.
    expect(Math.abs(there - here.return.mean)).toBeLessThanOrEqual(1);
    expect(here.return.mean).toBe(lastOf("pole-1").evaluation!.return.mean);
  });

  test("a world that is paused stands still, and goes on; another goal moves the target", async () => {
    await show(`run/${ids["mass-1"]}/scene`, ".stage canvas");
    await page.getByRole("button", { name: "Play it here" }).click();
    await page.locator('[data-live="Goal"]').waitFor();
    await expect.poll(() => textOf('[data-live="Goal"]')).not.toBe("–");
    const goal = await textOf('[data-live="Goal"]');
    await page.getByRole("button", { name: "Another goal" }).click();
    await expect.poll(() => textOf('[data-live="Goal"]')).not.toBe(goal);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "From the start" }).click();
    await expect.poll(() => textOf('[data-live="Step"]')).toBe("0");
    await page.waitForTimeout(200);
    const still = await shot(".stage canvas");
    await page.waitForTimeout(200);
    expect((await shot(".stage canvas")).equals(still)).toBe(true); // a world that is paused stands still
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(async () => (await shot(".stage canvas")).equals(still), { timeout: PATIENCE }).toBe(false);
  });

  test("the same start ends as it did before, and otherwise under a pull with the mouse or a push by the button", async () => {
    await show(`run/${ids["mass-1"]}/scene`, ".stage canvas");
    await page.getByRole("button", { name: "Play it here" }).click();
    await page.getByLabel("Speed").selectOption("2");
    await page.getByRole("button", { name: "From the start" }).waitFor();
    const episode = async (meanwhile: () => Promise<void>) => {
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("button", { name: "From the start" }).click();
      await expect.poll(() => textOf('[data-live="Step"]'), { timeout: PATIENCE }).toBe("0");
      await meanwhile();
      await page.getByRole("button", { name: "Play", exact: true }).press("Enter"); // the mouse is where it is
      await page.locator(".over", { hasText: "horizon" }).waitFor();
      return textOf('[data-live="Return so far"]');
    };
    await expect.poll(() => textOf('[data-live="Step"]'), { timeout: PATIENCE }).not.toBe("–");
    const left = await episode(async () => {});
    expect(await episode(async () => {})).toBe(left);
    const pulled = await episode(async () => {
      const [x, y] = await page.evaluate(bodyUnderPointer);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 90, y - 40, { steps: 3 });
    });
    await page.mouse.up();
    const pushed = await episode(() => page.getByRole("button", { name: "Push →" }).click());
    expect([pulled === left, pushed === left]).toEqual([false, false]);
  });

  test("compare: of fewer than four seeds their mean, and what is saved of it", async () => {
    await show("compare", "[data-series]");
    await page.getByLabel("Task").selectOption("inverted-pendulum-v2");
    const means = ["pole-1", "pole-3"].map((name) => lastOf(name).evaluation!.return.mean);
    await expect.poll(() => textOf('[data-series="PAL (mean of 2 seeds)"]')).toBe(figure((means[0] + means[1]) / 2));
    // Another setting is another game: its run is no seed of the others.
    expect(await textOf('[data-series="PAL · npg.steps=3 (1 seed)"]')).toBe(
      figure(lastOf("pole-2").evaluation!.return.mean),
    );
    await page.getByLabel("runs/pole-2").uncheck();
    await page.locator('[data-series="PAL · npg.steps=3 (1 seed)"]').waitFor({ state: "detached" });
    const saved = async (kind: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Save ${kind}` }).click(),
      ]);
      return readFileSync(await download.path(), "utf8");
    };
    const csv = (await saved("CSV")).trimEnd().split("\n");
    expect(csv[0]).toBe("group,samples,return,low,high,seeds,statistic");
    expect(csv.at(-1)!.split(",").slice(0, 2)).toEqual(['"PAL"', "600"]);
    expect(Number(csv.at(-1)!.split(",")[2])).toBeCloseTo((means[0] + means[1]) / 2, 9);
    expect(JSON.parse(await saved("JSON")).groups[0].runs).toHaveLength(2);
    expect(await saved("SVG")).toMatch(/^<svg [\s\S]*<polyline[\s\S]*PAL \(mean of 2 seeds\)[\s\S]*<\/svg>\s*$/);
  });

  test("compare: of four seeds and more the interquartile mean, each seed once, by its newest run", async () => {
    const copyOf = (from: string, name: string, changes: { readonly seed?: number; readonly created: string }) => {
      cpSync(runOf(from), runOf(name), { recursive: true });
      const path = join(runOf(name), "config.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
    };
    copyOf("pole-1", "pole-7", { seed: 7, created: "2026-01-01T00:00:00.000Z" });
    copyOf("pole-3", "pole-8", { seed: 8, created: "2026-01-01T00:00:00.000Z" });
    copyOf("pole-1", "pole-3-before", { seed: 3, created: "2026-01-01T00:00:00.000Z" });
    await findIds();
    await show("compare", "[data-series]");
    await page.getByLabel("Task").selectOption("inverted-pendulum-v2");
    const [one, three] = ["pole-1", "pole-3"].map((name) => lastOf(name).evaluation!.return.mean);
    await expect
      .poll(() => textOf('[data-series="PAL (IQM of 4 seeds)"]'), { timeout: PATIENCE })
      .toBe(figure((one + three) / 2)); // of four the middle two
    expect(await page.locator(".check", { hasText: "the newer run counts" }).allTextContents()).toEqual([
      expect.stringContaining("runs/pole-3-before · seed 3 again"),
    ]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save CSV" }).click(),
    ]);
    const lines = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\n");
    const rows = lines.map((line) => line.split(",")).filter(([group]) => group === '"PAL"');
    expect(rows.at(-1)!.slice(5)).toEqual(["4", "IQM"]);
    const [low, high] = rows.at(-1)!.slice(3, 5).map(Number);
    expect([low, high]).toEqual([Math.min(one, three), Math.max(one, three)].map((end) => expect.closeTo(end, 9)));
    for (const name of ["pole-7", "pole-8", "pole-3-before"]) rmSync(runOf(name), { recursive: true });
  });

  test("config and log: where values came from, and how another run differs", async () => {
    await show(`run/${ids["pole-2"]}/config`, "[data-setting]");
    expect(await textOf('[data-setting="npg.steps"]')).toBe("3");
    const row = page.locator("tr", { has: page.locator('[data-setting="npg.steps"]') });
    expect(await row.textContent()).toContain("this run");
    await page.getByLabel("Differences to").selectOption({ label: "runs/pole-1" });
    await expect.poll(() => page.locator("[data-setting]").count()).toBe(1);
    expect(await row.locator("td").allTextContents()).toEqual(["3", "2", expect.stringContaining("this run")]);
    expect(await textOf(".events")).toContain("began");
  });

  test("a line that is written appears by itself, also after the server has gone and come back", async () => {
    const run = runOf("under-way");
    cpSync(runOf("pole-1"), run, { recursive: true });
    const lines = readFileSync(metricsPath(run), "utf8").trimEnd().split("\n");
    writeFileSync(metricsPath(run), `${lines.slice(0, 3).join("\n")}\n`); // the start and two iterations
    const end = reopen(run);
    await findIds();
    await show(`run/${ids["under-way"]}`, '[data-tile="Iterations"]');
    expect(await textOf('[data-tile="Iterations"]')).toBe("2");
    expect(await textOf(".status")).toBe("running");
    appendFileSync(metricsPath(run), `${lines[3]}\n`);
    const value = (line: string) => figure((JSON.parse(line) as IterationMetrics).world.return.mean);
    await expect.poll(() => textOf('[data-series="with exploration"]'), { timeout: PATIENCE }).toBe(value(lines[3]));
    const { port } = new URL(dashboard.url);
    await dashboard.close();
    await page.locator(".link.off").waitFor();
    appendFileSync(metricsPath(run), `${lines[4]}\n`);
    dashboard = await serve(Number(port));
    await expect.poll(() => textOf('[data-series="with exploration"]'), { timeout: PATIENCE }).toBe(value(lines[4]));
    await page.locator(".link.on").waitFor();
    end();
    await expect.poll(() => textOf(".status"), { timeout: PATIENCE }).toBe("killed");
    complaints.splice(0); // the browser says on the console that the server was gone
    rmSync(run, { recursive: true });
  });

  test("an empty folder is said to be one, and a number that is none lights up", async () => {
    const empty = await openDashboard({ ...surroundings(cwd), roots: ["nowhere"], page: join(built.folder, "page") });
    const there = await browser.newPage();
    await there.goto(empty.url);
    await there.locator(".empty h1").waitFor();
    expect(await textOf(".empty", there)).toContain("Looked in nowhere");
    await there.close();
    await empty.close();
    const run = runOf("diverged");
    cpSync(runOf("pole-1"), run, { recursive: true });
    const lines = readFileSync(metricsPath(run), "utf8").trimEnd().split("\n").slice(0, 3);
    const torn = { ...(JSON.parse(lines[2]) as IterationMetrics), gap: null };
    const end = { type: "end", reason: "failed", iteration: 2, message: "model player, k = 3: its loss is NaN" };
    writeFileSync(
      metricsPath(run),
      [...lines.slice(0, 2), ...[torn, end].map((event) => JSON.stringify(event)), ""].join("\n"),
    );
    await findIds();
    await show(`run/${ids.diverged}`, ".lights");
    expect(await page.locator(".lights .bad").allTextContents()).toEqual([
      expect.stringContaining("gap is not a number in iteration 2"),
      expect.stringContaining("its loss is NaN"),
    ]);
    rmSync(run, { recursive: true });
  });

  test("files that are not as they should be are named, and the rest is shown", async () => {
    const run = runOf("broken");
    cpSync(runOf("pole-1"), run, { recursive: true });
    const lines = readFileSync(metricsPath(run), "utf8").split("\n");
    lines[3] = "{ half a li";
    writeFileSync(metricsPath(run), lines.join("\n"));
    const newest = lastOf("pole-1").iteration;
    writeFileSync(join(checkpointPath(run, newest), "model.safetensors"), "half");
    const newer = runOf("newer");
    mkdirSync(newer);
    writeFileSync(join(newer, "config.json"), '{"format":"stackelberg-run/9","versions":{"stackelberg":"9.0.0"}}');
    writeFileSync(metricsPath(newer), `${lines[1]}\n`);
    writeFileSync(join(newer, "checkpoints"), "a file");
    await findIds();
    await show("", ".run-card");
    const card = (name: string) => page.locator(".run-card", { hasText: name }).locator(".card-problems");
    await expect.poll(() => card("broken").textContent()).toContain("line 4");
    await expect.poll(() => card("newer").textContent()).toMatch(/9\.0\.0.*checkpoints.*no directory/s);
    expect(await card("pole-1").count()).toBe(0);
    await show(`run/${ids.broken}`, "[data-series]");
    expect(await textOf(".problems")).toContain("line 4");
    expect(await textOf('[data-series="mean policy in the world"]')).toBe(
      figure(lastOf("pole-1").evaluation!.return.mean),
    );
    await chooseAtOnce(page, `#/run/${ids.broken}/lab`, "model.safetensors", String(newest - 1));
    await page.locator("[data-dimension]").first().waitFor(); // the one before is whole
    await show(`run/${ids.newer}`, "[data-series]");
    expect(await textOf(".problems")).toContain("9.0.0");
    expect(await textOf('[data-series="with exploration"]')).toBe(
      figure((JSON.parse(lines[1]) as IterationMetrics).world.return.mean),
    );
    for (const each of [run, newer]) rmSync(each, { recursive: true });
    complaints.splice(0); // answers that say what is wrong are errors to the browser's console
  });

  test("axe finds nothing serious on any view, light or dark, and nothing is wider than a phone", async () => {
    const views = [
      "",
      "?as=table",
      "compare",
      ...["", "/board", "/lab", "/scene", "/config"].map((view) => `run/${ids["mass-1"]}${view}`),
      `run/${ids["critics-1"]}/board`,
    ];
    for (const [theme, width] of [
      ["light", 1000],
      ["dark", 390],
    ] as const) {
      // biome-ignore format: two cases
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 640 });
      for (const view of views) {
        await show(view, "main h1");
        await page.locator(".plot canvas, .run-card, tr[data-run], [data-setting]").first().waitFor();
        if ((await page.locator("script[data-axe]").count()) === 0) await page.evaluate(readFileSync(AXE, "utf8"));
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
          return (await axe.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0]?.html }));
        });
        const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(serious, `${view} in ${theme}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${view} at ${width} px`).toBeLessThanOrEqual(0);
      }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1000, height: 640 });
  });

  test("groups with long names scroll by themselves on a phone, and the page does not", async () => {
    await page.setViewportSize({ width: 390, height: 640 });
    await show("compare", "[data-threshold]");
    const overflow = await page.evaluate(() => {
      const name = document.querySelector("[data-threshold]")!.closest("tr")!.querySelector("th")!;
      name.textContent = `PAL${" · data.samplesPerIteration=1500".repeat(3)}`;
      return document.documentElement.scrollWidth - innerWidth;
    });
    await page.setViewportSize({ width: 1000, height: 640 });
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test("a run of 10,000 lines is open in under a second", async () => {
    const run = runOf("long");
    mkdirSync(run);
    cpSync(join(runOf("pole-1"), "config.json"), join(run, "config.json"));
    const [start, line] = readFileSync(metricsPath(runOf("pole-1")), "utf8").split("\n");
    const event = JSON.parse(line) as IterationMetrics;
    const many = Array.from({ length: 10_000 }, (_, i) =>
      JSON.stringify({ ...event, iteration: i + 1, samples: 100 * (i + 1), gap: i }),
    );
    writeFileSync(metricsPath(run), `${start}\n${many.join("\n")}\n`);
    await findIds();
    await show("", ".run-card");
    const { busy, cdp } = await busyClock();
    const before = await busy();
    await page.evaluate((id) => {
      location.hash = `#/run/${id}/board`;
    }, ids.long);
    await expect.poll(() => textOf('[data-series="gap"]'), { timeout: PATIENCE }).toBe("9,999");
    const took = (await busy()) - before;
    await cdp.detach();
    console.info(`10,000 lines: the page works ${Math.round(took)} ms until the game board is drawn`);
    expect(took).toBeLessThan(1000);
    rmSync(run, { recursive: true });
  });

  test("ten long runs together stay smooth: the page never stands still for long", async () => {
    const [start, line] = readFileSync(metricsPath(runOf("pole-1")), "utf8").split("\n");
    const event = JSON.parse(line) as IterationMetrics;
    const names = Array.from({ length: 10 }, (_, i) => `many-${i}`);
    const lineOf = (i: number, run: number) =>
      `${JSON.stringify({ ...event, iteration: i + 1, samples: 100 * (i + 1), evaluation: { ...event.evaluation, return: { mean: i + run, std: 0, episodes: 1 } } })}\n`;
    names.forEach((name, run) => {
      mkdirSync(runOf(name));
      const config = JSON.parse(readFileSync(join(runOf("pole-1"), "config.json"), "utf8")) as object;
      writeFileSync(
        join(runOf(name), "config.json"),
        JSON.stringify({ ...config, preset: "many", seed: run, created: name }),
      );
      const lines = Array.from({ length: 1000 }, (_, i) => lineOf(i, run));
      writeFileSync(metricsPath(runOf(name)), `${start}\n${lines.join("")}`);
    });
    await findIds();
    await show("", ".run-card");
    await page.getByLabel("Find").fill("MANY pal"); // of many runs, some can be found by words
    await expect.poll(() => page.locator(".run-card .name").allTextContents()).toEqual(names);
    await show("compare", "[data-series]");
    await page.getByLabel("Task").selectOption("inverted-pendulum-v2");
    const means = (i: number) => figure(i + 4.5); // of 0 … 9, the middle six are as they lie
    await expect
      .poll(() => textOf('[data-series="PAL · many (IQM of 10 seeds)"]'), { timeout: PATIENCE })
      .toBe(means(999));
    const { busy, cdp } = await busyClock();
    const before = await busy();
    const lines = 5;
    for (let i = 1000; i < 1000 + lines; i++) {
      names.forEach((name, run) => {
        appendFileSync(metricsPath(runOf(name)), lineOf(i, run));
      });
      await expect
        .poll(() => textOf('[data-series="PAL · many (IQM of 10 seeds)"]'), { timeout: PATIENCE })
        .toBe(means(i));
    }
    const took = (await busy()) - before;
    await cdp.detach();
    console.info(`ten runs of 1,000 lines: the page works ${Math.round(took / lines)} ms for a line of each`);
    expect(took / lines).toBeLessThan(500); // lines come seconds apart; see docs/dashboard.md for the figure
    for (const name of names) rmSync(runOf(name), { recursive: true });
  });

  test("a report opens as a file, without a server: curves, board and a replay that moves", async () => {
    const file = join(cwd, "report.html");
    const { openTask, openCompute, solvedReturn } = surroundings(cwd);
    const made = "2026-01-01T00:00:00.000Z";
    const options = { run: runOf("pole-1"), cwd, openTask, openCompute, solvedReturn, seed: 0, made };
    writeFileSync(file, await reportHtml({ ...options, built: built.folder }));
    const opened = await browser.newPage({ viewport: { width: 1000, height: 640 } });
    const wanted: string[] = [];
    opened.on("request", (request) => wanted.push(request.url()));
    opened.on("pageerror", (error) => complaints.push(String(error)));
    await opened.goto(pathToFileURL(file).href);
    await opened.locator(".stage canvas").waitFor();
    const last = lastOf("pole-1");
    expect(await textOf('[data-series="mean policy in the world"]', opened)).toBe(figure(last.evaluation!.return.mean));
    expect(await textOf('[data-series="after the fit"]', opened)).toBe(figure(last.model!.freshLoss.after));
    const start = await shot(".stage canvas", opened);
    expect(await coloursIn(opened, start)).toBeGreaterThan(100);
    await opened.locator(".scrub").fill((await opened.locator(".scrub").getAttribute("max"))!);
    await opened.waitForTimeout(300);
    expect((await shot(".stage canvas", opened)).equals(start)).toBe(false);
    expect(wanted).toEqual([pathToFileURL(file).href]); // and nothing else
    await opened.close();
  });

  test("nothing was ever asked of another host", () => {
    const { host } = new URL(dashboard.url);
    const elsewhere = asked.filter((url) => /^(https?|wss?):/.test(url) && new URL(url).host !== host);
    expect(asked.length).toBeGreaterThan(50);
    expect(elsewhere).toEqual([]);
  });
});

/** In the page: holds what the server says of its work after the first part of an answer, until `release` is called. */
function holdAfterPart(): void {
  const { fetch } = window;
  const held = async (address: RequestInfo | URL, options?: RequestInit) => {
    const response = await fetch(address, options);
    if (!String(address).includes("follow=1")) return response;
    const lines = (await response.text()).split("\n");
    const until = lines.findIndex((line) => line.includes('"part"')) + 1;
    const bytes = (some: readonly string[]) => new TextEncoder().encode(`${some.join("\n")}\n`);
    return new Response(
      new ReadableStream({
        async start(stream) {
          stream.enqueue(bytes(lines.slice(0, until)));
          await new Promise<void>((release) => Object.assign(window, { release }));
          stream.enqueue(bytes(lines.slice(until).filter((line) => line !== "")));
          stream.close();
        },
      }),
    );
  };
  Object.assign(window, { fetch: held });
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** In the page: a place of the canvas where the pointer is over a body that can be pulled. */
function bodyUnderPointer(): [x: number, y: number] {
  const canvas = document.querySelector(".stage canvas")!;
  scrollTo(0, 0); // the page's head must not lie over it
  const { left, top, width, height } = canvas.getBoundingClientRect();
  for (let y = top + 4; y < Math.min(top + height, innerHeight); y += 6) {
    for (let x = left + 4; x < left + width; x += 6) {
      canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
      const isOpen = document.elementFromPoint(x, y) === canvas;
      if (isOpen && canvas.classList.contains("pullable")) return [x, y];
    }
  }
  throw new Error("no body is in the picture");
}

/** How many different colours a picture has. */
function coloursIn(page: Page, png: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
  }, png.toString("base64"));
}
