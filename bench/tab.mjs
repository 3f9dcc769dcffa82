/**
 * Training in a browser's tab, measured.
 *
 *   npm run bench:tab [-- --iterations 6] [-- --task hopper] [-- --settings '{"model":{"hidden":[64,64]}}']
 *                                                                  time per iteration beside Node's
 *   npm run bench:tab -- --solve                                   until the task counts as solved
 *   npm run bench:tab -- --task reacher-7dof --samples 10000       until so many samples, with the share of successes
 *
 * Beside Node, tab and Node play an iteration of the same run in turn, and the other one waits. The first iteration starts the
 * runtimes and does not count.
 */
import { parseArgs } from "node:util";
import { createTask, resolveSettings, train } from "stackelberg";
import { openNodeCompute } from "stackelberg/node";
import { openTabPage } from "./tab-page.mjs";

const { values } = parseArgs({
  options: {
    task: { type: "string", default: "inverted-pendulum" },
    iterations: { type: "string", default: "6" },
    samples: { type: "string" },
    seed: { type: "string", default: "0" },
    engines: { type: "string", default: "1" },
    settings: { type: "string", default: "{}" },
    solve: { type: "boolean", default: false },
  },
});
const engines = Number(values.engines);
const patch = JSON.parse(values.settings);
const run = { task: values.task, algorithm: "pal", seed: Number(values.seed) };

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const sum = (list) => list.reduce((total, x) => total + x, 0);
const row = (list) => list.map((s) => s.toFixed(1)).join(" ");

/** Seconds and CPU seconds of what is waited for. */
async function timed(cpu, work) {
  const [cpuBefore, before] = [cpu(), performance.now()];
  const result = await work();
  return { result, seconds: (performance.now() - before) / 1000, cpu: cpu() - cpuBefore };
}

/** Plays in the tab alone, a line each iteration. */
async function untilDone(page) {
  const { solvedReturn } = createTask(run.task);
  const begun = performance.now();
  await page.begin({
    ...run,
    settings: patch,
    engines,
    ...(values.samples !== undefined && { samples: Number(values.samples) }),
  });
  for (;;) {
    const event = await page.next();
    if (event === undefined) return;
    const { iteration, samples, evaluation } = event;
    const minutes = `${((performance.now() - begun) / 60_000).toFixed(1)} min, ${(page.cpu() / 60).toFixed(1)} min of CPU time`;
    const success = evaluation?.success == null ? "" : `, success ${(100 * evaluation.success).toFixed(0)} %`;
    const scored = `return ${evaluation?.return.mean.toFixed(1)}${success} over ${evaluation?.return.episodes} episodes`;
    console.log(`iteration ${iteration}: ${samples} samples, ${scored}; ${minutes}`);
    if (values.solve && evaluation !== null && evaluation.return.mean >= solvedReturn) return;
  }
}

/** Plays in the tab and in Node, an iteration each in turn. */
async function besideNode(page) {
  const compute = await openNodeCompute({ workers: engines });
  const task = createTask(run.task);
  const settings = resolveSettings({ algorithm: run.algorithm, task, patches: [patch] });
  const inNode = train({ ...run, task, settings, compute })[Symbol.asyncIterator]();
  const own = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const [tab, node] = [[], []];
  for (let i = 0; i < Number(values.iterations); i++) {
    tab.push(
      await timed(page.cpu, async () => {
        await (i === 0 ? page.begin({ ...run, settings: patch, engines }) : page.release());
        const { seconds } = await page.next();
        await page.hold();
        return seconds;
      }),
    );
    node.push(await timed(own, async () => (await inNode.next()).value.metrics.seconds));
  }
  await compute.close();
  report(tab, node);
}

function report(tab, node) {
  const of = (list, name) => list.map((each) => each[name]);
  for (const [where, list] of [
    ["tab: ", tab],
    ["Node:", node],
  ])
    console.log(`${where} s an iteration ${row(of(list, "seconds"))}, CPU ${row(of(list, "cpu"))}`);
  const warm = (list) => list.slice(1);
  const ratios = (name) => warm(tab).map((each, i) => each[name] / warm(node)[i][name]);
  const line = (name) =>
    `${name} median ${median(ratios(name)).toFixed(2)}, all together ${(sum(of(warm(tab), name)) / sum(of(warm(node), name))).toFixed(2)}`;
  console.log(`ratio, warm: ${line("cpu")}; ${line("seconds")}`);
  for (const part of Object.keys(node[0].result)) {
    const each = (list) => sum(warm(list).map(({ result }) => result[part] ?? 0));
    if (each(node) > 0)
      console.log(`  ${part}: ${each(tab).toFixed(1)} s in the tab, ${each(node).toFixed(1)} s in Node`);
  }
}

const page = await openTabPage();
try {
  await (values.solve || values.samples !== undefined ? untilDone(page) : besideNode(page));
} finally {
  await page.close();
}
