import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { br } from "../game/br.js";
import type { Play } from "../game/game.js";
import { gda } from "../game/gda.js";
import { mal } from "../game/mal.js";
import { pal } from "../game/pal.js";
import type { Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";
import { type Algorithm, SIDES, type Side } from "./defaults.js";
import type { Groups, ModelKind, ModelPlayer, PolicyKind, PolicyPlayer, PolicyReport } from "./player.js";
import { actorCriticKind } from "./players/actor-critic.js";
import { ensembleKind } from "./players/ensemble.js";
import { gaussianEnsembleKind } from "./players/gaussian-ensemble.js";
import { npgKind } from "./players/npg.js";
import { ppoKind } from "./players/ppo.js";
import { trpoKind } from "./players/trpo.js";
import type { Settings } from "./settings.js";

/** Policy players by name: `--policy`. */
const POLICIES = { npg: npgKind, trpo: trpoKind, ppo: ppoKind, "actor-critic": actorCriticKind } as const;
/** Model players by name: `--model`. */
const MODELS = { ensemble: ensembleKind, "gaussian-ensemble": gaussianEnsembleKind } as const;

export type PolicyName = keyof typeof POLICIES;
export type ModelName = keyof typeof MODELS;
export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];
export const MODEL_NAMES = Object.keys(MODELS) as readonly ModelName[];

/** Who sits where. */
export interface Seats {
  readonly policy: PolicyName;
  readonly model: ModelName;
}

/** A way of playing: an order of play, who leads, how far each side goes, and who plays unless others are asked for. */
export interface Way {
  readonly order: Play;
  readonly leader: "policy" | "model" | null;
  readonly sides: { readonly model: Side; readonly policy: Side };
  readonly seats: Seats;
}

/** A policy kind that can play on what a model kind shows of its model: others are refused when this is compiled. */
type Fits<P extends PolicyName, M extends ModelName> =
  (typeof POLICIES)[P] extends PolicyKind<infer _P, infer Needed, infer _R, infer _G>
    ? (typeof MODELS)[M] extends ModelKind<infer _V, infer Shown, infer _H>
      ? Shown extends Needed
        ? M
        : never
      : never
    : never;

const way = <P extends PolicyName, M extends ModelName>(
  algorithm: Algorithm,
  order: Play,
  leader: Way["leader"],
  policy: P,
  model: M & Fits<P, M>,
): Way => ({ order, leader, sides: SIDES[algorithm], seats: { policy, model } });

/** Who sits beside a policy player unless another model player is asked for. */
export const PARTNERS: Readonly<Record<PolicyName, ModelName>> = {
  npg: "ensemble",
  trpo: "ensemble",
  ppo: "ensemble",
  "actor-critic": "gaussian-ensemble",
};

/** The ways to play: names, help, docs, roles and colours derive from this table. */
export const WAYS: Readonly<Record<Algorithm, Way>> = {
  pal: way("pal", pal, "policy", "npg", "ensemble"),
  mal: way("mal", mal, "model", "npg", "ensemble"),
  gda: way("gda", gda, null, "npg", "ensemble"),
  br: way("br", br, null, "npg", "ensemble"),
};

/** A policy kind of which nothing but its name is known. */
export type AnyPolicyKind = PolicyKind<unknown, Model, PolicyReport, Groups>;
export type AnyModelKind = ModelKind<unknown, Model, Groups>;
export type AnyPolicyPlayer = PolicyPlayer<unknown>;
export type AnyModelPlayer = ModelPlayer<unknown, Model>;

function named<K>(what: string, kinds: Readonly<Record<string, unknown>>, name: string): K {
  if (!Object.hasOwn(kinds, name))
    throw new ConfigError(what, `there is no ${what} player "${name}"`, suggest(name, Object.keys(kinds)));
  return kinds[name] as K;
}

/** @throws {ConfigError} where there is none of this name */
export const policyKind = (name: string): AnyPolicyKind => named("policy", POLICIES, name);
/** @throws {ConfigError} where there is none of this name */
export const modelKind = (name: string): AnyModelKind => named("model", MODELS, name);

/** The players of a run, made of its settings. */
export interface OpenPlayers {
  readonly kinds: { readonly policy: AnyPolicyKind; readonly model: AnyModelKind };
  readonly policy: AnyPolicyPlayer;
  readonly model: AnyModelPlayer;
  /** M_0: how models of this run look. */
  readonly unfitted: () => Model;
}

/** Seats the players of a run at its task. @param settings resolved: they name the players, and have their groups */
export function openPlayers(task: Task, settings: Pick<Settings, "players">): OpenPlayers {
  const { players } = settings;
  const kinds = { policy: policyKind(players.policy), model: modelKind(players.model) };
  const model = kinds.model.open(task, settings as never);
  const unfitted = () => model.view(model.initial(seeded(0)));
  return { kinds, policy: kinds.policy.open(task, settings as never, unfitted), model, unfitted };
}
