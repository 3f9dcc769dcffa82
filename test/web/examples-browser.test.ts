import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { build, createServer, type PreviewServer, preview, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { policyToOnnx } from "../../src/agents/export.js";
import { createTask } from "../../src/envs/index.js";
import { loadPolicy } from "../../src/runs/open-run.js";
import { CHROMIUM, launchChromium, warnWithoutChromium } from "../support/chromium.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLE = join(ROOT, "examples/web");
const SLOW = 300_000; // ms; an iteration takes some seconds on free cores, the first some more

warnWithoutChromium("the examples for a browser");

describe.skipIf(CHROMIUM === undefined)("in Chromium,", () => {
  const compute = useCompute();
  let folder: string;
  let browser: Browser;
  let server: ViteDevServer | PreviewServer | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stackelberg-examples-"));
    browser = await launchChromium();
  }, SLOW);
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (path = ""): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(server!.resolvedUrls!.local[0] + path);
    return page;
  };
  /** Waits until the page's text, shadow roots and all, is as it should be; gives it. */
  const seen = async (page: Page, pattern: RegExp): Promise<string> => {
    const text = `document.title + document.body.innerText + (document.querySelector("#views > div")?.shadowRoot.textContent ?? "")`;
    await page.waitForFunction(`${pattern}.test(${text}) || /: .* optimizeDeps/.test(${text})`, undefined, {
      timeout: SLOW,
    });
    return page.evaluate(text) as Promise<string>;
  };

  test("built by Vite, examples/web learns, is held, and goes on after a reload", { timeout: SLOW }, async () => {
    const configFile = join(EXAMPLE, "vite.config.js");
    const outDir = join(folder, "built");
    await build({ configFile, logLevel: "error", build: { outDir } });
    server = await preview({
      configFile,
      logLevel: "error",
      build: { outDir },
      preview: { host: "127.0.0.1", port: 0 },
    });
    const page = await open();
    await page.click("#start");
    await seen(page, /iteration 1: return \d+[\s\S]*Kept up to iteration 1/);
    await seen(page, /Step \d+ of 1000/);
    await page.click("#pause");
    await seen(page, /paused/);
    await page.click("#pause");
    await page.reload();
    await page.waitForFunction('document.getElementById("start").textContent === "Go on"');
    await page.click("#start");
    expect(await seen(page, /iteration 1: return \d+/)).not.toMatch(/optimizeDeps/);
    await page.close();
  });

  test("policy-in-a-page.html acts with onnxruntime-web alone, as Node does", { timeout: SLOW }, async () => {
    const task = createTask("point-mass");
    const setup = tinySetup("pal", task, compute());
    const [{ snapshot }] = await playAll(setup, 1);
    const bytes = policyToOnnx(snapshot, setup.settings, task);
    const site = join(folder, "site");
    cpSync(join(ROOT, "node_modules/onnxruntime-web/dist"), join(site, "ort"), {
      recursive: true,
      filter: (from) => !/\.(js|map|jsep|jspi|asyncify)/.test(from) || /simd-threaded\.(mjs|wasm)$/.test(from),
    });
    cpSync(join(ROOT, "examples/policy-in-a-page.html"), join(site, "index.html"));
    writeFileSync(join(site, "policy.onnx"), bytes);
    server = await preview({
      configFile: false,
      root: site,
      logLevel: "error",
      build: { outDir: site },
      preview: { host: "127.0.0.1", port: 0 },
    });
    const page = await open();
    await page.waitForFunction('document.getElementById("observation").value !== ""');
    await page.fill("#observation", "0.1, 0.2, 0.3, 0.4, -0.5, 0.6");
    await page.click("#act");
    await page.waitForFunction('document.getElementById("action").value !== "–"');
    const action = (await page.evaluate('document.getElementById("action").value')) as string;
    const policy = await loadPolicy(bytes);
    const expected = await policy.act([0.1, 0.2, 0.3, 0.4, -0.5, 0.6]);
    await policy.close();
    action.split(",").forEach((x, i) => {
      expect(Number(x)).toBeCloseTo(expected[i], 5);
    });
    await page.close();
  });

  describe("in a project of a user's own, `vite dev`", () => {
    /** The package as npm would install it, and the example beside it. */
    const project = () => {
      const at = mkdtempSync(join(folder, "project-"));
      const modules = join(at, "node_modules");
      mkdirSync(join(modules, "stackelberg"), { recursive: true });
      for (const name of readdirSync(join(ROOT, "node_modules")))
        if (!name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
      cpSync(join(ROOT, "package.json"), join(modules, "stackelberg/package.json"));
      cpSync(join(ROOT, "dist"), join(modules, "stackelberg/dist"), {
        recursive: true,
        filter: (from) => !/dashboard\/(page|report)|\.map$/.test(from),
      });
      cpSync(EXAMPLE, at, { recursive: true });
      writeFileSync(join(at, "package.json"), '{ "name": "page", "type": "module" }');
      return at;
    };
    const dev = async (at: string, configFile: string | false) =>
      (
        await createServer({
          root: at,
          configFile,
          logLevel: "error",
          cacheDir: join(at, ".vite"),
          server: { host: "127.0.0.1", port: 0, fs: { strict: false } },
        })
      ).listen();

    test("trains with the two lines", { timeout: SLOW }, async () => {
      const at = project();
      server = await dev(at, join(at, "vite.config.js"));
      const page = await open();
      await page.click("#start");
      expect(await seen(page, /Iteration 1: /)).not.toMatch(/has failed|not available/);
      await page.close();
    });

    test("and without them says which they are", { timeout: SLOW }, async () => {
      server = await dev(project(), false);
      const page = await open();
      await page.click("#start");
      expect(await seen(page, /optimizeDeps/)).toMatch(
        /optimizeDeps: \{ exclude: \["stackelberg", "onnxruntime-web", "@mujoco\/mujoco"\] \} and worker: \{ format: "es" \}/,
      );
      await page.close();
    });
  });
});
