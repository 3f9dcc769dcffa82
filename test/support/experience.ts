import { appended, type Experience, type ExperienceRow, emptyExperience } from "../../src/mdp/experience.js";

/** A real sample as it lies in D. */
export interface Sample extends ExperienceRow {
  readonly observation: Float32Array;
  readonly action: Float32Array;
  readonly next: Float32Array;
  /** Its number in the run. */
  readonly index: number;
}

/** D row by row. */
export function samplesOf(data: Experience): readonly Sample[] {
  const { size, gathered, observationSize: n, actionSize: m } = data;
  return Array.from({ length: size }, (_, i) => ({
    index: gathered - size + i,
    episode: data.episode[i],
    observation: data.observations.slice(i * n, (i + 1) * n),
    action: data.actions.slice(i * m, (i + 1) * m),
    next: data.next.slice(i * n, (i + 1) * n),
    reward: data.rewards[i],
    terminal: data.terminal[i] === 1,
  }));
}

/** D of a run that has gathered these rows, after so many that are gone. */
export function experienceOf(rows: readonly ExperienceRow[], gone = 0): Experience {
  const [n, m] = [rows[0].observation.length, rows[0].action.length];
  return appended({ ...emptyExperience(n, m), gathered: gone }, rows, Number.POSITIVE_INFINITY);
}
