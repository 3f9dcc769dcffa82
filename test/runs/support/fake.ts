import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { IterationMetrics, PairReading } from "../../../src/agents/metrics.js";
import { paperSettings } from "../../../src/agents/run-settings.js";
import type { Snapshot } from "../../../src/agents/snapshot.js";
import type { TrainSetup } from "../../../src/agents/train.js";
import type { Compute } from "../../../src/compute/engine.js";
import type { Task } from "../../../src/mdp/task.js";
import type { RunConfig } from "../../../src/runs/config.js";
import type { IterationEvent } from "../../../src/runs/events.js";
import type { Player } from "../../../src/runs/play-run.js";
import type { FinishedIteration } from "../../../src/runs/store.js";

const entry = { size: 2, names: ["x [m]", "v [m/s]"], low: [-Infinity, -Infinity], high: [Infinity, Infinity] };

/** A task that is only a name: the fake trainer never asks it anything. */
export const fakeTask: Task = {
  id: "fake-v0",
  title: "a task for tests",
  options: {},
  observation: entry,
  action: { size: 1, names: ["force [N]"], low: [-1], high: [1] },
  horizon: 100,
  controlStep: 0.05,
  reward: () => 0,
  isTerminal: () => false,
  solvedReturn: 900,
  createWorld: () => Promise.reject(new Error("not needed")),
};

export const fakeSettings = (maxSamples = 1000) => {
  const settings = paperSettings("pal", fakeTask);
  return { ...settings, data: { ...settings.data, maxSamples } };
};

export const fakeConfig = (maxSamples = 1000, seed = 3): Omit<RunConfig, "format"> => ({
  algorithm: "pal",
  task: { id: fakeTask.id, options: {}, module: null },
  preset: "default",
  seed,
  settings: fakeSettings(maxSamples),
  workers: 1,
  provider: "cpu",
  keepEvery: null,
  created: "2026-01-01T00:00:00.000Z",
  versions: {},
});

export const fakeCompute: Compute = { engines: [], provider: "cpu", close: async () => {} };

/** A number in [0, 1) that depends on every bit of what came before: resuming wrongly shows at once. */
function scramble(x: number): number {
  const y = Math.sin(x * 12.9898 + 78.233) * 43758.5453;
  return y - Math.floor(y);
}

const pair: PairReading = {
  modelError: { mean: 0.02, max: 0.1, byTime: [0.01, 0.03] },
  totalVariation: { mean: 0.1, max: 0.2 },
  return: { world: 10, model: 12 },
};

function metricsOf(iteration: number, samples: number, x: number): IterationMetrics {
  const score = 1000 * (1 - Math.exp(-iteration / 4)) + 80 * (x - 0.5);
  return {
    iteration,
    samples,
    evaluation: { return: { mean: score, std: 200 * Math.exp(-iteration / 5), episodes: 10 }, success: null },
    model: {
      return: { mean: score * 1.1, perMember: [score, score * 1.2] },
      freshLoss: { before: 0.5 / iteration, after: 0.1 / iteration },
      freshLossByDimension: [0.1, 0.2],
      fitLoss: 0.05,
      gradientSteps: 1250,
    },
    world: {
      return: { mean: score * 0.85, std: 3, episodes: 2 },
      success: null,
      goalError: { mean: 0.5, last: 0.2 },
      episodeLength: 50,
    },
    gap: score * 0.25,
    policy: {
      kl: [0.024, 0.026],
      stepLength: [0.2236, 0.2236],
      cgResidual: [1e-3, 2e-3],
      cgValue: [-0.01, -0.02],
      surrogateGain: [0.1, 0.2],
      backtracks: [0, 0],
      entropy: [0.4, 0.38],
      gradientNorm: [1, 2],
      syntheticSamples: [1000, 1010],
      modelReturn: [score, score * 1.1],
    },
    value: { explainedVariance: [0.5, 0.6] },
    robust: {
      memberWeights: [
        [1, 0],
        [0, 1],
      ],
      disagreement: [0.3, 0.2],
      bonus: [-3, -2],
    },
    meter: {
      ...pair,
      gap: 2,
      policyGap: 0.5,
      maxReward: 1,
      reference: pair,
      bound: { model: 300, stepwise: 80, transfer: 50, total: 350.5, trivial: 400 },
    },
    seconds: { sample: 0.1, fit: 0.5, improve: 0.3, evaluate: 0.1, total: 1 },
  };
}

/** One line of a log: iteration k of the fake trainer, or something like it. */
export const fakeEvent = (iteration: number): IterationEvent => ({
  type: "iteration",
  ...metricsOf(iteration, 100 * iteration, 0.25),
});

/** The same of a run whose policy player has critics. @param changes what is other than usual */
export function criticEvent(
  iteration: number,
  changes: Partial<NonNullable<IterationEvent["actorCritic"]>> = {},
): IterationEvent {
  const { policy: _, value: __, robust: ___, ...shared } = fakeEvent(iteration);
  const actorCritic = {
    updates: 1000,
    actorValue: 41,
    value: 40,
    criticLoss: 0.002,
    entropy: -0.9,
    targetEntropy: -1,
    temperature: 0.05,
    alive: 0.98,
    ended: 0.1,
    disagreement: 0.01,
    range: [0, 120] as const,
    discount: 0.99,
    ...changes,
  };
  return { ...shared, actorCritic };
}

/** Plays iterations of 100 samples whose weights are a function of the weights before. */
export async function* fakeTrain({
  settings,
  seed,
  resume,
  onProgress,
}: TrainSetup): AsyncGenerator<FinishedIteration, void> {
  let { iteration, samples } = resume?.meta ?? { iteration: 0, samples: 0 };
  let weights = (resume?.tensors["policy/w"]?.data as Float64Array | undefined) ?? Float64Array.of(seed, seed / 3);
  while (samples < settings.data.maxSamples) {
    onProgress?.({ phase: "fit", iteration: iteration + 1, done: 1, total: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    weights = weights.map(scramble);
    iteration++;
    samples += 100;
    const snapshot: Snapshot = {
      tensors: {
        "policy/w": { shape: [2], data: weights.slice() },
        "value/w": { shape: [1], data: Float32Array.of(weights[0]) },
        "model/w": { shape: [1, 1], data: Float32Array.of(weights[1]) },
        "buffer/observations": { shape: [iteration], data: Float32Array.from({ length: iteration }, (_, i) => i) },
      },
      meta: { iteration, samples, episodes: iteration * 2 },
    };
    yield { metrics: metricsOf(iteration, samples, weights[0]), snapshot: () => snapshot };
  }
}

export const fakePlayer: Player = {
  train: fakeTrain,
  policyToOnnx: ({ tensors }) => new Uint8Array(tensors["policy/w"].data.slice().buffer),
  modelToOnnx: ({ tensors }) => new Uint8Array(tensors["model/w"].data.slice().buffer),
};

/** A new directory for one test, removed after it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "stackelberg-test-"));
  made.push(directory);
  return directory;
}
const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});
