import type { Way } from "../../agents/ways.js";
import type { Scene } from "../../mdp/scene.js";
import type { Light } from "./health.js";

/** What goes from the dashboard's server to its page, as JSON. */

/** How a run is; `paused` in a browser's tab; `unreadable` where its config.json or its log cannot be used. */
export type RunStatus = "running" | "paused" | "finished" | "interrupted" | "failed" | "killed" | "unreadable";

/** Who sits in a seat: the name in the settings, and what it is. */
export interface Seated {
  readonly name: string;
  readonly title: string;
}

/** What a run is, from its config.json. */
export interface RunIdentity {
  readonly algorithm: string;
  /** Who leads, and how far each side goes; alone where no model plays. */
  readonly way: Pick<Way, "leader" | "sides"> & { readonly alone?: boolean };
  readonly players: { readonly policy: Seated; readonly model: Seated };
  readonly task: string;
  readonly options: Readonly<Record<string, string>>;
  readonly preset: string;
  readonly seed: number;
  /** Settings in which this run differs from most runs of its algorithm, players, task and preset, by name. */
  readonly differs: Readonly<Record<string, string>>;
  readonly maxSamples: number;
  /** ISO 8601. */
  readonly created: string;
  /** The mean return from which the task counts as solved; null where it says none. */
  readonly solvedReturn: number | null;
}

/** A run in a few numbers. */
export interface RunDigest {
  readonly iterations: number;
  readonly samples: number;
  /** Wall time of all iterations, s. */
  readonly seconds: number;
  /** Time left, s; null where there is nothing to go by. */
  readonly eta: number | null;
  /** The last evaluation of the mean policy. */
  readonly evaluation: { readonly mean: number; readonly std: number; readonly success: number | null } | null;
  /** Return of the mean policy over real samples, at most 60 points. */
  readonly spark: readonly (readonly [samples: number, value: number])[];
  readonly lights: readonly Light[];
}

/** One run in the list. */
export interface RunEntry {
  /** Names the run in addresses; a checksum of its directory's path. */
  readonly id: string;
  readonly name: string;
  /** Its directory, as one would type it where the server was started. */
  readonly path: string;
  readonly status: RunStatus;
  /** Null where config.json cannot be used. */
  readonly identity: RunIdentity | null;
  readonly digest: RunDigest;
  /** What is wrong with its files, in sentences. */
  readonly problems: readonly string[];
  /** `metrics.jsonl`: the file's own mark (another mark is another file: the run was resumed) and its whole lines' size. */
  readonly metrics: { readonly generation: string; readonly bytes: number };
  /** Iterations that have a checkpoint, newest first. */
  readonly checkpoints: readonly number[];
}

/** All that the list shows; pushed whenever something changes. */
export interface LiveState {
  readonly version: string;
  /** Where runs were looked for, as given. */
  readonly roots: readonly string[];
  readonly runs: readonly RunEntry[];
}

/** Where the value of a setting came from. */
export interface SettingRow {
  /** `npg.steps` */
  readonly key: string;
  readonly value: unknown;
  /** One line of help. */
  readonly help: string;
  readonly origin: string;
  /** Whether somebody chose this value for this run alone. */
  readonly own: boolean;
}

/**
 * From what the page can make a task itself, to play it: from its name where `module` is null, else from the module at that
 * address below the run's. Or why it cannot, in a sentence.
 */
export type LivePlace = { readonly module: string | null } | { readonly problem: string };

/** What the page shows of one run beside its metrics. */
export interface RunDetail {
  /** Resolved settings with their origins; as they are stored where config.json is of another version, empty where it is no JSON. */
  readonly settings: readonly SettingRow[];
  /** config.json as it is, null where it is not JSON. */
  readonly config: unknown;
  readonly checkpoints: readonly { readonly iteration: number; readonly problem: string | null }[];
  readonly task: {
    readonly id: string;
    readonly title: string;
    readonly observations: readonly string[];
    readonly actions: readonly string[];
    readonly horizon: number;
    readonly controlStep: number;
    /** Whether there is something to see in three dimensions. */
    readonly stage: boolean;
    readonly live: LivePlace;
  } | null;
  readonly problems: readonly string[];
}

/** An answer that says what went wrong. */
export interface Failure {
  readonly error: string;
}

/** One of the two ways to look ahead: see `LookAhead`. Lists over t. */
export interface LabCurves {
  readonly error: readonly number[];
  readonly disagreement: readonly number[];
  /** [entries][T + 1] */
  readonly byDimension: readonly (readonly number[])[];
}

/** How far something is that the server computes, as a line of its answer. */
export interface JobNews<Part> {
  /** From 0 to 1: an estimate, as rollouts may end early. */
  readonly share: number;
  /** What is being done. */
  readonly doing: string;
  /** What is known by now, where it is new. */
  readonly part?: Part;
}

/** The last line of such an answer. */
export type JobEnd<Answer> = { readonly answer: Answer } | Failure;

/** What is there of a lab report before the members were rolled out. */
export type LabPart = Omit<LabReport, "alive" | "open" | "closed">;

/** What the model lab measured for one checkpoint. */
export interface LabReport {
  readonly iteration: number;
  /** Episodes that were played in the world for it, and their first seed. */
  readonly episodes: number;
  readonly seed: number;
  readonly names: readonly string[];
  readonly alive: readonly number[];
  readonly open: LabCurves;
  readonly closed: LabCurves;
  readonly oneStep: {
    readonly samples: number;
    /** Share of the change's variance; null where an entry never changes. */
    readonly byDimension: readonly (number | null)[];
    /** Changes s′ − s, [entries][samples]. */
    readonly real: readonly (readonly number[])[];
    readonly predicted: readonly (readonly number[])[];
    readonly error: readonly number[];
    readonly disagreement: readonly number[];
  };
}

/** An episode of one actor, ready to be shown: in the world, or in a member of the model. */
export interface ShownEpisode {
  /** `world`, or `member 1`. */
  readonly name: string;
  /** Float32 poses, [steps + 1, bodies × 7], little-endian, as base64; null where the observation does not determine the pose. */
  readonly poses: string | null;
  /** Where solids touch, [steps + 1][contacts × 6]: x y z in m, then the force in N; null where nobody knows. */
  readonly contacts: readonly (readonly number[])[] | null;
  /** [steps] */
  readonly rewards: readonly number[];
  /** What the rewards are sums of, by name, [steps] each; null where the task does not say. */
  readonly terms: Readonly<Record<string, readonly number[]>> | null;
  /** [entries][steps + 1] */
  readonly observations: readonly (readonly number[])[];
  /** Whether each state after a step counts as success, [steps]; null where the task defines none. */
  readonly successes: readonly boolean[] | null;
  /** Distance to the goal, [steps + 1]; null where the task has no such measure. */
  readonly goalErrors: readonly number[] | null;
  readonly terminated: boolean;
}

/** An episode in the world and the same start in every member. */
export interface SceneReport {
  readonly iteration: number;
  readonly seed: number;
  /** Time between two states, s. */
  readonly controlStep: number;
  /** Control steps between two states: 1, or more where a report is thinned; rewards are then sums. */
  readonly stride: number;
  readonly names: readonly string[];
  /** What `goalErrors` is, with its unit. */
  readonly goalName: string | null;
  /** Null where the task shows nothing. */
  readonly scene: Scene | null;
  readonly world: ShownEpisode;
  readonly ghosts: readonly ShownEpisode[];
}
