import type { Replay } from "../mdp/replay.js";
import type { Scene } from "../mdp/scene.js";
import { photographer } from "../render/photographer.js";
import type { View } from "../render/three-scene.js";
import { toGif } from "./film.js";
import { pngOf } from "./picture.js";

/** How a replay is drawn. */
export interface PictureOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Angles in place of the scene's own. */
  readonly view?: View;
}

/** A replay of a task that can be drawn. */
export type SeenReplay = Replay & { readonly scene: Scene };

/** One state of an episode as PNG. @param step of the first episode: 0 is its start */
export function drawStill({ scene, episodes }: SeenReplay, { width, height, view }: PictureOptions, step: number) {
  return pngOf(photographer(scene, width, height, view).take(episodes[0].poses![step]), width, height);
}

export interface FilmOptions extends PictureOptions {
  /** Pictures a second; GIF counts in hundredths of a second, so that 30 becomes 33.3. */
  readonly fps: number;
  /** So much of each episode, s. */
  readonly seconds: number;
  /** Called before each picture of `count`; what it throws ends the drawing. */
  readonly onFrame?: (frame: number, count: number) => void | Promise<void>;
}

/** The last state of an episode stays on the screen for so long, hundredths of a second. */
const LAST_STAYS = 60;

/** The episodes of a replay, one after the other at their own speed, as an animated GIF. */
export async function drawFilm(replay: SeenReplay, options: FilmOptions): Promise<Uint8Array> {
  const { scene, episodes } = replay;
  const { width, height, view, onFrame } = options;
  const frames = filmFrames(
    episodes.map(({ rewards }) => rewards.length),
    replay.task.controlStep,
    options,
  );
  const camera = photographer(scene, width, height, view);
  const frame = async (i: number) => {
    await onFrame?.(i, frames.length);
    const { episode, step } = frames[i];
    return camera.take(episodes[episode].poses![step]);
  };
  return toGif(
    { width, height, count: frames.length, frame },
    frames.map(({ stays }) => stays),
  );
}

/** Which states a film shows, and for how long, hundredths of a second. */
export function filmFrames(
  lengths: readonly number[],
  controlStep: number,
  { fps, seconds }: Pick<FilmOptions, "fps" | "seconds">,
): readonly { readonly episode: number; readonly step: number; readonly stays: number }[] {
  const stays = Math.max(2, Math.round(100 / fps)); // browsers slow down what changes faster than every 0.02 s
  return lengths.flatMap((length, episode) => {
    const last = Math.min(length, Math.round(seconds / controlStep));
    const steps: number[] = [];
    for (let i = 0; ; i++) {
      const step = Math.round((i * stays) / 100 / controlStep);
      if (step >= last) break;
      steps.push(step);
    }
    return [...steps.map((step) => ({ episode, step, stays })), { episode, step: last, stays: LAST_STAYS }];
  });
}
