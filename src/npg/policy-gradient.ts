import { cached } from "../compute/cached.js";
import type { Graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { add, div, exp, mul, reshape, square, sub, sum } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { rowSumGraph } from "../compute/row-sums.js";
import { layoutOutputs } from "../nn/layout.js";
import { type PolicyNodes, type PolicyShape, policyLayout, policyNodes } from "../policy/gaussian-policy.js";

/** log π_θ(u|s) up to a constant, [rows, 1]. */
export function logLikelihood(policy: Pick<PolicyNodes, "mean" | "logStd">, observations: Node, actions: Node): Node {
  const z = div(sub(actions, policy.mean(observations)), exp(policy.logStd));
  return sub(mul(sum(square(z), [1], true), -0.5), sum(policy.logStd));
}

/** Σ ∇_θ log π_θ(u|s) Â(s, u) over rows (Subroutine 1, line 12); outputs `gradient.…`. */
export function policyGradientGraph(shape: PolicyShape): Graph {
  return cached(["policy gradient", shape], () => {
    const policy = policyNodes(shape);
    const tables = [
      { name: "observations", width: shape.observationSize },
      { name: "actions", width: shape.actionSize },
      { name: "advantages", width: 1 },
    ];
    return rowSumGraph("policy gradient", policy.inputs, tables, (observations, actions, advantages) => {
      const objective = sum(mul(logLikelihood(policy, observations, actions), advantages));
      return layoutOutputs(policyLayout(shape), "gradient", gradients([objective], policy.parameters));
    });
  });
}

/**
 * What a step from `old` to `policy` changed, summed over rows: `kl` = Σ D_KL(π_old(·|s) ‖ π(·|s)) and
 * `surrogate` = Σ π(u|s)/π_old(u|s) · Â, both [1].
 */
export function policyChangeGraph(shape: PolicyShape): Graph {
  return cached(["policy change", shape], () => {
    const [policy, old] = [policyNodes(shape), policyNodes(shape, "old")];
    const tables = [
      { name: "observations", width: shape.observationSize },
      { name: "actions", width: shape.actionSize },
      { name: "advantages", width: 1 },
    ];
    return rowSumGraph(
      "policy change",
      [...policy.inputs, ...old.inputs],
      tables,
      (observations, actions, advantages) => {
        const distance = div(sub(old.mean(observations), policy.mean(observations)), exp(policy.logStd));
        const ratio = sub(old.logStd, policy.logStd); // log σ_old/σ
        const perAction = sub(mul(add(exp(mul(ratio, 2)), square(distance)), 0.5), add(ratio, 0.5));
        const likelihoodRatio = exp(
          sub(logLikelihood(policy, observations, actions), logLikelihood(old, observations, actions)),
        );
        return {
          kl: reshape(sum(perAction), [1]),
          surrogate: reshape(sum(mul(likelihoodRatio, advantages)), [1]),
        };
      },
    );
  });
}
