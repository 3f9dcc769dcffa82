import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTask } from "../../src/envs/index.js";
import type { RunEvent } from "../../src/runs/events.js";
import { loadPolicy } from "../../src/runs/open-run.js";
import { openSealed } from "../../src/web/sealed-run.js";
import { CHROMIUM, warnWithoutChromium } from "../support/chromium.js";
import { tinySettings } from "../support/tiny-run.js";

/** The page's policy: nothing but its own files, and WebAssembly. Every file comes with it, workers' scripts, too. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const ROOT = fileURLToPath(new URL("../support/tab", import.meta.url));
const SLOW = 240_000; // ms; a run takes some seconds where cores are free

/** What `play` in the page gives. */
interface Played {
  readonly log: string;
  readonly others: readonly string[];
  readonly snapshot: readonly number[];
  readonly policy: readonly number[];
}

const eventsOf = ({ log }: Pick<Played, "log">) =>
  log
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunEvent);
/** All but the wall time: what must be the same, bit for bit. */
const bits = (played: Played) => ({
  iterations: eventsOf(played).flatMap((event) => (event.type === "iteration" ? [{ ...event, seconds: 0 }] : [])),
  snapshot: openSealed("a run", Uint8Array.from(played.snapshot)).snapshot,
  policy: played.policy,
});

const TASK = "inverted-pendulum"; // MuJoCo's
const SETUP = {
  task: TASK,
  algorithm: "pal",
  seed: 1,
  settings: tinySettings("pal", createTask(TASK), { data: { wholeEpisodes: false } }),
};

warnWithoutChromium("runs in a tab");

