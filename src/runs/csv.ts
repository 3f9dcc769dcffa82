import type { IterationEvent } from "./events.js";

const mean = (list: readonly number[] | undefined) => list && list.reduce((sum, x) => sum + x, 0) / list.length;
const last = <T>(list: readonly T[]) => list[list.length - 1];

/**
 * The flat view of an iteration, for tables, `metrics.csv` and TensorBoard: one name, one number. Lists with an entry
 * per NPG step become their mean over the steps of the iteration, J(π, M) the value of the last step.
 */
export const COLUMNS: Readonly<Record<string, (event: IterationEvent) => number | null | undefined>> = {
  iteration: (e) => e.iteration,
  samples: (e) => e.samples,
  "evaluation/return": (e) => e.evaluation?.return.mean,
  "evaluation/return_std": (e) => e.evaluation?.return.std,
  "evaluation/success": (e) => e.evaluation?.success,
  "evaluation/goal_error": (e) => e.evaluation?.goalError?.mean,
  "evaluation/goal_error_last": (e) => e.evaluation?.goalError?.last,
  "world/return": (e) => e.world.return.mean,
  "world/return_std": (e) => e.world.return.std,
  "world/success": (e) => e.world.success,
  "world/goal_error": (e) => e.world.goalError?.mean,
  "world/goal_error_last": (e) => e.world.goalError?.last,
  "world/episode_length": (e) => e.world.episodeLength,
  "world/episodes": (e) => e.world.return.episodes,
  "model/return": (e) => e.model?.return.mean,
  gap: (e) => e.gap,
  "model/fresh_loss_before": (e) => e.model?.freshLoss.before,
  "model/fresh_loss_after": (e) => e.model?.freshLoss.after,
  "model/fit_loss": (e) => e.model?.fitLoss,
  "model/gradient_steps": (e) => e.model?.gradientSteps,
  "policy/kl": (e) => mean(e.policy?.kl),
  "policy/step_length": (e) => mean(e.policy?.stepLength),
  "policy/cg_residual": (e) => mean(e.policy?.cgResidual),
  "policy/cg_value": (e) => mean(e.policy?.cgValue),
  "policy/surrogate_gain": (e) => mean(e.policy?.surrogateGain),
  "policy/backtracks": (e) => mean(e.policy?.backtracks),
  "policy/entropy": (e) => last(e.policy?.entropy ?? []) ?? e.actorCritic?.entropy,
  "policy/gradient_norm": (e) => mean(e.policy?.gradientNorm),
  "policy/synthetic_samples": (e) => e.policy?.syntheticSamples?.reduce((sum, x) => sum + x, 0),
  "value/explained_variance": (e) => mean(e.value?.explainedVariance) ?? e.mpc?.explainedVariance,
  "robust/disagreement": (e) => last(e.robust?.disagreement ?? []),
  "robust/bonus": (e) => last(e.robust?.bonus ?? []),
  "actor_critic/updates": (e) => e.actorCritic?.updates,
  "actor_critic/actor_value": (e) => e.actorCritic?.actorValue,
  "actor_critic/value": (e) => e.actorCritic?.value,
  "actor_critic/critic_loss": (e) => e.actorCritic?.criticLoss,
  "actor_critic/target_entropy": (e) => e.actorCritic?.targetEntropy,
  "actor_critic/temperature": (e) => e.actorCritic?.temperature,
  "actor_critic/alive": (e) => e.actorCritic?.alive,
  "actor_critic/ended": (e) => e.actorCritic?.ended,
  "actor_critic/disagreement": (e) => e.actorCritic?.disagreement,
  "actor_critic/range_low": (e) => e.actorCritic?.range?.[0],
  "actor_critic/range_high": (e) => e.actorCritic?.range?.[1],
  "actor_critic/discount": (e) => e.actorCritic?.discount,
  "expansion/horizon": (e) => e.expansion?.horizon,
  "expansion/weight_first": (e) => e.expansion?.weights[0],
  "expansion/weight_last": (e) => last(e.expansion?.weights ?? []),
  "expansion/spread_first": (e) => e.expansion?.spreads[0],
  "expansion/spread_last": (e) => last(e.expansion?.spreads ?? []),
  "mpc/member_spread": (e) => e.mpc?.memberSpread,
  "mpc/spread": (e) => e.mpc?.spread,
  "mpc/rounds": (e) => e.mpc?.rounds,
  "meter/model_error": (e) => e.meter?.modelError.mean,
  "meter/model_error_max": (e) => e.meter?.modelError.max,
  "meter/total_variation": (e) => e.meter?.totalVariation.mean,
  "meter/total_variation_max": (e) => e.meter?.totalVariation.max,
  "meter/world_return": (e) => e.meter?.return.world,
  "meter/model_return": (e) => e.meter?.return.model,
  "meter/gap": (e) => e.meter?.gap,
  "meter/policy_gap": (e) => e.meter?.policyGap,
  "meter/reference_world_return": (e) => e.meter?.reference?.return.world,
  "meter/reference_model_return": (e) => e.meter?.reference?.return.model,
  "meter/reference_model_error": (e) => e.meter?.reference?.modelError.mean,
  "meter/bound_model": (e) => e.meter?.bound.model,
  "meter/bound_stepwise": (e) => e.meter?.bound.stepwise,
  "meter/bound_total": (e) => e.meter?.bound.total,
  "seconds/sample": (e) => e.seconds.sample,
  "seconds/fit": (e) => e.seconds.fit,
  "seconds/improve": (e) => e.seconds.improve,
  "seconds/evaluate": (e) => e.seconds.evaluate,
  "seconds/total": (e) => e.seconds.total,
};

/** One number per column; undefined where an iteration has none. */
export function flatten(event: IterationEvent): ReadonlyMap<string, number | undefined> {
  return new Map(
    Object.entries(COLUMNS).map(([name, read]) => {
      const value = read(event);
      return [name, value === null || value === undefined || Number.isNaN(value) ? undefined : value];
    }),
  );
}

/** The line of column names. Names and numbers hold no comma, so nothing needs quotes. */
export const CSV_HEADER = `${Object.keys(COLUMNS).join(",")}\n`;

/** One iteration as a line of `metrics.csv`; empty where there is no number. */
export function csvLine(event: IterationEvent): string {
  return `${[...flatten(event).values()].map((value) => value ?? "").join(",")}\n`;
}
