/**
 * Plays the policies of runs in worlds with other motors, masses, gravity and friction; writes what they return and a figure.
 *
 *   npm run build && node results/robust/evaluate.mjs <directory with runs named way-sN> <name>
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluatePolicy } from "../../dist/agents/evaluate.js";
import { openNodeCompute } from "../../dist/compute/engine-node.js";
import { createTask } from "../../dist/envs/index.js";
import { newestCheckpoint } from "../../dist/runs/checkpoint.js";
import { readConfig } from "../../dist/runs/config.js";
import { drawFigure, PALETTE } from "../../dist/runs/panel.js";

const GRID = {
  gear: [0.15, 0.2, 0.25, 0.5, 1, 1.5, 2, 2.5, 3],
  mass: [1, 2, 4, 5, 6, 7, 8],
  gravity: [1, 2, 3, 4, 5, 6],
  damping: [1, 3, 5, 6, 7, 8, 10, 15], // the pendulum's only friction: viscous, of cart and hinge
};
/** As the mean over ten episodes: the pendulum stood in all of them, or in all but one. */
const HOLDS = 900;
const EPISODES = 10;

const [directory, name] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const runs = readdirSync(directory).filter((name) => /-s\d+$/.test(name));
const ways = [...new Set(runs.map((name) => name.replace(/-s\d+$/, "")))];
const compute = await openNodeCompute({ provider: "cpu", workers: 1 });
const returns = {};
for (const run of runs) {
  const { settings, task } = readConfig(join(directory, run));
  const snapshot = newestCheckpoint(join(directory, run), console.error);
  const plain = createTask(task.id, task.options);
  returns[run] = {};
  for (const [quantity, factors] of Object.entries(GRID)) {
    returns[run][quantity] = [];
    for (const factor of factors) {
      const world = plain.perturbed({ [quantity]: factor });
      const request = { snapshot, settings, task: world, compute, episodes: EPISODES, seed: 1_000_000 };
      returns[run][quantity].push(Math.round((await evaluatePolicy(request)).return.mean));
    }
  }
}
await compute.close();
writeFileSync(
  join(here, `perturbed-${name}.json`),
  `${JSON.stringify({ episodes: EPISODES, factors: GRID, returns }, null, 1).replace(/\n +(?=\d|\])/g, " ")}\n`,
);

const ofWay = (way, quantity, i) =>
  runs.filter((run) => run.startsWith(`${way}-s`)).map((run) => returns[run][quantity][i]);
for (const [quantity, factors] of Object.entries(GRID)) {
  console.log(`\n| ${quantity} × | ${factors.join(" | ")} |\n|---|${factors.map(() => "---|").join("")}`);
  for (const way of ways) {
    const cells = factors.map((_, i) => ofWay(way, quantity, i).filter((x) => x >= HOLDS).length);
    console.log(`| ${way} | ${cells.join(" | ")} |`);
  }
}
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const panels = Object.entries(GRID).map(([quantity, factors]) => ({
  title: `Inverted pendulum, ${quantity} multiplied`,
  subtitle: `${name.toUpperCase()}, ${runs.length / ways.length} runs of each; trained at 1; 1000 is the most there is`,
  xLabel: `factor on ${quantity}`,
  yLabel: "return, mean over runs",
  curves: ways.map((way, k) => ({
    label: way,
    color: PALETTE[k],
    points: factors.map((factor, i) => [factor, mean(ofWay(way, quantity, i))]),
  })),
}));
writeFileSync(join(here, "..", `robust-${name}.svg`), drawFigure(panels));
