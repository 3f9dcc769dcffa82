import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { br } from "../game/br.js";
import type { Play } from "../game/game.js";
import { gda } from "../game/gda.js";
import { mal } from "../game/mal.js";
import { pal } from "../game/pal.js";
import { slbo } from "../game/slbo.js";
import type { AnyModel } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";
import { type Algorithm, type Baseline, type Game, SIDES, type Side } from "./defaults.js";
import type { Groups, ModelKind, ModelPlayer, PolicyKind, PolicyPlayer, PolicyReport } from "./player.js";
import { actorCriticKind } from "./players/actor-critic.js";
import { cemKind } from "./players/cem.js";
import { eliteEnsembleKind } from "./players/elite-ensemble.js";
import { ensembleKind } from "./players/ensemble.js";
import { gaussianEnsembleKind } from "./players/gaussian-ensemble.js";
import { ilqrKind } from "./players/ilqr.js";
import { mbpoKind } from "./players/mbpo.js";
import { modelFreeNpgKind } from "./players/model-free-npg.js";
import { modelFreePpoKind } from "./players/model-free-ppo.js";
import { modelFreeTrpoKind } from "./players/model-free-trpo.js";
import { mppiKind } from "./players/mppi.js";
import { multistepEnsembleKind } from "./players/multistep-ensemble.js";
import { noneKind } from "./players/none.js";
import { npgKind } from "./players/npg.js";
import { outcomeEnsembleKind } from "./players/outcome-ensemble.js";
import { ppoKind } from "./players/ppo.js";
import { sacKind } from "./players/sac.js";
import { slboKind } from "./players/slbo.js";
import { steveKind } from "./players/steve.js";
import { trpoKind } from "./players/trpo.js";
import type { Settings } from "./settings.js";

/** Policy players by name: `--policy`. */
const POLICIES = {
  npg: npgKind,
  trpo: trpoKind,
  ppo: ppoKind,
  "actor-critic": actorCriticKind,
  sac: sacKind,
  mbpo: mbpoKind,
  steve: steveKind,
  slbo: slboKind,
  cem: cemKind,
  mppi: mppiKind,
  ilqr: ilqrKind,
  "model-free-npg": modelFreeNpgKind,
  "model-free-trpo": modelFreeTrpoKind,
  "model-free-ppo": modelFreePpoKind,
} as const;
/** Model players by name: `--model`. */
const MODELS = {
  ensemble: ensembleKind,
  "gaussian-ensemble": gaussianEnsembleKind,
  "elite-ensemble": eliteEnsembleKind,
  "outcome-ensemble": outcomeEnsembleKind,
  "multistep-ensemble": multistepEnsembleKind,
  none: noneKind,
} as const;

export type PolicyName = keyof typeof POLICIES;
export type ModelName = keyof typeof MODELS;
export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];
export const MODEL_NAMES = Object.keys(MODELS) as readonly ModelName[];

/** Who sits where. */
export interface Seats {
  readonly policy: PolicyName;
  readonly model: ModelName;
}

