/**
 * Training in a browser's tab, measured: time per iteration beside Node's, and how long the pendulum takes.
 *
 *   npm run bench:tab [-- --iterations 6] [-- --solve] [-- --engines 1]
 *
 * Both play the same run, one after the other. The first iteration is the start of the runtimes and does not count.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { createTask, resolveSettings, train } from "stackelberg";
import { openNodeCompute } from "stackelberg/node";
import { build, preview } from "vite";

const { values } = parseArgs({
  options: {
    iterations: { type: "string", default: "6" },
    engines: { type: "string", default: "1" },
    solve: { type: "boolean", default: false },
  },
});
const [iterations, engines] = [Number(values.iterations), Number(values.engines)];
const TASK = "inverted-pendulum";
const root = mkdtempSync(join(import.meta.dirname, "../node_modules/.tab-"));
const TICKS = 100; // of the system's clock, a second

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

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const warm = (list) => list.slice(1);

async function inNode() {
  const compute = await openNodeCompute({ workers: engines });
  const task = createTask(TASK);
  const settings = resolveSettings({ algorithm: "pal", task });
  const [seconds, cpu] = [[], []];
  let before = process.cpuUsage();
  for await (const { metrics } of train({ algorithm: "pal", task, settings, seed: 0, compute })) {
    seconds.push(metrics.seconds.total);
    const used = process.cpuUsage(before);
    before = process.cpuUsage();
    cpu.push((used.user + used.system) / 1e6);
    if (seconds.length >= iterations) break;
  }
  await compute.close();
  return { seconds, cpu };
}

async function inTab() {
  writeFileSync(join(root, "index.html"), '<!doctype html><script type="module" src="./page.js"></script>');
  writeFileSync(
    join(root, "page.js"),
    `import { trainInTab } from "stackelberg/web"; window.begin = (options) => { window.run = trainInTab(options); };
     window.next = async () => { window.all ??= window.run[Symbol.asyncIterator](); return (await window.all.next()).value; };`,
  );
  const out = mkdtempSync(join(tmpdir(), "stackelberg-tab-"));
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
  const pid = browser.process().pid;
  const [seconds, cpu, returns] = [[], [], []];
  const begun = performance.now();
  const atFirst = cpuOf(pid);
  let before = atFirst;
  await page.evaluate((options) => window.begin(options), { task: TASK, algorithm: "pal", seed: 0, engines });
  for (;;) {
    const event = await page.evaluate(() => window.next());
    if (event === undefined) break;
    seconds.push(event.seconds.total);
    const now = cpuOf(pid);
    cpu.push(now - before);
    before = now;
    returns.push(event.evaluation?.return.mean ?? Number.NaN);
    const solved = event.evaluation !== null && event.evaluation.return.mean >= 1000;
    if (values.solve ? solved : seconds.length >= iterations) {
      if (solved) {
        const [minutes, work] = [(performance.now() - begun) / 60_000, (before - atFirst) / 60];
        console.log(
          `solved, return 1000, at ${event.samples} samples, iteration ${event.iteration}: ${minutes.toFixed(1)} min, ${work.toFixed(1)} min of CPU time`,
        );
      }
      break;
    }
  }
  await client.close();
  await browser.close();
  await server.close();
  rmSync(out, { recursive: true, force: true });
  return { seconds, cpu, returns };
}

try {
  const tab = await inTab();
  console.log(
    `tab:  s an iteration ${tab.seconds.map((s) => s.toFixed(1)).join(" ")}, CPU ${tab.cpu.map((s) => s.toFixed(1)).join(" ")}`,
  );
  console.log(`      returns ${tab.returns.map((x) => x.toFixed(0)).join(" ")}`);
  if (!values.solve) {
    const node = await inNode();
    console.log(
      `Node: s an iteration ${node.seconds.map((s) => s.toFixed(1)).join(" ")}, CPU ${node.cpu.map((s) => s.toFixed(1)).join(" ")}`,
    );
    const ratio = (of) => mean(warm(tab[of])) / mean(warm(node[of]));
    console.log(
      `ratio, warm: wall ${ratio("seconds").toFixed(2)}, CPU ${ratio("cpu").toFixed(2)}; first iteration in the tab ${tab.seconds[0].toFixed(1)} s`,
    );
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
