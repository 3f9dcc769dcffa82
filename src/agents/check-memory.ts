import { ConfigError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { mlpLayout } from "../nn/mlp.js";
import { drawCount, gradientSteps, type RegressionSettings } from "../nn/regression.js";
import type { Settings } from "./settings.js";

const GIB = 2 ** 30;
/** What a run may take by this estimate: some hundred times what the paper's settings do. */
const LARGEST_RUN = 16 * GIB;
/** Weights of one network: two hidden layers of 7,000. */
const LARGEST_NETWORK = 50_000_000;

/** What a checkpoint may hold: a file of it is written at once, which ends at 2 GiB. */
const LARGEST_CHECKPOINT = 2 * GIB - 2 ** 24;

/** Bytes of a weight in a checkpoint: itself and Adam's two moments in single precision. */
const PER_WEIGHT = 3 * 4;
/** So often are they there while a fit is under way; an ensemble of 196 million weights took 10.2 GB. */
const COPIES = 4;
/** The same with a slow copy of it. */
const PER_WEIGHT_WITH_COPY = PER_WEIGHT + 4;
/** Bytes of an activation in a minibatch: its value and its gradient. */
const PER_ACTIVATION = 2 * 4;
/** Bytes of a number that goes into a run of a graph: here and where it is run. */
const PER_INPUT = 2 * 4;
/** Updates with critics in one run, whose draws are made before it: `UPDATES_PER_RUN` of `nn/flat.ts`. */
export const UPDATES_AT_ONCE = 25;
/** Bytes of a row that a minibatch draws: its number. */
const PER_DRAW = 4;
/** Bytes of a gradient step: Adam's rate and ε in single precision, its loss in double. */
const PER_STEP = 4 + 4 + 8;

interface Networks {
  /** The setting that says how wide they are. */
  readonly setting: string;
  readonly hidden: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
  readonly copies: number;
  readonly batchSize: number;
  /** Default: `PER_WEIGHT`. */
  readonly perWeight?: number;
}

/** Groups that say how large something is: each where a player has it. */
type Sized = Pick<Settings, "data"> & {
  readonly mbpo?: { readonly poolSize: number };
  readonly elites?: Pick<Settings["model"], "hidden" | "ensembleSize" | "batchSize">;
  readonly steve?: Readonly<Record<"actorHidden" | "criticHidden", readonly number[]>> &
    Readonly<Record<"critics" | "batchSize" | "horizon", number>>;
  readonly multistep?: Pick<Settings["model"], "hidden" | "ensembleSize" | "batchSize"> & { readonly horizon: number };
  readonly outcomes?: Pick<Settings["model"], "hidden" | "ensembleSize" | "batchSize"> & {
    readonly outcomeHidden: readonly number[];
  };
  readonly sac?: { readonly hidden: readonly number[]; readonly critics: number; readonly batchSize: number };
} & Partial<Pick<Settings, "model" | "policy" | "value" | "npg">> & {
    readonly gaussian?: Pick<Settings["model"], "hidden" | "ensembleSize" | "batchSize"> & { readonly noise: string };
    readonly actorCritic?: Readonly<Record<"actorHidden" | "criticHidden", readonly number[]>> &
      Readonly<
        Record<
          | "critics"
          | "horizon"
          | "batchSize"
          | "poolSize"
          | "refillRows"
          | "refillSteps"
          | "returnSteps"
          | "promiseRollouts"
          | "promiseHorizon",
          number
        >
      >;
  };

/** Refuses sizes that are fine one by one, but of which no machine holds a run: before anything of it is made. */
export function checkMemory(settings: Sized, task: Task): void {
  for (const each of networksOf(settings, task)) {
    const size = weights(each);
    if (size > LARGEST_NETWORK) {
      throw new ConfigError(
        each.setting,
        `makes a network of ${whole(size)} weights, more than ${whole(LARGEST_NETWORK)}; got ${JSON.stringify(each.hidden)}`,
        "Take fewer or narrower layers (the paper uses [512, 512] and less)",
      );
    }
  }
  const { kept, held } = partsOf(settings, task);
  refuseOver(LARGEST_CHECKPOINT, "in each checkpoint", kept);
  refuseOver(LARGEST_RUN, "of memory", held);
}

/** Bytes that a run takes in its first iteration, by the same estimate; what the process itself takes comes on top. */
export const estimatedMemory = (settings: Sized, task: Task): number =>
  partsOf(settings, task).held.reduce((sum, [bytes]) => sum + bytes, 0);

/** What is in a checkpoint, and what a run holds in memory. */
function partsOf(settings: Sized, task: Task): { readonly kept: readonly Part[]; readonly held: readonly Part[] } {
  const { data, model, gaussian, npg } = settings;
  const networks = networksOf(settings, task);
  const entries = task.observation.size + task.action.size;
  const perMember = npg === undefined ? 0 : npg.trajectoriesPerModel * Math.min(npg.rolloutHorizon, task.horizon);
  const steps =
    perMember * ((model ?? gaussian ?? settings.elites ?? settings.outcomes ?? settings.multistep)?.ensembleSize ?? 1);
  const samples = data.initialSamples + data.samplesPerIteration;
  const kept = Math.min(samples, data.bufferSize ?? samples);
  const networkParts = networks.map(
    (each): Part => [keptOf(each), `${each.copies} × ${each.setting} with Adam's moments`],
  );
  const sampleNames = `${whole(samples)} real samples (data.initialSamples + data.samplesPerIteration)`;
  const imagined = imaginedParts(settings, task);
  // Rollouts are joined to a batch: entries twice in single precision; rewards, values, returns and advantages besides.
  const perRow = 8 * entries + 64;
  const stepNames = `${whole(steps)} imagined steps (npg.trajectoriesPerModel × ${model === undefined ? "gaussian" : "model"}.ensembleSize × npg.rolloutHorizon)`;
  const pool = poolParts(settings, task);
  return {
    kept: [...networkParts, [kept * 8 * entries, sampleNames], ...imagined.kept, ...pool],
    held: [
      ...networks.map((each, i): Part => [COPIES * keptOf(each) + activationsOf(each), networkParts[i][1]]),
      ...ordersOf(settings, kept, steps),
      ...minibatchParts(settings, task),
      [steps * perRow, stepNames],
      [samples * perRow, sampleNames],
      ...imagined.held,
      ...pool,
    ],
  };
}

/** What an actor-critic keeps and holds of states that it imagines. */
function imaginedParts(
  { actorCritic, model, gaussian }: Sized,
  { observation, action, horizon: longest }: Task,
): { readonly kept: readonly Part[]; readonly held: readonly Part[] } {
  if (actorCritic === undefined) return { kept: [], held: [] };
  const [n, m] = [observation.size, action.size];
  const { poolSize, batchSize, horizon, refillRows, refillSteps, returnSteps, promiseRollouts, promiseHorizon } =
    actorCritic;
  const looked = returnSteps === null ? 0 : m + 1; // what was done in a state, and its return
  const networks = model ?? gaussian;
  const members = networks?.ensembleSize ?? 1;
  const together = (rows: number) => Math.max(rows, members); // a row in each at least
  const pool = 4 * (n + looked) * poolSize;
  const poolName = `${whole(poolSize)} imagined states (actorCritic.poolSize)`;
  const draws = m + (gaussian === undefined ? 0 : n + 1); // of an action and of a step with a reward
  const run = UPDATES_AT_ONCE * (horizon + 1) * together(batchSize);
  const widths = (networks?.hidden ?? []).reduce((sum, width) => sum + width, 0);
  const window = (horizon + 1) * together(batchSize) * (widths + 2 * n + m);
  const promised = members * promiseRollouts * Math.min(promiseHorizon, longest);
  return {
    kept: [[pool, poolName]],
    held: [
      [3 * pool, poolName], // before a move, after it and where updates run
      [
        run * draws * PER_INPUT + window * PER_ACTIVATION,
        `windows of ${UPDATES_AT_ONCE} updates (actorCritic.batchSize × actorCritic.horizon)`,
      ],
      [
        Math.max(refillSteps, returnSteps ?? 0) *
          together(refillRows) *
          (draws + 2 * n + 1 + (looked && looked + 2)) *
          PER_INPUT,
        (returnSteps ?? 0) > refillSteps
          ? "rollouts that returns are seen on (actorCritic.refillRows × actorCritic.returnSteps)"
          : "rollouts that refill the pool (actorCritic.refillRows × actorCritic.refillSteps)",
      ],
      [
        promised * (8 * (n + m) + 64),
        "rollouts that J(π, M) is measured on (actorCritic.promiseRollouts × actorCritic.promiseHorizon)",
      ],
    ],
  };
}

/** Imagined steps that MBPO keeps. */
function poolParts({ mbpo }: Sized, { observation, action }: Task): readonly Part[] {
  if (mbpo === undefined) return [];
  const bytes = 4 * (2 * observation.size + action.size + 2) * mbpo.poolSize;
  return [[bytes, `${whole(mbpo.poolSize)} imagined steps (mbpo.poolSize)`]];
}

/** What the minibatches of a run of updates take: (s, u, r, s′), and noise at s and at s′. */
function minibatchParts({ sac, steve, outcomes }: Sized, { observation, action }: Task): readonly Part[] {
  if (steve !== undefined) {
    const { batchSize, horizon, critics, criticHidden } = steve;
    const [n, m] = [observation.size, action.size];
    const drawn = UPDATES_AT_ONCE * batchSize * (2 * n + m + 2) * PER_INPUT;
    const widest = Math.max(...criticHidden, ...(outcomes?.hidden ?? []), ...(outcomes?.outcomeHidden ?? []));
    const rows = batchSize * (outcomes?.ensembleSize ?? 1) * Math.max(critics, outcomes?.ensembleSize ?? 1);
    const imagined = horizon * rows * (2 * widest + n + m) * 4; // of each step a layer and the next; nothing is differentiated
    return [
      [drawn, `minibatches of ${UPDATES_AT_ONCE} updates (steve.batchSize)`],
      [imagined, "imagined steps of an update (steve.batchSize × steve.horizon)"],
    ];
  }
  if (sac === undefined) return [];
  const perRow = (2 * observation.size + 3 * action.size + 2) * PER_INPUT;
  return [[UPDATES_AT_ONCE * sac.batchSize * perRow, `minibatches of ${UPDATES_AT_ONCE} updates (sac.batchSize)`]];
}

type Part = readonly [bytes: number, what: string];

function refuseOver(limit: number, where: string, parts: readonly Part[]): void {
  const total = parts.reduce((sum, [bytes]) => sum + bytes, 0);
  if (total <= limit) return;
  const largest = parts.filter(([bytes]) => bytes > total / 20).sort(([a], [b]) => b - a);
  throw new ConfigError(
    "settings",
    `need ${gib(total)} ${where}, more than ${gib(limit)}: ${largest.map(([bytes, what]) => `${gib(bytes)} for ${what}`).join(", ")}`,
    "Lower the first of these",
  );
}

function networksOf(
  { model, gaussian, policy, value, actorCritic, sac, elites, steve, outcomes, multistep }: Sized,
  { observation, action }: Task,
): readonly Networks[] {
  const [n, m] = [observation.size, action.size];
  const networks: Networks[] = [];
  if (model !== undefined) {
    const { hidden, rewardHidden, ensembleSize: copies, batchSize } = model;
    networks.push({ setting: "model.hidden", hidden, inputs: n + m, outputs: n, copies, batchSize });
    const rewards = { setting: "model.rewardHidden", hidden: rewardHidden, inputs: 2 * n + m, outputs: 1 };
    if (model.learnReward) networks.push({ ...rewards, copies, batchSize });
  }
  if (gaussian !== undefined) {
    const { hidden, ensembleSize: copies, batchSize, noise } = gaussian;
    const outputs = (n + 1) * (noise === "input" ? 2 : 1); // with a reward, which may be known
    networks.push({ setting: "gaussian.hidden", hidden, inputs: n + m, outputs, copies, batchSize });
  }
  if (policy !== undefined)
    networks.push({ setting: "policy.hidden", hidden: policy.hidden, inputs: n, outputs: m, copies: 1, batchSize: 1 });
  if (value !== undefined) {
    const { hidden, batchSize } = value;
    networks.push({ setting: "value.hidden", hidden, inputs: n, outputs: 1, copies: 1, batchSize });
  }
  if (elites !== undefined) {
    const { hidden, ensembleSize: copies, batchSize } = elites;
    networks.push({ setting: "elites.hidden", hidden, inputs: n + m, outputs: 2 * (n + 1), copies, batchSize });
  }
  if (multistep !== undefined) {
    const { hidden, ensembleSize: copies, batchSize, horizon } = multistep;
    const own = { hidden, copies, batchSize: horizon * batchSize }; // of every step of a window
    networks.push({ setting: "multistep.hidden", inputs: n + m, outputs: n, ...own });
  }
  if (outcomes !== undefined) {
    const { hidden, outcomeHidden, ensembleSize: copies, batchSize } = outcomes;
    const own = { copies, batchSize: batchSize / copies };
    const each = { setting: "outcomes.outcomeHidden", hidden: outcomeHidden, inputs: 2 * n + m, outputs: 1 };
    networks.push(
      { setting: "outcomes.hidden", hidden, inputs: n + m, outputs: n, ...own },
      { ...each, copies: 2 * copies, batchSize: own.batchSize }, // of the reward and of the ends
    );
  }
  if (steve !== undefined) {
    const { actorHidden, criticHidden, critics: copies, batchSize } = steve;
    networks.push(
      { setting: "steve.actorHidden", hidden: actorHidden, inputs: n, outputs: m, copies: 1, batchSize },
      {
        setting: "steve.criticHidden",
        hidden: criticHidden,
        inputs: n + m,
        outputs: 1,
        copies,
        batchSize,
        perWeight: PER_WEIGHT_WITH_COPY,
      },
    );
  }
  if (sac !== undefined) {
    const { hidden, critics, batchSize } = sac;
    const [setting, perWeight] = ["sac.hidden", PER_WEIGHT_WITH_COPY];
    networks.push(
      { setting, hidden, inputs: n, outputs: 2 * m, copies: 1, batchSize },
      { setting, hidden, inputs: n + m, outputs: 1, copies: critics, batchSize, perWeight },
    );
  }
  if (actorCritic !== undefined) {
    const { actorHidden, criticHidden, critics: copies, horizon } = actorCritic;
    const batchSize = (horizon + 1) * actorCritic.batchSize; // every state of a window
    networks.push(
      { setting: "actorCritic.actorHidden", hidden: actorHidden, inputs: n, outputs: 2 * m, copies: 1, batchSize },
      {
        setting: "actorCritic.criticHidden",
        hidden: criticHidden,
        inputs: n + m,
        outputs: 1,
        copies,
        batchSize,
        perWeight: PER_WEIGHT_WITH_COPY,
      },
    );
  }
  return networks;
}

/**
 * The order of a fit's minibatches, which is drawn before its first step: of each member on the real samples, of V_ψ on the
 * imagined steps, or on the real samples where nothing is imagined. A member's two networks are fitted one after the other.
 */
function ordersOf({ model, value, npg }: Sized, samples: number, steps: number): readonly Part[] {
  const part = (copies: number, rows: number, fit: RegressionSettings, from: string): Part => {
    const draws = drawCount(rows, fit);
    return [
      copies * (PER_DRAW * draws + PER_STEP * gradientSteps(rows, fit)),
      `${copies} × ${whole(draws)} draws of minibatches (${from})`,
    ];
  };
  const parts: Part[] = [];
  if (model !== undefined) {
    const { ensembleSize, minGradientSteps: minSteps, maxGradientSteps: maxSteps } = model;
    const from = `model.epochs × ${whole(samples)} real samples, or as model.minGradientSteps and model.maxGradientSteps bound them`;
    parts.push(part(ensembleSize, samples, { ...model, weightDecay: 0, minSteps, maxSteps }, from));
  }
  if (value !== undefined) {
    const [rows, what] = npg === undefined ? [samples, "real samples"] : [steps, "imagined steps"];
    parts.push(part(1, rows, value, `value.epochs × ${whole(rows)} ${what}`));
  }
  return parts;
}

const weights = ({ inputs: inputSize, hidden, outputs: outputSize }: Networks): number =>
  mlpLayout({ inputSize, hidden, outputSize, activation: "relu" }).size;

const keptOf = (networks: Networks): number => networks.copies * (networks.perWeight ?? PER_WEIGHT) * weights(networks);
const activationsOf = ({ copies, batchSize, hidden }: Networks): number =>
  copies * PER_ACTIVATION * batchSize * hidden.reduce((sum, width) => sum + width, 0);

const whole = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });
const gib = (bytes: number): string => `${(bytes / GIB).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`;
