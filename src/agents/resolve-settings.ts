import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Task } from "../mdp/task.js";
import { checkMemory } from "./check-memory.js";
import { checkKeys, checkTogether, explainIssue } from "./check-settings.js";
import type { Algorithm } from "./defaults.js";
import { isPlain, mergeSettings } from "./merge-settings.js";
import { checkAbilities, patchOf } from "./must-learn.js";
import { needGraphs } from "./need-graphs.js";
import { DEFAULT_PRESET, presetsOf, seatOf } from "./presets.js";
import { paperSettingsOf, schemaOf } from "./run-settings.js";
import type { Settings, SettingsPatch } from "./settings.js";
import {
  checkSeats,
  MODEL_NAMES,
  modelKind,
  type OwnPlayers,
  POLICY_NAMES,
  partnerOf,
  policyKind,
  WAYS,
} from "./ways.js";

/**
 * The settings of a run: the players' papers, then the preset, then each patch in turn. Who plays is said by the patches,
 * else by the way.
 *
 * @throws {ConfigError} where a preset, a player, a setting's name or a value is not valid
 */
export function resolveSettings(request: {
  readonly algorithm: Algorithm;
  readonly task: Task;
  readonly preset?: string;
  readonly patches?: readonly unknown[];
  /** Kinds of players of the caller's own, which patches may name. */
  readonly players?: OwnPlayers;
}): Settings {
  const { algorithm, task, preset = DEFAULT_PRESET, patches = [], players: own } = request;
  const { seats, game, open } = WAYS[algorithm];
  for (const patch of patches) checkKeys(playersIn(patch), seats, "players");
  const asked = mergeSettings({}, ...patches.map(playersIn)) as Partial<Settings["players"]>;
  const policy = asked.policy ?? seatOf(task, algorithm, preset) ?? seats.policy;
  const partner = typeof policy === "string" ? partnerOf(policy, WAYS[algorithm], own) : seats.model; // files may say anything
  const players = { policy, model: partner, ...asked };
  const schema = schemaOf(players, own);
  checkSeats(algorithm, players, own);
  const base = paperSettingsOf(algorithm, players, task, own);
  const presets = presetsOf(task, players.policy, own);
  const chosen = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (chosen === undefined)
    throw new ConfigError("preset", `${task.id} has no preset "${preset}"`, suggest(preset, Object.keys(presets)));
  for (const patch of patches) {
    checkGroups(patch, base, { ...players, open }, own);
    checkKeys(patch, base, "");
  }
  const given = [chosen.settings(game), patchOf(task)].map((patch) => ofThose(patch, base));
  const merged = mergeSettings(base, ...given, ...(patches as readonly object[]));
  const parsed = schema.safeParse(merged);
  if (!parsed.success) throw explainIssue(parsed.error.issues[0], merged, schema);
  const settings = parsed.data as Settings;
  checkTogether(settings);
  checkMemory(settings, task);
  const kinds = { policy: policyKind(players.policy, own), model: modelKind(players.model, own) };
  const learnsReward = kinds.model.learnsReward?.(settings as never, task) ?? false;
  checkAbilities(task, settings, kinds.model.modelFree === undefined && !learnsReward);
  const { needsGraphs } = kinds.policy;
  if (needsGraphs === true || (needsGraphs === "unless learned" && !kinds.model.learnsEnds))
    needGraphs(task, learnsReward);
  kinds.policy.check?.(settings as never, algorithm, task);
  kinds.model.check?.(settings as never, algorithm, task);
  return settings;
}

/** What a preset says of groups that these players have; others are another player's. */
const ofThose = (patch: SettingsPatch, base: object): object =>
  Object.fromEntries(Object.entries(patch).filter(([group]) => Object.hasOwn(base, group)));

/** Refuses settings of players who do not play, and says whose they are: a task's default may seat others than one thinks. */
function checkGroups(
  patch: unknown,
  base: object,
  seated: Settings["players"] & { readonly open: boolean },
  own?: OwnPlayers,
): void {
  const seats = [
    ["policy", seated.policy, POLICY_NAMES, policyKind],
    ["model", seated.model, MODEL_NAMES, modelKind],
  ] as const;
  for (const group of isPlain(patch) ? Object.keys(patch) : []) {
    if (Object.hasOwn(base, group)) continue;
    for (const [seat, playing, names, kindOf] of seats) {
      const owner = names.find((name) => Object.hasOwn(kindOf(name, own).groups, group));
      if (owner === undefined) continue;
      throw new ConfigError(
        group,
        `its settings are of the ${seat} player ${owner}, and ${playing} plays`,
        seated.open ? `Play with --${seat} ${owner}, or leave them out` : "Leave them out",
      );
    }
  }
}

/** What a patch says of who plays. */
function playersIn(patch: unknown): object {
  const { players } = isPlain(patch) ? (patch as SettingsPatch) : {};
  return isPlain(players) ? players : {};
}
