import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATOR_TOLERANCE, PROGRAM_TOLERANCE } from "../support/agreement.js";
import type { Report } from "../support/browser/page.js";
import { CHROMIUM, launchChromium, warnWithoutChromium } from "../support/chromium.js";
import { OPERATOR_CASES } from "../support/operator-cases.js";

const ROOT = fileURLToPath(new URL("../support/browser", import.meta.url));

warnWithoutChromium("engine-web in a browser");

describe.skipIf(CHROMIUM === undefined)("built by vite and opened in Chromium, onnxruntime-web", () => {
  let folder: string;
  let server: PreviewServer;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stackelberg-web-"));
    const shared = { configFile: false, root: ROOT, logLevel: "error", worker: { format: "es" } } as const;
    await build({ ...shared, build: { outDir: folder, emptyOutDir: true, target: "es2022", minify: false } });
    server = await preview({ ...shared, build: { outDir: folder }, preview: { host: "127.0.0.1", port: 0 } });
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("agrees with the float64 reference, for every operator and for loops, and asks no other host for anything", async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    const address = server.resolvedUrls!.local[0];
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(address);
    await page.waitForFunction("window.report !== undefined");
    const { provider, operators, programs }: Report = await page.evaluate(() => window.report());
    expect(provider).toBe("wasm");
    expect(Object.entries(operators).filter(([, error]) => !(error < OPERATOR_TOLERANCE))).toEqual([]);
    expect(Object.entries(programs).filter(([, error]) => !(error < PROGRAM_TOLERANCE))).toEqual([]);
    expect([Object.keys(operators).length, Object.keys(programs).length]).toEqual([OPERATOR_CASES.length, 7]);
    expect(errors).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(address) && !/^(blob|data):/.test(url))).toEqual([]);
    expect(asked.length).toBeGreaterThan(2); // the page, its script and the runtime
  }, 60_000);
});
