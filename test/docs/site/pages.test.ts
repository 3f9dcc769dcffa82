import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium, warnWithoutChromium } from "../../support/chromium.js";
import { serveSite } from "../support/site.js";

warnWithoutChromium("pages of the site");

/** What a reader loads before anything is asked for, bytes as they lie on the disk; a server that compresses sends a third of them. */
const FIRST_PAGE = 300_000;
const MAIN_PAGES = [
  "/",
  "/tutorial.html",
  "/own-player.html",
  "/does-not-learn.html",
  "/explore/quadratic-game.html",
  "/explore/bounds.html",
  "/paper/figures.html",
  "/reference/settings.html",
  "/reference/commands.html",
  "/project/results.html",
  "/api/",
];

/** Pages that are looked at in the dark, too: text, code, tables and pictures are the same on all. */
const DARK_PAGES = ["/", "/own-player.html", "/explore/quadratic-game.html", "/explore/bounds.html"];

describe.skipIf(CHROMIUM === undefined)("pages of the site in a browser", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSite>>;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function opened<T>(path: string, use: (page: Page, said: string[]) => Promise<T>, dark = false): Promise<T> {
    const page = await browser.newPage({ colorScheme: dark ? "dark" : "light" });
    const said: string[] = [];
    page.on("pageerror", (error) => said.push(error.message));
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    page.on("response", (response) => response.status() >= 400 && said.push(`${response.status()} ${response.url()}`));
    try {
      await page.goto(site.address + path, { waitUntil: "networkidle" });
      return await use(page, said);
    } finally {
      await page.close();
    }
  }

  test(`the first page is at most ${FIRST_PAGE} bytes before the robot is started, and needs no other host`, async () => {
    const loaded: { readonly url: string; readonly bytes: number; readonly gzip: number }[] = [];
    const page = await browser.newPage();
    const bodies: Promise<void>[] = [];
    page.on("response", (response) =>
      bodies.push(
        response.body().then((body) => {
          loaded.push({ url: response.url(), bytes: body.length, gzip: gzipSync(body).length });
        }),
      ),
    );
    await page.goto(`${site.address}/`, { waitUntil: "networkidle" });
    await Promise.all(bodies);
    await page.close();
    const total = (of: "bytes" | "gzip") => loaded.reduce((sum, each) => sum + each[of], 0);
    const largest = [...loaded]
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, 6)
      .map(({ url, bytes }) => `${url.split("/").at(-1)} ${bytes}`)
      .join(", ");
    console.info(`first page: ${total("bytes")} bytes in ${loaded.length} files, ${total("gzip")} as gzip: ${largest}`);
    expect(loaded.filter(({ url }) => !url.startsWith(site.address))).toEqual([]);
    expect(loaded.filter(({ url }) => /worker|player|\.wasm|mujoco|ort[.-]/.test(url))).toEqual([]);
    expect(total("bytes")).toBeLessThanOrEqual(FIRST_PAGE);
  });

  test.each([...MAIN_PAGES.map((path) => [path, false] as const), ...DARK_PAGES.map((path) => [path, true] as const)])(
    "%s (dark: %s) has no error, and nothing that axe finds serious",
    (path, dark) =>
      opened(
        path,
        async (page, said) => {
          await page.locator('.VPSwitchAppearance:not([title=""])').first().waitFor({ state: "attached" });
          await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
          const violations = await page.evaluate(async () => {
            const { axe } = window as unknown as { readonly axe: { run(): Promise<AxeResults> } };
            return (await axe.run()).violations
              .filter(({ impact }) => impact === "serious" || impact === "critical")
              .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
          });
          expect(said).toEqual([]);
          expect(violations).toEqual([]);
        },
        dark,
      ),
  );

  test("search finds a setting", () =>
    opened("/", async (page, said) => {
      await page.getByRole("button", { name: /search/i }).click();
      await page.locator("input[type=search], .search-input").fill("terminalMargin");
      await page.locator(".result").first().waitFor();
      expect(await page.locator(".result").count()).toBeGreaterThan(0);
      expect(said).toEqual([]);
    }));

  test("the game of two numbers: with p = 1, m = −1 best responses go in a circle; less coupled, they come to rest", () =>
    opened("/explore/quadratic-game.html", async (page) => {
      const end = () => page.locator(".explore tbody tr", { hasText: "BR" }).locator("td").last();
      expect(await end().textContent()).toBe("goes in a circle of 4");
      await page.locator("#p").fill("0.5");
      await expect.poll(() => end().textContent()).toBe("comes to rest");
      await page.locator("#p").fill("3");
      await expect.poll(() => end().textContent()).toBe("runs away");
    }));

  test("the bounds: no world violates any, whatever the sliders say", () =>
    opened("/explore/bounds.html", async (page) => {
      const violated = () => page.locator(".explore tbody tr td:last-child").allInnerTexts();
      for (const noise of ["-4", "0"]) {
        await page.locator("#noise").fill(noise);
        await expect.poll(violated).toEqual(["0 of 80", "0 of 80", "0 of 80", "0 of 80"]);
      }
    }));

  test(
    "the cart learns, then the arm: a line of the curve and a moving robot after the first iteration",
    { timeout: 1_200_000 },
    () =>
      opened("/", async (page, said) => {
        await page.getByRole("button", { name: /let it learn/i }).click();
        const status = page.locator(".learner [role=status]");
        await expect
          .poll(() => status.textContent(), { timeout: 240_000, interval: 1000 })
          .toMatch(/iteration 1: 400 steps/);
        expect(await page.locator(".learner circle").count()).toBeGreaterThan(0);
        await page.getByRole("button", { name: "Stop" }).click();
        expect(await status.textContent()).toMatch(/^stopped/);
        await page.getByRole("button", { name: /then the reacher/i }).click();
        const arm = page.locator(".learner .arm").first();
        const rest = await arm.getAttribute("points");
        await expect
          .poll(() => status.textContent(), { timeout: 900_000, interval: 1000 })
          .toMatch(/iteration 1: 3000 steps in the world, \d+ % of 25 goals reached/);
        await expect.poll(() => arm.getAttribute("points"), { timeout: 20_000 }).not.toBe(rest);
        await page.getByRole("button", { name: "Stop" }).click();
        expect(said).toEqual([]);
      }),
  );
});

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}