describe.skipIf(CHROMIUM === undefined)("in a page with a strict content security policy", () => {
  let folder: string;
  let server: PreviewServer;
  let browser: Browser;
  let context: BrowserContext; // pages of one context share what the browser keeps
  let address: string;
  let page: Page;
  let whole: Played;
  const errors: string[] = [];

  const open = async (at: string) => {
    const opened = await context.newPage();
    opened.on("pageerror", (error) => errors.push(String(error)));
    opened.on("console", (message) => {
      if (message.type() === "error" && !message.location().url.endsWith("favicon.ico")) errors.push(message.text());
    });
    await opened.goto(at);
    await opened.waitForFunction("window.tab !== undefined");
    return opened;
  };
  /** Runs a text in the page, with `setup` in reach. */
  const inPage = <T>(text: string, setup: object = SETUP, on: Page = page): Promise<T> =>
    on.evaluate(`(async (setup) => { const { tab } = window; ${text} })(${JSON.stringify(setup)})`) as Promise<T>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stackelberg-tab-"));
    const shared = { configFile: false, root: ROOT, logLevel: "error", worker: { format: "es" } } as const;
    await build({ ...shared, build: { outDir: folder, emptyOutDir: true, target: "es2022", minify: false } });
    server = await preview({
      ...shared,
      build: { outDir: folder },
      preview: { host: "127.0.0.1", port: 0, allowedHosts: true, headers: { "Content-Security-Policy": POLICY } },
    });
    address = server.resolvedUrls!.local[0];
    browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP plain.test 127.0.0.1"],
    });
    context = await browser.newContext();
    page = await open(address);
    whole = await inPage<Played>("return tab.play(tab.trainInTab(setup));");
  }, SLOW);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("trains, says what metrics.jsonl would, and nothing is refused", async () => {
    const events = eventsOf(whole);
    expect(events[0]).toMatchObject({ type: "start", iteration: 0 });
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "finished", iteration: 5 });
    expect(whole.others).toEqual(["config"]);
    expect(await page.evaluate("window.violations")).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("two engines give the same bits, and a pause changes nothing", { timeout: SLOW }, async () => {
    const two = await inPage<Played>("return tab.play(tab.trainInTab(setup), { iteration: 2 });", {
      ...SETUP,
      engines: 2,
    });
    expect(two.others).toEqual(["config", "paused", "paused"]);
    expect(bits(two)).toEqual(bits(whole));
  });

  test("a tab that dies and comes again goes on as the unbroken run, bit for bit", { timeout: SLOW }, async () => {
    const mortal = await open(address);
    const kept = mortal.waitForEvent("console", (message) => message.text() === "kept 2");
    inPage(
      `const run = tab.trainInTab(setup);
       run.subscribe(({ type, iteration }) => type === "kept" && console.log("kept " + iteration));`,
      { ...SETUP, keep: "a run" },
      mortal,
    ).catch(() => {});
    await kept;
    const elsewhere = await inPage<string>('return tab.failure(tab.resumeInTab("a run").finished);');
    expect(elsewhere).toMatch(/^StorageError E_STORAGE run "a run": is played in another tab/);
    await mortal.close();
    const resumed = await open(address);
    expect(await inPage("return tab.keptRuns();", {}, resumed)).toEqual(["a run"]);
    const again = await inPage<Played>('return tab.play(tab.resumeInTab("a run"));', {}, resumed);
    expect(eventsOf(again).filter(({ type }) => type === "start").length).toBeGreaterThan(1);
    expect(bits(again)).toEqual(bits(whole));
    await inPage('await tab.forgetRun("a run");', {}, resumed);
    expect(await inPage("return tab.keptRuns();", {}, resumed)).toEqual([]);
    await resumed.close();
  });

  test("without a private file system, IndexedDB keeps it", { timeout: SLOW }, async () => {
    const plain = await open(address.replace("127.0.0.1", "plain.test")); // not a secure context: no OPFS, no locks
    const aborted = await inPage<string>(
      `const abort = new AbortController();
       const run = tab.trainInTab({ ...setup, keep: "another", signal: abort.signal });
       await new Promise((resolve) => run.subscribe(({ type }) => type === "kept" && resolve()));
       abort.abort();
       const why = await tab.failure(run.finished);
       run.close();
       return why;`,
      SETUP,
      plain,
    );
    expect(aborted).toMatch(/^DOMException 20 .*abort/);
    const again = await inPage<Played>('return tab.play(tab.resumeInTab("another"));', {}, plain);
    expect(bits(again)).toEqual(bits(whole));
    await plain.close();
  });

  test("errors come as what they are in the worker", { timeout: SLOW }, async () => {
    const wrong = (text: string) => inPage<string>(`return tab.failure(${text});`);
    expect(await wrong('tab.trainInTab({ task: "pendulum" }).finished')).toMatch(
      /^ConfigError E_CONFIG .*inverted-pendulum/s,
    );
    expect(await wrong('tab.trainInTab({ task: "./nowhere.js" }).finished')).toMatch(
      /^ConfigError E_CONFIG task http.*nowhere\.js: its module cannot be loaded/,
    );
    expect(await wrong('tab.resumeInTab("never").finished')).toMatch(
      /^StorageError E_STORAGE run "never": is not kept/,
    );
    expect(await wrong("tab.trainInTab({ ...setup, engines: 99 }).finished")).toMatch(
      /^ComputeError E_COMPUTE workers/,
    );
    expect(await wrong('tab.trainInTab({ ...setup, worker: () => new Worker("/nowhere.js") }).finished')).toMatch(
      /^ComputeError E_COMPUTE the training worker: has failed .*optimizeDeps: \{ exclude: .*worker: \{ format/,
    );
    errors.length = 0; // the browser says on the console what could not be loaded
  });

  test("mountRun shows a run's lights, curve and game board", { timeout: SLOW }, async () => {
    const text = await inPage<string>(
      `const place = document.getElementById("views");
       const mounted = tab.mountRun(place, tab.recordedStream(setup.config, setup.log), { theme: "dark" });
       await new Promise((resolve) => setTimeout(resolve, 500));
       const root = place.firstChild.shadowRoot;
       const drawn = root.querySelectorAll("canvas").length;
       const seen = root.textContent;
       mounted.unmount();
       return drawn + " drawings: " + seen + (place.childElementCount === 0 ? " and gone" : "");`,
      { config: openSealed("a run", Uint8Array.from(whole.snapshot)).config, log: whole.log },
    );
    expect(Number(text.match(/^(\d+) drawings/)![1])).toBeGreaterThan(6);
    for (const part of [
      "finished",
      "every number is finite",
      "Real samples",
      "Policy player",
      "Model player",
      "♛ leader",
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/and gone$/);
    expect(await page.evaluate("window.violations")).toEqual([]);
  });

  test("loadPolicy acts as Node's does, within float32", { timeout: SLOW }, async () => {
    const observations = Array.from({ length: 20 }, (_, i) => [0, 1, 2, 3].map((j) => Math.sin(i + 7 * j)));
    const here = await loadPolicy(Uint8Array.from(whole.policy));
    const expected = await Promise.all(observations.map(async (each) => Array.from(await here.act(each))));
    await here.close();
    const there = await inPage<{ actions: number[][]; median: number; task: string }>(
      `const policy = await tab.loadPolicy(Uint8Array.from(setup.policy));
       const actions = [], times = [];
       for (let round = 0; round < 20; round++)
         for (const [i, observation] of setup.observations.entries()) {
           const begin = performance.now();
           actions[i] = Array.from(await policy.act(observation));
           times.push(performance.now() - begin);
         }
       await policy.close();
       return { actions, median: times.sort((a, b) => a - b)[times.length / 2], task: policy.metadata.task };`,
      { policy: whole.policy, observations },
    );
    console.info(`loadPolicy in Chromium: ${there.median.toFixed(2)} ms an action (median of 400)`);
    expect(there.task).toMatch(/inverted-pendulum/);
    there.actions.forEach((action, i) => {
      for (const [j, x] of action.entries()) expect(x).toBeCloseTo(expected[i][j], 5);
    });
    expect(there.median).toBeLessThan(20); // under 1 on a free core
  });
});
