/**
 * Another provider beside the CPU, in one process: whether every program of a PAL iteration, with NPG and with the actor-critic,
 * gives the same numbers there, and how long the works of the bench take.
 *
 *   npm run bench:provider -- webgpu [--rounds 6] [--quick] [--json]
 *
 * A report, not a test: it exits with 0 where numbers differ, and says so.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { resolveSettings } from "../dist/agents/resolve-settings.js";
import { train } from "../dist/agents/train.js";
import { oneOf, wholeNumber } from "../dist/cli/arguments.js";
import type { BoundProgram, Compute, Engine, Program, Tensors } from "../dist/compute/engine.js";
import { NODE_PROVIDERS, openNodeCompute } from "../dist/compute/engine-node.js";
import type { Graph } from "../dist/compute/graph.js";
import { createTask } from "../dist/envs/index.js";
import { StackelbergError } from "../dist/errors/errors.js";
import { versions } from "../dist/runs/versions.js";
import { actorCriticUpdate } from "./actor-critic-update.js";
import { ensembleStep } from "./ensemble-step.js";
import { fisherProduct } from "./fisher-product.js";
import { rolloutStep } from "./rollout-step.js";
import { FULL, QUICK } from "./scales.js";
import { leastTimes } from "./timing.js";

/** Largest difference of an output, relative to the largest number in it. */
type Differences = Map<string, number>;

/** An engine that runs everything on both and goes on with the first's numbers. */
function comparing(first: Engine, second: Engine, differences: Differences): Engine {
  const compare = (graph: Graph, a: Tensors, b: Tensors): Tensors => {
    for (const [name, { data }] of Object.entries(a)) {
      const other = b[name].data;
      let [most, apart] = [0, 0];
      for (let i = 0; i < data.length; i++) {
        most = Math.max(most, Math.abs(data[i]));
        apart = Math.max(apart, Math.abs(data[i] - other[i]));
      }
      const relative = apart === 0 ? 0 : apart / Math.max(most, 1e-30);
      differences.set(graph.name, Math.max(differences.get(graph.name) ?? 0, relative));
    }
    return a;
  };
  return {
    async load(graph): Promise<Program> {
      const programs = await Promise.all([first.load(graph), second.load(graph)]);
      const both = async (run: (program: Program) => Promise<Tensors>) =>
        compare(graph, await run(programs[0]), await run(programs[1]));
      return {
        run: (inputs) => both((program) => program.run(inputs)),
        async bind(bound): Promise<BoundProgram> {
          const bindings = await Promise.all(programs.map((program) => program.bind(bound)));
          return {
            run: async (inputs) => compare(graph, await bindings[0].run(inputs), await bindings[1].run(inputs)),
            release: async () => void (await Promise.all(bindings.map((binding) => binding.release()))),
          };
        },
      };
    },
  } as Engine;
}

/** Plays a first iteration, small, on both. */
async function iteration(cpu: Compute, other: Compute, policy: "npg" | "actor-critic"): Promise<Differences> {
  const differences: Differences = new Map();
  const engine = comparing(cpu.engines[0], other.engines[0], differences);
  const compute = { ...cpu, engines: [engine] };
  const task = createTask("hopper");
  const small =
    policy === "npg"
      ? {
          model: { hidden: [64, 64], minGradientSteps: 1, maxGradientSteps: 20 },
          npg: { steps: 1, trajectoriesPerModel: 4, rolloutHorizon: 20 },
        }
      : {
          gaussian: { hidden: [32, 32], initialSteps: 20 },
          actorCritic: { initialUpdates: 5, promiseRollouts: 2, promiseHorizon: 20 },
        };
  const settings = resolveSettings({
    algorithm: "pal",
    task,
    patches: [
      { players: { policy }, data: { initialSamples: 200, samplesPerIteration: 20, maxSamples: 220 } },
      { evaluation: { episodes: 1 }, ...small },
    ] as never,
  });
  for await (const _ of train({ algorithm: "pal", task, settings, seed: 0, compute })) break;
  return differences;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "6" },
    },
  });
  const provider = oneOf("provider", NODE_PROVIDERS)(positionals[0] ?? "");
  const scale = values.quick ? QUICK : FULL;
  const cpu = await openNodeCompute({ workers: 1 });
  const other = await openNodeCompute({ workers: 1, provider });
  try {
    const agreement: Record<string, Readonly<Record<string, number>>> = {};
    for (const policy of ["npg", "actor-critic"] as const)
      agreement[policy] = Object.fromEntries(await iteration(cpu, other, policy));
    const makers = [
      ensembleStep,
      rolloutStep,
      (compute: Compute) => rolloutStep(compute, { ...scale, trajectories: 10 * scale.trajectories }),
      fisherProduct,
      actorCriticUpdate,
    ];
    const named = async (compute: Compute, where: string) =>
      (await Promise.all(makers.map((make) => make(compute, scale)))).map((work) => ({
        ...work,
        name: `${work.name} on ${where}`,
        plain: work.name,
      }));
    const [ours, theirs] = [await named(cpu, "cpu"), await named(other, provider)];
    const times = await leastTimes([...ours, ...theirs], wholeNumber("--rounds", 1)(values.rounds));
    const works = ours.map(({ name, plain, units, unit }, i) => {
      const [seconds, otherSeconds] = [times.get(name)!.seconds / units, times.get(theirs[i].name)!.seconds / units];
      return { name: plain, unit, cpu: seconds, [provider]: otherSeconds, times: seconds / otherSeconds };
    });
    const machine = cpus()[0]?.model ?? "unknown";
    if (values.json) return console.log(JSON.stringify({ provider, machine, versions: versions(), agreement, works }));
    console.log(`${provider} beside one engine of the CPU (${machine})\n`);
    for (const { name, unit, times: ratio, ...each } of works) {
      const [a, b] = [each.cpu as number, each[provider] as number].map((s) => `${(1e3 * s).toPrecision(3)} ms`);
      console.log(`${name}: ${a} per ${unit} on the CPU, ${b} on ${provider}: ${ratio.toPrecision(3)} times as fast`);
    }
    for (const [policy, programs] of Object.entries(agreement)) {
      const [worst, most] = Object.entries(programs).sort((a, b) => b[1] - a[1])[0];
      const count = Object.keys(programs).length;
      console.log(
        `${policy}: ${count} programs of an iteration, largest relative difference ${most.toExponential(1)} (${worst})`,
      );
    }
  } finally {
    await Promise.all([cpu.close(), other.close()]);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StackelbergError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
