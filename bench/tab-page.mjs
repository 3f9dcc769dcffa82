/** A page in a headless Chromium that plays runs by `trainInTab`, driven from here. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const TICKS = 100; // of the system's clock, a second

const PAGE = `
import { trainInTab } from "stackelberg/web";
let run, iterations;
window.begin = (options) => { run = trainInTab(options); iterations = run[Symbol.asyncIterator](); };
window.next = async () => { const { value } = await iterations.next(); return value; };
window.hold = () => run.pause();
window.release = () => run.goOn();
`;

/** CPU seconds of a process and of all that it started. */
function cpuOf(pid) {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const text = readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
        return [
          { pid: Number(name), parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS },
        ];
      } catch {
        return []; // it has just ended
      }
    });
  const under = (id) =>
    stats.filter(({ parent }) => parent === id).reduce((sum, each) => sum + under(each.pid), 0) +
    (stats.find((each) => each.pid === id)?.seconds ?? 0);
  return under(pid);
}

/** Builds the page as a user's bundler would, serves it and opens it. */
export async function openTabPage() {
  const root = mkdtempSync(join(import.meta.dirname, "../node_modules/.tab-"));
  const out = mkdtempSync(join(tmpdir(), "stackelberg-tab-"));
  writeFileSync(join(root, "index.html"), '<!doctype html><script type="module" src="./page.js"></script>');
  writeFileSync(join(root, "page.js"), PAGE);
  const shared = {
    configFile: false,
    root,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: out, emptyOutDir: true, target: "es2022" },
  };
  await build(shared);
  const server = await preview({ ...shared, preview: { host: "127.0.0.1", port: 0 } });
  const browser = await chromium.launchServer({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
  });
  const client = await chromium.connect(browser.wsEndpoint());
  const page = await client.newPage();
  await page.goto(server.resolvedUrls.local[0]);
  await page.waitForFunction("window.begin !== undefined");
  return {
    begin: (options) => page.evaluate((given) => window.begin(given), options),
    /** The event of the next iteration; undefined where the run is over. */
    next: () => page.evaluate(() => window.next()),
    /** Holds the run where it is, and lets it go on. */
    hold: () => page.evaluate(() => window.hold()),
    release: () => page.evaluate(() => window.release()),
    /** CPU seconds of the whole browser so far. */
    cpu: () => cpuOf(browser.process().pid),
    async close() {
      await client.close();
      await browser.close();
      await server.close();
      for (const folder of [root, out]) rmSync(folder, { recursive: true, force: true });
    },
  };
}
