import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { PLAIN_POLICIES } from "../../agents/record.js";
import { ConfigError } from "../../errors/errors.js";
import { REPLAY_FORMAT, type Replay, type ReplayEpisode, replayJson, replayTask } from "../../mdp/replay.js";
import { seeded } from "../../random/rng.js";
import { writeAtomic } from "../../runs/files.js";
import type { SeenReplay } from "../../runs/replay-pictures.js";
import { openPlayer, type Player, type PlayerOptions } from "../acting.js";
import { collect, oneOf, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { INTERRUPTED } from "../failures.js";
import type { Parts } from "../parts.js";
import { shown } from "../runs.js";
import type { Terminal } from "../terminal.js";
import { figure } from "../text.js";

interface Options extends PlayerOptions {
  readonly episodes: number;
  readonly out?: string;
  readonly size: readonly [number, number];
  readonly fps: number;
  readonly seconds: number;
  readonly view?: readonly [number, number];
  readonly at?: number;
  readonly gif: boolean;
  readonly json?: boolean;
}

/** `stackelberg play`: episodes of a task or of a run's policy, as data and as pictures. */
export const playCommand: AddCommand = (add, { terminal, loadParts, outcome }) => {
  add("play")
    .summary("play episodes and draw them: replay.json, still.png, episode.gif")
    .description(
      "Plays episodes of a task with a random or zero policy, or of a run with its policy, and writes what happened " +
        "(replay.json), one picture (still.png) and a film (episode.gif). Nothing but this package is needed to draw.",
    )
    .argument("<task|run>", "a task, the path of a task's module, or a run directory")
    .option("--episodes <n>", "how many episodes, one after the other", wholeNumber("--episodes", 1), 1)
    .option(
      "--seed <n>",
      "episodes start from this seed on (default: 0; of a run, its evaluation.seed)",
      wholeNumber("--seed", 0),
    )
    .option("--policy <name>", "of a task: random (the default) or zero", oneOf("--policy", PLAIN_POLICIES))
    .option(
      "--checkpoint <iteration>",
      "of a run: the policy after this iteration, if its checkpoint is kept",
      wholeNumber("--checkpoint", 1),
    )
    .option("--stochastic", "of a run: draw actions from the policy instead of taking its mean")
    .option("--task-option <name=value>", "an option of the task; may come several times", collect)
    .option("--out <directory>", "a new directory (default: <run>/play, or play/<task>; if taken, with a number)")
    .option("--size <width>x<height>", "of the pictures, in pixels", size, [480, 360])
    .option("--fps <n>", "pictures a second in the film, at most 50", fps, 25)
    .option("--seconds <n>", "so much of each episode in the film", wholeNumber("--seconds", 1), 10)
    .option("--view <azimuth,elevation>", "look from this direction, in degrees", angles)
    .option("--at <step>", "the still shows this step of the first episode", wholeNumber("--at", 0))
    .option("--no-gif", "do not make the film")
    .option("--json", "one JSON object instead of text")
    .action(async (name: string, options: Options) => {
      const parts = await loadParts();
      const stop = new AbortController();
      const stopListening = terminal.onSignal(() => stop.abort());
      const breathe = breather(stop.signal);
      const written: string[] = [];
      let out: string | undefined;
      try {
        const player = await openPlayer(name, options, terminal, parts);
        try {
          out = newDirectory(options.out, player.out, terminal.cwd);
          const replay = await playReplay(player, options, parts, breathe);
          checkStep(options.at, replay.episodes[0]);
          const put = (file: string, data: string | Uint8Array) => {
            mkdirSync(out!, { recursive: true });
            writeAtomic(join(out!, file), data);
            written.push(file);
          };
          put("replay.json", replayJson(replay));
          if (replay.scene === null) {
            terminal.err(
              `Warning: ${replay.task.id} does not say what it looks like (scene and pose, docs/tasks.md): no pictures\n`,
            );
          } else await draw(replay as SeenReplay, options, put, terminal, breathe);
          report(replay, out, written, options, terminal);
        } finally {
          await player.close();
        }
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        outcome.code = INTERRUPTED;
        const kept =
          written.length > 0
            ? `${written.join(" and ")} in ${shown(out!, terminal.cwd)} are complete`
            : "Nothing was written";
        terminal.err(`\nStopped. ${kept}.\n`);
      } finally {
        stopListening();
      }
    });
};

/** Thrown where Ctrl-C ends a command that has nothing to finish. */
class Stopped extends Error {}

/** Lets signals through every so often, and throws where one came. */
function breather(stop: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > 30) {
      await setImmediate();
      last = performance.now();
    }
    if (stop.aborted) throw new Stopped();
  };
}

/** @throws {ConfigError} where the directory asked for is not new */
function newDirectory(asked: string | undefined, usual: string, cwd: string): string {
  const isFree = (path: string) =>
    !existsSync(path) || (statSync(path).isDirectory() && readdirSync(path).length === 0);
  if (asked !== undefined) {
    const path = resolve(cwd, asked);
    if (isFree(path)) return path;
    throw new ConfigError("--out", `${asked} is already there`, "Give the name of a new directory, or empty this one");
  }
  const base = resolve(cwd, usual);
  for (let n = 1; ; n++) {
    const path = n === 1 ? base : `${base}-${n}`;
    if (isFree(path)) return path;
  }
}

