import type { Cursor } from "./cursor.js";

/** Pictures a second. */
const RATE = 30;
/** What browsers can write, best first. */
const FORMATS = ["video/webm;codecs=vp9", "video/webm", "video/mp4"];

/** An episode on a canvas as a film. */
export interface Film {
  /** The film; null where it was cancelled. */
  readonly done: Promise<Blob | null>;
  cancel(): void;
}

/**
 * Plays an episode from its start to its end at the speed asked for, and films the canvas meanwhile.
 *
 * @param steps the last place of the cursor
 * @param stepsPerSecond how fast
 * @param onProgress hears the share that is done
 * @throws {Error} where this browser cannot film a canvas
 */
export function filmEpisode(
  canvas: HTMLCanvasElement,
  cursor: Cursor,
  steps: number,
  stepsPerSecond: number,
  onProgress: (share: number) => void,
): Film {
  const mimeType = typeof MediaRecorder === "undefined" ? undefined : FORMATS.find(MediaRecorder.isTypeSupported);
  if (mimeType === undefined) throw new Error("this browser cannot film a canvas");
  const stream = canvas.captureStream(RATE);
  const recorder = new MediaRecorder(stream, { mimeType });
  const parts: Blob[] = [];
  let [frame, isCancelled] = [0, false];
  const done = new Promise<Blob | null>((resolve) => {
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      resolve(isCancelled ? null : new Blob(parts, { type: mimeType }));
    };
  });
  cursor.set(0);
  recorder.start();
  let last = performance.now();
  frame = requestAnimationFrame(function advance(now) {
    cursor.set(cursor.value + (Math.min(now - last, 200) / 1000) * stepsPerSecond);
    last = now;
    onProgress(Math.min(1, cursor.value / steps));
    if (cursor.value >= steps) setTimeout(() => recorder.state === "recording" && recorder.stop(), 2000 / RATE);
    else frame = requestAnimationFrame(advance);
  });
  return {
    done,
    cancel() {
      isCancelled = true;
      cancelAnimationFrame(frame);
      if (recorder.state === "recording") recorder.stop();
    },
  };
}
