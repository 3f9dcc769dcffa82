import { withLaterSettings } from "../agents/run-settings.js";
import { ConfigError } from "../errors/errors.js";
import { playersOf, type RunHead } from "./config.js";

/** What may differ between two seeds of one game: how long they are, and how they are looked at. */
const BESIDE_THE_GAME = /^(data\.maxSamples|evaluation\.|meter\.)/;

/** Settings by name, `npg.steps`, each as text; groups that came after a run was made with the values that were in force. */
export function flatSettings(settings: unknown): Readonly<Record<string, string>> {
  const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isGroup(settings)) return {};
  const entries = Object.entries(inForce(settings)).flatMap(([group, values]) =>
    isGroup(values)
      ? Object.entries(values).map(([name, value]) => [`${group}.${name}`, JSON.stringify(value)] as const)
      : [],
  );
  return Object.fromEntries(entries.filter(([key]) => !BESIDE_THE_GAME.test(key)));
}

/** As they are stored where another version's players are in them. */
function inForce(settings: object): object {
  try {
    return withLaterSettings(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return settings;
  }
}

/** What two seeds of one game have in common. */
export interface PlayedGame {
  readonly kind: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** The game that a run plays. */
export function playedGame(head: RunHead): PlayedGame {
  const { policy, model } = playersOf(head);
  const options = Object.entries(head.task.options).sort(([x], [y]) => (x < y ? -1 : 1));
  return {
    kind: JSON.stringify([head.algorithm, policy, model, head.task.id, options, head.preset]),
    settings: flatSettings(head.settings),
  };
}

/** Whether runs differ in their seed at most. A setting that one of them does not have, because it came later, says nothing. */
export const isSameGame = (a: PlayedGame, b: PlayedGame): boolean =>
  a.kind === b.kind && Object.entries(a.settings).every(([key, value]) => (b.settings[key] ?? value) === value);
