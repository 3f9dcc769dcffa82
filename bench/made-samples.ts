import { appended, type Experience, emptyExperience } from "../dist/mdp/experience.js";
import { fillNormal, type Rng } from "../dist/random/rng.js";

/** A buffer of made samples, for what an update takes: its numbers do not matter. Draws from rng. */
export function madeSamples(n: number, m: number, samples: number, rng: Rng): Experience {
  const row = () => fillNormal(new Float32Array(n), rng);
  return appended(
    emptyExperience(n, m),
    Array.from({ length: samples }, (_, episode) => ({
      observation: row(),
      action: fillNormal(new Float32Array(m), rng).map(Math.tanh),
      next: row(),
      reward: rng.uniform(),
      terminal: false,
      episode,
    })),
    Number.POSITIVE_INFINITY,
  );
}
