import { ConfigError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { mlpLayout } from "../nn/mlp.js";
import type { Settings } from "./settings.js";

const GIB = 2 ** 30;
/** What a run may take by this estimate: hundreds of times what the paper's settings do. */
const LARGEST_RUN = 16 * GIB;
/** Weights of one network: two hidden layers of 7,000. */
const LARGEST_NETWORK = 50_000_000;

/** Bytes of a weight: itself and Adam's two moments in single precision. */
const PER_WEIGHT = 3 * 4;
/** Bytes of an activation in a minibatch: its value and its gradient. */
const PER_ACTIVATION = 2 * 4;

interface Networks {
  /** The setting that says how wide they are. */
  readonly setting: string;
  readonly hidden: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
  readonly copies: number;
  readonly batchSize: number;
}

/** Refuses sizes that are fine one by one, but of which no machine holds a run: before anything of it is made. */
export function checkMemory(settings: Settings, task: Task): void {
  const { data, model, npg } = settings;
  const networks = networksOf(settings, task);
  for (const each of networks) {
    const size = weights(each);
    if (size > LARGEST_NETWORK) {
      throw new ConfigError(
        each.setting,
        `makes a network of ${whole(size)} weights, more than ${whole(LARGEST_NETWORK)}; got ${JSON.stringify(each.hidden)}`,
        "Take fewer or narrower layers (the paper uses [512, 512] and less)",
      );
    }
  }
  const entries = task.observation.size + task.action.size;
  const steps = npg.trajectoriesPerModel * model.ensembleSize * Math.min(npg.rolloutHorizon, task.horizon);
  const samples = data.initialSamples + data.samplesPerIteration;
  const parts: readonly (readonly [bytes: number, what: string])[] = [
    ...networks.map((each) => [bytesOf(each), `${each.copies} × ${each.setting} with Adam's moments`] as const),
    // Rollouts are joined to a batch: entries twice in single precision; rewards, values, returns and advantages besides.
    [
      steps * (8 * entries + 64),
      `${whole(steps)} imagined steps (npg.trajectoriesPerModel × model.ensembleSize × npg.rolloutHorizon)`,
    ],
    [samples * (8 * entries + 64), `${whole(samples)} real samples (data.initialSamples + data.samplesPerIteration)`],
  ];
  const total = parts.reduce((sum, [bytes]) => sum + bytes, 0);
  if (total <= LARGEST_RUN) return;
  const largest = parts.filter(([bytes]) => bytes > total / 20).sort(([a], [b]) => b - a);
  throw new ConfigError(
    "settings",
    `need ${gib(total)} of memory at least, more than ${gib(LARGEST_RUN)}: ${largest.map(([bytes, what]) => `${gib(bytes)} for ${what}`).join(", ")}`,
    "Lower the first of these",
  );
}

function networksOf({ model, policy, value }: Settings, { observation, action }: Task): readonly Networks[] {
  const [n, m] = [observation.size, action.size];
  const { ensembleSize: copies, batchSize } = model;
  const rewards = { setting: "model.rewardHidden", hidden: model.rewardHidden, inputs: 2 * n + m, outputs: 1 };
  return [
    { setting: "model.hidden", hidden: model.hidden, inputs: n + m, outputs: n, copies, batchSize },
    ...(model.learnReward ? [{ ...rewards, copies, batchSize }] : []),
    { setting: "policy.hidden", hidden: policy.hidden, inputs: n, outputs: m, copies: 1, batchSize: 1 },
    { setting: "value.hidden", hidden: value.hidden, inputs: n, outputs: 1, copies: 1, batchSize: value.batchSize },
  ];
}

const weights = ({ inputs: inputSize, hidden, outputs: outputSize }: Networks): number =>
  mlpLayout({ inputSize, hidden, outputSize, activation: "relu" }).size;

const bytesOf = (networks: Networks): number =>
  networks.copies *
  (PER_WEIGHT * weights(networks) +
    PER_ACTIVATION * networks.batchSize * networks.hidden.reduce((sum, width) => sum + width, 0));

const whole = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });
const gib = (bytes: number): string => `${(bytes / GIB).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`;
