import type { Task } from "../mdp/task.js";
import { type Algorithm, SIDES, type Side } from "./defaults.js";
import { resolveSettings } from "./resolve-settings.js";
import { paperSettingsOf, schemaOf } from "./run-settings.js";
import type { Settings } from "./settings.js";
import { policyKind, WAYS } from "./ways.js";

/** Where a setting's value came from. */
export interface SettingOrigin {
  /** `npg.steps` */
  readonly key: string;
  readonly value: unknown;
  /** What the setting is: its help line. */
  readonly help: string;
  /** `table`: a table of the paper; `prose`: its text; `ours`: our choice where it is silent, or speaks of another player; `preset`; `own`: given for this run. */
  readonly origin: "table" | "prose" | "ours" | "preset" | "own";
  /** The number of the table. */
  readonly table?: 1 | 2 | 3;
}

/** Settings whose paper value stands in Table 1. */
const IN_TABLE_1: ReadonlySet<string> = new Set([
  "policy.hidden",
  "value.hidden",
  "npg.discount",
  "npg.gaeLambda",
  "npg.trajectoriesPerModel",
  "npg.rolloutHorizon",
  "npg.normalizedStepSize",
]);
/** In Table 2 or 3, by the side that they belong to. */
const MODEL_SIDE: ReadonlySet<string> = new Set([
  "model.hidden",
  "model.ensembleSize",
  "model.epochs",
  "model.batchSize",
  "data.bufferSize",
]);
const POLICY_SIDE: ReadonlySet<string> = new Set(["data.initialSamples", "data.samplesPerIteration", "npg.steps"]);
const IN_PROSE: ReadonlySet<string> = new Set([
  "model.learningRate",
  "model.minGradientSteps",
  "model.maxGradientSteps",
  "model.centerDelta",
  "model.loss",
  "policy.initialLogStd",
  "npg.intermediateStarts",
]);

type Groups = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Table 2 is PAL's, Table 3 MAL's. */
const PAL_SIDES: { readonly model: Side; readonly policy: Side } = SIDES.pal;

/** @param others what the policy player asks of the world's side, in the place of what the paper has */
function paperOrigin(key: string, algorithm: Algorithm, others: Groups): Pick<SettingOrigin, "origin" | "table"> {
  const [group, name] = key.split(".") as [string, string];
  if (others[group]?.[name] !== undefined) return { origin: "ours" };
  if (IN_TABLE_1.has(key)) return { origin: "table", table: 1 };
  const { model, policy } = WAYS[algorithm].sides;
  if (MODEL_SIDE.has(key)) return { origin: "table", table: model === PAL_SIDES.model ? 2 : 3 };
  if (POLICY_SIDE.has(key)) return { origin: "table", table: policy === PAL_SIDES.policy ? 2 : 3 };
  return { origin: IN_PROSE.has(key) ? "prose" : "ours" };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Every setting of a run and where its value came from. A run of another version may have values that no table or
 * preset of this one gives; they count as the run's own.
 *
 * @throws {ConfigError} where the task has no such preset
 */
export function settingOrigins(run: {
  readonly algorithm: Algorithm;
  readonly task: Task;
  readonly preset: string;
  readonly settings: Settings;
}): readonly SettingOrigin[] {
  const { algorithm, task, preset, settings } = run;
  const { players } = settings;
  const paper = paperSettingsOf(algorithm, players, task) as unknown as Groups;
  const chosen = resolveSettings({ algorithm, task, preset, patches: [{ players }] }) as unknown as Groups;
  const schema = schemaOf(players);
  const others = (policyKind(players.policy).world?.(WAYS[algorithm].sides.policy, task) ?? {}) as Groups;
  return Object.entries(settings as unknown as Groups).flatMap(([group, values]) =>
    Object.entries(values).map(([name, value]): SettingOrigin => {
      const key = `${group}.${name}`;
      const shape = schema.shape[group].shape as Readonly<
        Record<string, { readonly description?: string | undefined }>
      >;
      const origin = !same(value, chosen[group]?.[name])
        ? ({ origin: "own" } as const)
        : !same(value, paper[group]?.[name])
          ? ({ origin: "preset" } as const)
          : paperOrigin(key, algorithm, others);
      return { key, value, help: shape[name]?.description ?? "", ...origin };
    }),
  );
}