async function playReplay(
  player: Player,
  options: Options,
  parts: Parts,
  breathe: () => Promise<void>,
): Promise<Replay> {
  const { task, act, begin, policy, seed } = player;
  const stage = (await task.openStage?.()) ?? null;
  try {
    const seeds = Array.from({ length: options.episodes }, (_, i) => seed + i);
    const rng = seeded(seed).stream("play");
    const episodes = await parts.recordEpisodes(
      { task, stage, act, ...(begin && { begin }), seeds, onStep: breathe },
      rng,
    );
    return { format: REPLAY_FORMAT, task: replayTask(task), policy, scene: stage?.scene ?? null, episodes };
  } finally {
    stage?.close();
  }
}

/** @throws {ConfigError} where the still would show a step that there is not */
function checkStep(at: number | undefined, { rewards: { length } }: ReplayEpisode): void {
  if (at === undefined || at <= length) return;
  throw new ConfigError("--at", `must be at most ${length}, the steps of the first episode, got ${at}`, "Lower it");
}

/** Two thirds into the episode something is going on in most tasks. */
const STILL_AT = 2 / 3;

async function draw(
  replay: SeenReplay,
  { size: [width, height], view, at, fps, seconds, gif }: Options,
  put: (file: string, data: string | Uint8Array) => void,
  terminal: Terminal,
  breathe: () => Promise<void>,
): Promise<void> {
  const { drawFilm, drawStill } = await import("../../runs/replay-pictures.js");
  const picture = { width, height, ...(view && { view: { azimuth: view[0], elevation: view[1] } }) };
  const length = replay.episodes[0].rewards.length;
  put("still.png", drawStill(replay, picture, at ?? Math.round(STILL_AT * length)));
  if (!gif) return;
  const onFrame = async (frame: number, count: number) => {
    if (terminal.columns !== undefined) terminal.err(`\rDrawing picture ${frame + 1} of ${count} \r`);
    await breathe();
  };
  put("episode.gif", await drawFilm(replay, { ...picture, fps, seconds, onFrame }));
  if (terminal.columns !== undefined) terminal.err(`${" ".repeat(40)}\r`);
}

function report(
  { task, policy, episodes }: Replay,
  out: string,
  files: readonly string[],
  { json }: Options,
  terminal: Terminal,
): void {
  const directory = shown(out, terminal.cwd);
  if (json) {
    const scores = episodes.map(({ seed, return: total, rewards, success, end }) => ({
      seed,
      return: total,
      length: rewards.length,
      success,
      end,
    }));
    terminal.out(`${JSON.stringify({ out: directory, files, task: task.id, policy, episodes: scores })}\n`);
    return;
  }
  const who =
    typeof policy === "string"
      ? `${policy} policy`
      : `${policy.algorithm.toUpperCase()} after iteration ${policy.iteration}, ${policy.stochastic ? "stochastic" : "mean"} policy`;
  terminal.out(
    `${task.id}, ${who}\n${episodes.map(line).join("")}${files.map((file) => `  ${join(directory, file)}\n`).join("")}`,
  );
}

function line({ seed, return: total, rewards, success, end }: ReplayEpisode): string {
  const judged = success === null ? "" : success ? ", success" : ", no success";
  const ended = end === "terminal" ? "ended in a terminal state" : "to the horizon";
  return `  seed ${seed}: return ${figure(total)} in ${rewards.length} steps, ${ended}${judged}\n`;
}

/** Pictures a second; browsers slow down films of more than 50. */
function fps(text: string): number {
  const value = wholeNumber("--fps", 1)(text);
  if (value <= 50) return value;
  throw new ConfigError("--fps", `must be at most 50, got ${value}`, "Browsers show none faster");
}

/** `480x360` as two numbers of pixels. */
function size(text: string): readonly [number, number] {
  const [, width, height] = text.match(/^(\d+)x(\d+)$/i) ?? [];
  const pixels = [Number(width), Number(height)] as const;
  if (!pixels.every((side) => side >= 16 && side <= 4096)) {
    throw new ConfigError(
      "--size",
      `must be two numbers from 16 to 4096, got ${JSON.stringify(text)}`,
      "For instance --size 480x360",
    );
  }
  return pixels;
}

/** `-70,15` as two angles. */
function angles(text: string): readonly [number, number] {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [azimuth, elevation] = parts as [number, number];
  if (parts.length !== 2 || !parts.every(Number.isFinite) || Math.abs(elevation) > 89) {
    throw new ConfigError(
      "--view",
      `must be an azimuth and an elevation of at most ±89, got ${JSON.stringify(text)}`,
      "For instance --view=-70,15: from the right of a robot that walks along x",
    );
  }
  return [azimuth, elevation];
}
