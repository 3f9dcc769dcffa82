import { expect, test } from "vitest";
import { toGif } from "../../src/runs/film.js";
import { filmFrames } from "../../src/runs/replay-pictures.js";
import { readGif } from "../support/gif.js";

const [WIDTH, HEIGHT, COUNT] = [12, 8, 9];
/** A red dot that wanders over blue, in few enough colours to be kept as they are. */
const frame = (i: number) => {
  const rgba = new Uint8Array(4 * WIDTH * HEIGHT);
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
    rgba.set(pixel % WIDTH === i ? [248, 0, 0, 255] : [0, 0, 248, 255], 4 * pixel);
  }
  return rgba;
};

test("a film shows its frames as they were, each as long as it should", async () => {
  const stays = Array.from({ length: COUNT }, (_, i) => 4 + i);
  const film = readGif(await toGif({ width: WIDTH, height: HEIGHT, count: COUNT, frame }, stays));
  expect([film.width, film.height, film.frames.length]).toEqual([WIDTH, HEIGHT, COUNT]);
  expect(film.stays).toEqual(stays);
  film.frames.forEach((shown, i) => {
    const expected = frame(i);
    for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
      for (let part = 0; part < 3; part++) {
        // Colours are chosen among 5 or 6 bits a part.
        expect(Math.abs(shown[3 * pixel + part] - expected[4 * pixel + part])).toBeLessThan(8);
      }
    }
  });
});

test("a film of one frame is one too", async () => {
  const film = readGif(await toGif({ width: WIDTH, height: HEIGHT, count: 1, frame }, [10]));
  expect(film.frames).toHaveLength(1);
});

test("pictures come at the episode's own speed, and its last state at the end", () => {
  const frames = filmFrames([100], 0.05, { fps: 25, seconds: 99 });
  expect(frames.slice(0, -1).every(({ stays }) => stays === 4)).toBe(true);
  const shownFor = frames.slice(0, -1).reduce((sum, { stays }) => sum + stays, 0) / 100;
  expect(Math.abs(shownFor - 100 * 0.05)).toBeLessThanOrEqual(0.04);
  frames.slice(0, -1).forEach(({ step }, i) => {
    expect(Math.abs(step * 0.05 - 0.04 * i)).toBeLessThanOrEqual(0.025 + 1e-9);
  });
  expect(frames.at(-1)).toMatchObject({ episode: 0, step: 100 });
});

test("of each episode no more is shown than was asked for; one after the other", () => {
  const frames = filmFrames([1000, 3], 0.1, { fps: 10, seconds: 2 });
  const steps = (episode: number) => frames.filter((each) => each.episode === episode).map(({ step }) => step);
  expect(steps(0)).toEqual(Array.from({ length: 21 }, (_, i) => i));
  expect(steps(1)).toEqual([0, 1, 2, 3]);
});
