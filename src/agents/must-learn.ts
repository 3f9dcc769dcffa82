import { ConfigError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import type { Settings, SettingsPatch } from "./settings.js";

/**
 * What settings are for a task that cannot say its reward, or whose states cannot be saved, before anybody asks for others:
 * the reward is learned; episodes are played to their end, so that none is under way where a run may be stopped.
 */
export const patchOf = ({ mustLearn, savesStates }: Task): SettingsPatch => ({
  ...(mustLearn && { model: { learnReward: true } }),
  ...(savesStates === false && { data: { wholeEpisodes: true, continueEpisodes: false } }),
});

/**
 * @param needsReward whether a model is played in that does not learn its reward
 * @throws {ConfigError} where settings ask of such a task what it does not have
 */
export function checkAbilities(task: Task, { data }: Pick<Settings, "data">, needsReward: boolean): void {
  if (task.mustLearn && needsReward)
    throw new ConfigError(
      "players.model",
      `${task.id} does not say its reward, and this model player does not learn it`,
      "Leave model.learnReward=true and gaussian.learnReward=auto as they are",
    );
  if (task.savesStates === false && !data.wholeEpisodes)
    throw new ConfigError(
      "data.wholeEpisodes",
      `is off, but states of ${task.id} cannot be saved: an episode that is left cannot be gone on with`,
      "Leave it on",
    );
}
