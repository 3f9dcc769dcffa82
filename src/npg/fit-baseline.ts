import type { Engine } from "../compute/engine.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import type { RegressionSettings } from "../nn/regression.js";
import { fitValue, type ValueFunction } from "../policy/value.js";
import type { Rng } from "../random/rng.js";
import type { ValueTargets } from "./model-batch.js";

/** V_ψ fitted to the returns of a batch (Subroutine 1, line 14). Draws from rng. @throws {DivergenceError} where ψ is no longer finite */
export async function fitBaseline(
  engine: Engine,
  value: ValueFunction,
  observations: Float32Array,
  { returns }: Pick<ValueTargets, "returns">,
  settings: RegressionSettings,
  rng: Rng,
): Promise<ValueFunction> {
  const fitted = await fitValue(engine, value, observations, returns, settings, rng.stream("value"));
  if (allFinite(fitted.learner.parameters)) return fitted;
  throw new DivergenceError(
    "policy player, value function",
    "its weights are no longer finite",
    "Raise value.targetScale or lower value.learningRate",
  );
}
