import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import type { SettingsPatch } from "../../../src/agents/settings.js";
import { createTask } from "../../../src/envs/index.js";
import type { SuiteGame, SuiteJob } from "../../../src/suites/frozen-suite.js";
import type { PlayedRun, SuiteRuns } from "../../../src/suites/report/suite-runs.js";
import type { FigureSpec } from "../../../src/suites/suite-file.js";
import { fakeEvent } from "../../runs/support/fake.js";
import { tinySuite } from "./tiny-suite.js";

/** What a run's evaluations gave: success, or the distance to the goal, at 100, 200, … samples. */
export interface MadeUp {
  readonly way: "pal" | "mal" | "gda" | "br";
  readonly task?: string;
  readonly variant?: string;
  readonly seed: number;
  readonly success?: readonly number[];
  readonly goalError?: readonly number[];
  readonly returns?: readonly number[];
  /** Whether the run is at its end; it is unless said otherwise. */
  readonly finished?: boolean;
  readonly settings?: SettingsPatch;
}

/** A suite of which these runs are there, as reports read it. Runs have no directory; nothing is on the disk but suite.json. */
export function madeUpRuns(directory: string, runs: readonly MadeUp[], figures: readonly FigureSpec[] = []): SuiteRuns {
  const games = new Map<string, SuiteGame>();
  const jobs: SuiteJob[] = [];
  const played = runs.map((made): PlayedRun => {
    const { way, task = "reacher-7dof", variant = null, seed, finished = true, settings = {} } = made;
    const id = [task, way, ...(variant === null ? [] : [variant])].join("-");
    const values = made.success ?? made.goalError ?? made.returns ?? [];
    const of = createTask(task);
    const resolved = resolveSettings({ algorithm: way, task: of, patches: [settings] });
    const world = { id: of.id, options: {}, module: null };
    const game: SuiteGame = games.get(id) ?? {
      id,
      way,
      task,
      variant,
      algorithm: way,
      world,
      preset: "default",
      settings: resolved,
      keepEvery: null,
      cores: 1,
      memory: 1,
      minutes: null,
    };
    games.set(id, game);
    jobs.push({ id: `${id}-s${seed}`, index: jobs.length, game: id, seed });
    const iterations = values.map((value, i) => ({
      ...fakeEvent(i + 1),
      evaluation: {
        return: { mean: made.returns === undefined ? 0 : value, std: 1, episodes: 10 },
        success: made.success === undefined ? null : value,
        goalError: made.goalError === undefined ? null : { mean: value, last: value },
      },
    }));
    const config = {
      format: "stackelberg-run/1" as const,
      algorithm: way,
      task: world,
      preset: "default",
      seed,
      settings: resolved,
      workers: null,
      provider: "cpu" as const,
      keepEvery: null,
      created: "2026-01-01T00:00:00.000Z",
      versions: {},
    };
    return { game, seed, directory: "", finished, data: { name: `${id}-s${seed}`, config, iterations } };
  });
  const there = played.filter(({ data }) => data.iterations.length > 0);
  const lacking = [...games.values()].flatMap((game) => {
    const ofGame = runs.filter(
      ({ way, task = "reacher-7dof", variant = null }) =>
        way === game.way && task === game.task && variant === game.variant,
    );
    const has = (made: MadeUp) => there.some((run) => run.game.id === game.id && run.seed === made.seed);
    const missing = ofGame.filter((made) => !has(made)).map(({ seed }) => seed);
    const partial = there.filter((run) => run.game.id === game.id && !run.finished).map(({ seed }) => seed);
    return missing.length + partial.length === 0 ? [] : [{ game, missing, partial }];
  });
  const suite = { ...tinySuite(directory, 1), games: [...games.values()], jobs, figures };
  return { suite, runs: there, lacking };
}
