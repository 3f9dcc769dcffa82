import { z } from "zod";
import { ConfigError } from "../errors/errors.js";
import { requirement, shown } from "../errors/requirement.js";
import type { Task } from "../mdp/task.js";
import { type Algorithm, LATER_GROUPS, paperData } from "./defaults.js";
import { isPlain, mergeSettings } from "./merge-settings.js";
import { type Settings, settingsSchema } from "./settings.js";
import { MODEL_NAMES, modelKind, type OwnPlayers, POLICY_NAMES, policyKind, WAYS } from "./ways.js";

type Players = Settings["players"];

const { players, data, task, record, meter, evaluation } = settingsSchema.shape;

/** The settings of a run with these players: the world's side of the game, and the groups of both kinds. @throws {ConfigError} where there is no such player */
export function schemaOf(seated: Players, own?: OwnPlayers): z.ZodObject<Record<string, z.ZodObject>> {
  const wrong = players.safeParse(seated).error?.issues[0];
  if (wrong !== undefined) {
    throw new ConfigError(
      ["players", ...wrong.path].join("."),
      `${requirement(wrong)}, got ${shown(wrong.path.length === 0 ? seated : seated[wrong.path[0] as keyof Players])}`,
      `Policy players are ${POLICY_NAMES.join(", ")}; model players ${MODEL_NAMES.join(", ")}`,
    );
  }
  const [model, policy] = [modelKind(seated.model, own), policyKind(seated.policy, own)];
  return z.strictObject({ players, data, ...model.groups, ...policy.groups, task, record, meter, evaluation });
}

/** Settings that were stored by an earlier version, with the groups and settings that came since: nothing of these was in use. */
export function withLaterSettings(stored: unknown): object {
  if (!isPlain(stored)) return LATER_GROUPS;
  const seated = { ...LATER_GROUPS.players, ...(stored as Partial<Settings>).players };
  const known = schemaOf(seated).shape;
  const groups = Object.entries(LATER_GROUPS).filter(([group]) => group in known);
  const settings = [modelKind(seated.model), policyKind(seated.policy)].flatMap(({ later }) =>
    Object.entries(later ?? {}).map(([group, values]) => {
      const own = (stored as Readonly<Record<string, unknown>>)[group];
      return [group, isPlain(own) ? { ...values, ...own } : own] as const;
    }),
  );
  return {
    ...Object.fromEntries(groups),
    ...stored,
    ...Object.fromEntries(settings.filter(([, own]) => own !== undefined)),
  };
}

/** What the players' own papers say, to the letter, resolved for a task: the preset `paper`. */
export function paperSettingsOf(algorithm: Algorithm, seated: Players, of: Task, own?: OwnPlayers): Settings {
  const { sides } = WAYS[algorithm];
  const kinds = { policy: policyKind(seated.policy, own), model: modelKind(seated.model, own) };
  const paper = {
    players: seated,
    data: paperData(sides, of),
    ...kinds.model.paper(sides.model, of),
    ...kinds.policy.paper(sides.policy, of),
    task: LATER_GROUPS.task,
    record: LATER_GROUPS.record,
    meter: LATER_GROUPS.meter,
    evaluation: { episodes: 10, every: 1, seed: 1_000_000 },
  };
  return mergeSettings(paper, kinds.policy.world?.(sides.policy, of) ?? {}) as unknown as Settings;
}

/** The paper's settings to the letter (Tables 1–3), resolved for a task: the preset `paper` of the paper's players. */
export const paperSettings = (algorithm: Algorithm, of: Task): Settings =>
  paperSettingsOf(algorithm, LATER_GROUPS.players, of);
