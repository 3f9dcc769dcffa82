import { jacobianVectorProducts } from "../../src/compute/forward-mode.js";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { seeded } from "../../src/random/rng.js";
import { evaluate, feedsOf } from "./interpreter.js";
import type { Sample } from "./operator-cases.js";
import { normal, type TestProgram } from "./programs.js";

/** A graph that gives a sample's output, its VJP with a random cotangent and its JVP with random tangents. */
export function differentiated({ inputs, output, differentiable, feeds }: Sample): TestProgram {
  const rng = seeded(0);
  const [y] = evaluate([output], feedsOf(inputs, feeds));
  const u = input("u", output.shape);
  const vs = differentiable.map(({ shape }, i) => input(`v${i}`, shape));
  const vjp = gradients([output], differentiable, [u]).map((g, i) => [`vjp${i}`, g] as const);
  const jvp = jacobianVectorProducts([output], differentiable, vs)[0];
  const tangents = differentiable.map(
    ({ attributes }, i) => [`v${i}`, normal(feeds[attributes.name!].shape, rng)] as const,
  );
  return {
    title: "differentiated",
    graph: graph("differentiated", [...inputs, u, ...vs], { y: output, ...Object.fromEntries(vjp), jvp }),
    feeds: { ...feeds, ...Object.fromEntries(tangents), u: normal(y.shape, rng) },
  };
}