/** A way of playing: an order of play, who leads, how far each side goes, and who plays. */
export interface Way {
  /** For lists: what it is. */
  readonly title: string;
  readonly order: Play;
  /** The game whose order of play it has. */
  readonly game: Game;
  readonly leader: "policy" | "model" | null;
  readonly sides: { readonly model: Side; readonly policy: Side };
  readonly seats: Seats;
  /** Whether both players move in rounds between two gatherings; absent: once. */
  readonly inRounds?: true;
  /** Whether others may sit there when they are asked for; a baseline is its own players. */
  readonly open: boolean;
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

const ORDERS: Readonly<Record<Game, Pick<Way, "order" | "leader">>> = {
  pal: { order: pal, leader: "policy" },
  mal: { order: mal, leader: "model" },
  gda: { order: gda, leader: null },
  br: { order: br, leader: null },
};

const way = <P extends PolicyName, M extends ModelName>(
  title: string,
  name: Game,
  policy: P,
  model: M & Fits<P, M>,
  open: boolean,
): Way => ({ title, game: name, ...ORDERS[name], sides: SIDES[name], seats: { policy, model }, open });

/** Who sits beside a policy player unless another model player is asked for. */
export const PARTNERS: Readonly<Record<PolicyName, ModelName>> = {
  npg: "ensemble",
  trpo: "ensemble",
  ppo: "ensemble",
  "actor-critic": "gaussian-ensemble",
  sac: "none",
  mbpo: "elite-ensemble",
  steve: "outcome-ensemble",
  slbo: "multistep-ensemble",
  cem: "gaussian-ensemble",
  mppi: "gaussian-ensemble",
  ilqr: "gaussian-ensemble",
  "model-free-npg": "none",
  "model-free-trpo": "none",
  "model-free-ppo": "none",
};

const BASELINE_WAYS: Readonly<Record<Baseline, Way>> = {
  sac: way("soft actor-critic on real samples", "pal", "sac", "none", false),
  mbpo: way("soft actor-critic on branched rollouts", "pal", "mbpo", "elite-ensemble", false),
  pets: way("plans in an ensemble with noise, by CEM", "mal", "cem", "gaussian-ensemble", false),
  "model-free-npg": way("natural policy gradient on real samples", "pal", "model-free-npg", "none", false),
  "model-free-trpo": way("trust-region policy optimisation on real samples", "pal", "model-free-trpo", "none", false),
  "model-free-ppo": way("proximal policy optimisation on real samples", "pal", "model-free-ppo", "none", false),
  steve: way(
    "actor and critics with targets along the model, as far as its members agree",
    "pal",
    "steve",
    "outcome-ensemble",
    false,
  ),
  slbo: {
    ...way("trust-region steps in rounds with a model of two steps", "gda", "slbo", "multistep-ensemble", false),
    order: slbo,
    inRounds: true,
  },
};

/** The ways to play: names, help, docs, roles and colours derive from this table. */
export const WAYS: Readonly<Record<Algorithm, Way>> = {
  pal: way("policy as leader", "pal", "npg", "ensemble", true),
  mal: way("model as leader", "mal", "npg", "ensemble", true),
  gda: way("independent players, small steps", "gda", "npg", "ensemble", true),
  br: way("independent players, large steps", "br", "npg", "ensemble", true),
  ...BASELINE_WAYS,
};

/** A policy kind of which nothing but its name is known. */
export type AnyPolicyKind = PolicyKind<unknown, AnyModel, PolicyReport, Groups>;
export type AnyModelKind = ModelKind<unknown, AnyModel, Groups>;
export type AnyPolicyPlayer = PolicyPlayer<unknown, AnyModel>;
export type AnyModelPlayer = ModelPlayer<unknown, AnyModel>;

/** Kinds of players of the caller's own, by the name that settings seat them by; beside those of this package. */
export interface OwnPlayers {
  readonly policies?: Readonly<Record<string, AnyPolicyKind>>;
  readonly models?: Readonly<Record<string, AnyModelKind>>;
}

function named<K>(
  what: "policy" | "model",
  kinds: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, K>>,
  name: string,
): K {
  const [ours, theirs] = [Object.hasOwn(kinds, name), Object.hasOwn(own, name)];
  if (ours && theirs)
    throw new ConfigError(what, `there is a ${what} player "${name}" already`, "Give yours another name");
  if (theirs) return own[name];
  if (ours) return kinds[name] as K;
  const names = [...Object.keys(kinds), ...Object.keys(own)];
  throw new ConfigError(what, `there is no ${what} player "${name}"`, suggest(name, names));
}

/** @throws {ConfigError} where there is none of this name, or two */
export const policyKind = (name: string, own: OwnPlayers = {}): AnyPolicyKind =>
  named<AnyPolicyKind>("policy", POLICIES, own.policies ?? {}, name);
/** @throws {ConfigError} where there is none of this name, or two */
export const modelKind = (name: string, own: OwnPlayers = {}): AnyModelKind =>
  named<AnyModelKind>("model", MODELS, own.models ?? {}, name);

/** Whether two can sit together: a policy player that learns from D alone beside nobody, every other beside somebody. */
export const sitTogether = (policy: string, model: string, own?: OwnPlayers): boolean =>
  policyKind(policy, own).modelFree === modelKind(model, own).modelFree;

/** Who sits beside a policy player in a way of playing, unless another model player is asked for. */
export function partnerOf(policy: string, { seats }: Way, own: OwnPlayers = {}): ModelName {
  if (Object.hasOwn(PARTNERS, policy)) return PARTNERS[policy as PolicyName];
  return own.policies !== undefined && Object.hasOwn(own.policies, policy) && own.policies[policy].modelFree
    ? "none"
    : seats.model;
}

/**
 * Refuses players that cannot sit together, or not in this way.
 *
 * @throws {ConfigError}
 */
export function checkSeats(algorithm: Algorithm, { policy, model }: Settings["players"], own?: OwnPlayers): void {
  const { open, seats } = WAYS[algorithm];
  if (!open && (policy !== seats.policy || model !== seats.model)) {
    throw new ConfigError(
      "players",
      `${algorithm} is played by ${seats.policy} and ${seats.model}, not by ${policy} and ${model}`,
      `Ask for others in a game: train ${WAYS[algorithm].game} --policy ${policy}`,
    );
  }
  if (sitTogether(policy, model, own)) return;
  const alone = policyKind(policy, own).modelFree === true;
  throw new ConfigError(
    "players.model",
    alone
      ? `${policy} learns from real samples alone, and nothing would use the model of ${model}`
      : `${policy} learns in a model, and ${model} has none`,
    alone ? "Leave the model player out" : `Take ${partnerOf(policy, WAYS[algorithm], own)}`,
  );
}

/** The players of a run, made of its settings. */
export interface OpenPlayers {
  readonly kinds: { readonly policy: AnyPolicyKind; readonly model: AnyModelKind };
  readonly policy: AnyPolicyPlayer;
  readonly model: AnyModelPlayer;
  /** M_0: how models of this run look. */
  readonly unfitted: () => AnyModel;
}

/**
 * Seats the players of a run at its task.
 *
 * @param settings resolved: they name the players, and have their groups
 * @param own the caller's own kinds
 */
export function openPlayers(task: Task, settings: Pick<Settings, "players">, own?: OwnPlayers): OpenPlayers {
  const { players } = settings;
  const kinds = { policy: policyKind(players.policy, own), model: modelKind(players.model, own) };
  const model = kinds.model.open(task, settings as never);
  const unfitted = () => model.view(model.initial(seeded(0)));
  return { kinds, policy: kinds.policy.open(task, settings as never, unfitted), model, unfitted };
}
