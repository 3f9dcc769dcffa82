import type { Game } from "./defaults.js";
import type { SettingsPatch } from "./settings.js";

/** A named set of departures from the paper's tables. */
export interface Preset {
  /** One line for lists, with where its figures come from. */
  readonly about: string;
  settings(game: Game): SettingsPatch;
}
