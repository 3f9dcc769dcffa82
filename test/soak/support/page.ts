import type { Browser } from "playwright-core";
import { CHROMIUM, launchChromium } from "../../support/chromium.js";

/** A page that is open on the dashboard all the time. */
export interface OpenPage {
  /** JavaScript's memory after a collection, MiB. */
  memory(): Promise<number>;
  /** What the page complained of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** @returns undefined where there is no browser */
export async function openPage(url: string): Promise<OpenPage | undefined> {
  if (CHROMIUM === undefined) return undefined;
  const browser: Browser = await launchChromium();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return {
    complaints,
    async memory() {
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "JSHeapUsedSize")!.value / 2 ** 20;
    },
    close: () => browser.close(),
  };
}
