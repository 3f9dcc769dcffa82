import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** The browser of the tests; undefined where there is none. */
export const CHROMIUM: string | undefined = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** 3D without a graphics card. */
const SOFTWARE_GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** Says on the console that tests of the browser are left out, where they are. */
export function warnWithoutChromium(what: string): void {
  if (CHROMIUM === undefined) console.warn(`${what}: skipped, no Chromium at CHROMIUM_PATH or /usr/bin/chromium`);
}

/** @param webgl whether pages draw in 3D */
export const launchChromium = (webgl = false): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM!, args: [...FLAGS, ...(webgl ? SOFTWARE_GL : ["--disable-gpu"])] });

/** Adds to `complaints` whatever goes wrong in a page: errors that nobody caught, and errors on its console. */
export function heed(page: Page, complaints: string[]): void {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
}
