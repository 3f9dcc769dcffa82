import { ConfigError } from "../errors/errors.js";
import type { Experience } from "../mdp/experience.js";
import type { PolicyPlayer } from "./player.js";
import type { Settings } from "./settings.js";

type Data = Pick<Settings, "data">;

/** Whether iteration k, from 0, learns from the dataset alone: it gathers nothing. */
export const isOffline = ({ data }: Data, k: number): boolean => k < data.offlineIterations;

/** Whether a run is at its end after k iterations: samples enough, and none of those without any to come. */
export const hasEnded = ({ data }: Data, k: number, samples: number): boolean =>
  samples >= data.maxSamples && !isOffline({ data }, k);

/**
 * Refuses a dataset that the settings do not fit.
 *
 * @throws {ConfigError} where the settings name one and none came, or the buffer cannot keep it
 */
export function checkOffline(
  { data }: Data,
  dataset: Experience | undefined,
  { needsDraws }: Pick<PolicyPlayer<unknown>, "needsDraws"> = {},
): void {
  if (dataset !== undefined && needsDraws) {
    throw new ConfigError(
      "players.policy",
      "learns from what it did itself a moment ago, and a dataset is what others did",
      "Leave the dataset out, or play a game with a model: train pal",
    );
  }
  if (data.offline !== null && dataset === undefined) {
    const what = `names ${data.offline}, and no dataset was given`;
    throw new ConfigError("data.offline", what, "Give it as `offline`, or leave the setting out");
  }
  if (dataset !== undefined && data.bufferSize !== null && dataset.size > data.bufferSize) {
    throw new ConfigError(
      "data.bufferSize",
      `the dataset has ${dataset.size} samples, and the buffer keeps ${data.bufferSize}`,
      "Set data.bufferSize=null, which keeps all, or at least so many",
    );
  }
}
