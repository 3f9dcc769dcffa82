import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { StackelbergError } from "../../errors/errors.js";
import { isRun, playersOf, type RunHead, readHead } from "../../runs/config.js";
import type { RunData } from "../../runs/figure-run.js";
import { iterationsOf, readEvents } from "../../runs/metrics-log.js";
import { flatSettings } from "../../runs/same-game.js";
import { runOf, type Suite, type SuiteGame } from "../frozen-suite.js";
import { isFinished } from "../progress.js";

/** A run of a suite, or one that was made elsewhere and plays one of its games. */
export interface PlayedRun {
  readonly game: SuiteGame;
  readonly seed: number;
  readonly directory: string;
  /** Whether it has all its samples. */
  readonly finished: boolean;
  readonly data: RunData;
  /** Of a run that was made elsewhere: how many of its settings are not the suite's. */
  readonly differing?: number;
}

/** What is there of a suite's games. */
export interface SuiteRuns {
  readonly suite: Suite;
  readonly runs: readonly PlayedRun[];
  /** Seeds of which there is no evaluation yet, and those that are under way, by game. */
  readonly lacking: readonly {
    readonly game: SuiteGame;
    readonly missing: readonly number[];
    readonly partial: readonly number[];
  }[];
}

/**
 * Reads what a suite has so far. A run that cannot be read counts as missing, and is told.
 *
 * @param also directories in which other runs are looked for: one that plays a game of the suite counts where the suite's own run of that
 *   seed has not begun; of several the one whose settings are nearest to the suite's, then the longest
 */
export function readSuiteRuns(suite: Suite, also: readonly string[], warn: (message: string) => void): SuiteRuns {
  const own = suite.jobs.flatMap((job): PlayedRun[] => {
    const directory = runOf(suite, job.id);
    const game = suite.games.find(({ id }) => id === job.game)!;
    const data = isRun(directory) ? attempt(directory, warn) : undefined;
    if (data === undefined || data.iterations.length === 0) return [];
    const finished = isFinished(directory, game.settings.data.maxSamples);
    return [{ game, seed: job.seed, directory, finished, data }];
  });
  const has = new Set(own.map(({ game, seed }) => `${game.id} ${seed}`));
  const others = also
    .flatMap((directory) => runsBelow(directory))
    .flatMap((directory): (PlayedRun & { readonly differing: number })[] => {
      const data = attempt(directory, warn);
      if (data === undefined || data.iterations.length === 0) return [];
      const [game] = suite.games
        .filter((each) => plays(data.config, each))
        .sort((a, b) => differing(data.config, a) - differing(data.config, b));
      if (game === undefined || has.has(`${game.id} ${data.config.seed}`)) return [];
      const { samples } = data.iterations[data.iterations.length - 1];
      const finished = samples >= game.settings.data.maxSamples;
      return [{ game, seed: data.config.seed, directory, finished, data, differing: differing(data.config, game) }];
    })
    .sort((a, b) => a.differing - b.differing || samplesOf(b) - samplesOf(a))
    .filter(({ game, seed }, i, all) => all.findIndex((each) => each.game.id === game.id && each.seed === seed) === i);
  const runs = [...own, ...others].sort((a, b) => a.seed - b.seed);
  const lacking = suite.games.flatMap((game) => {
    const seeds = suite.jobs.filter((job) => job.game === game.id).map(({ seed }) => seed);
    const ofGame = runs.filter((run) => run.game.id === game.id);
    const missing = seeds.filter((seed) => !ofGame.some((run) => run.seed === seed));
    const partial = ofGame.filter(({ finished }) => !finished).map(({ seed }) => seed);
    return missing.length + partial.length === 0 ? [] : [{ game, missing, partial }];
  });
  return { suite, runs, lacking };
}

/** What is missing of some games, in words; empty where nothing is. */
export function lackingText({ lacking, runs }: SuiteRuns, games: readonly SuiteGame[]): string {
  const ids = new Set(games.map(({ id }) => id));
  const ofGames = lacking.filter(({ game }) => ids.has(game.id));
  const severalTasks = new Set(games.map(({ task }) => task)).size > 1;
  const nameOf = ({ way, task, variant }: SuiteGame) =>
    [way.toUpperCase(), ...(variant === null ? [] : [variant]), ...(severalTasks ? [`on ${task}`] : [])].join(" ");
  const seeds = (list: readonly number[]) => `${list.length === 1 ? "seed" : "seeds"} ${list.join(", ")}`;
  const has = (game: SuiteGame) => runs.some((run) => run.game.id === game.id);
  const none = [...new Set(ofGames.filter(({ game }) => !has(game)).map(({ game }) => nameOf(game)))];
  const parts = ofGames
    .filter(({ game }) => has(game))
    .map(({ game, missing, partial }) =>
      [
        ...(missing.length === 0 ? [] : [`${nameOf(game)} ${seeds(missing)} missing`]),
        ...(partial.length === 0
          ? []
          : [`${nameOf(game)} ${seeds([...partial].sort((a, b) => a - b))} not at its end`]),
      ].join(", "),
    );
  return [...parts, ...(none.length === 0 ? [] : [`no runs of ${none.join(", ")}`])].join("; ");
}

const samplesOf = ({ data: { iterations } }: PlayedRun): number => iterations[iterations.length - 1].samples;

/** How many settings of a run are not those of a game; one that came later than the run says nothing. */
function differing(head: RunHead, game: SuiteGame): number {
  const [own, other] = [flatSettings(head.settings), flatSettings(game.settings)];
  return Object.keys(own).filter((key) => Object.hasOwn(other, key) && own[key] !== other[key]).length;
}

/** Which runs were made elsewhere, in words; empty where none was. */
export function elsewhereText({ runs }: SuiteRuns): string {
  return runs
    .flatMap(({ data, game, seed, differing: settings }) => {
      if (settings === undefined) return [];
      const how = settings === 0 ? "" : ` (${settings} ${settings === 1 ? "setting differs" : "settings differ"})`;
      return [`${game.id} seed ${seed}: ${data.name}${how}`];
    })
    .join("; ");
}

/** Whether a run plays a game, whatever its seed and settings. */
function plays(head: RunHead, game: SuiteGame): boolean {
  const kind = (of: RunHead | { readonly settings: SuiteGame["settings"] }) => [
    playersOf(of as RunHead).policy,
    playersOf(of as RunHead).model,
    of.settings.task?.changes ?? [],
  ];
  const options = (values: Readonly<Record<string, string>>) => Object.entries(values).sort();
  return (
    head.algorithm === game.algorithm &&
    head.task.id === game.world.id &&
    head.preset === game.preset &&
    JSON.stringify([options(head.task.options), kind(head)]) ===
      JSON.stringify([options(game.world.options), kind(game)])
  );
}

function attempt(directory: string, warn: (message: string) => void): RunData | undefined {
  try {
    return {
      name: basename(directory),
      config: readHead(directory),
      iterations: iterationsOf(readEvents(directory, warn)),
    };
  } catch (error) {
    if (!(error instanceof StackelbergError)) throw error;
    warn(error.message);
    return undefined;
  }
}

/** Run directories at most three levels below. */
function runsBelow(directory: string, depth = 0): readonly string[] {
  if (isRun(directory)) return [directory];
  if (depth > 3 || !existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap(({ name }) => runsBelow(join(directory, name), depth + 1));
}
