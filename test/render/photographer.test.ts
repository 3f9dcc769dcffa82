import { describe, expect, test } from "vitest";
import { addGeoms, type GeomDefinition, posesAtOrigin, putPlaces } from "../../src/envs/scene.js";
import type { Scene } from "../../src/mdp/scene.js";
import { photographer } from "../../src/render/photographer.js";

const RED = [0.9, 0, 0];
const BLUE = [0, 0, 0.9];
const SIZE = 60;

/** Looks along y from 10 m; x to the right, z upwards. */
function sceneOf(...definitions: readonly GeomDefinition[]): Scene {
  const { bodies, geoms } = addGeoms("test", ["world"], definitions);
  return { bodies, geoms, camera: { lookAt: [0, 0, 0], distance: 10, azimuth: -90, elevation: 0 } };
}
const picture = (scene: Scene, places = {}, view = {}) => {
  const poses = posesAtOrigin(scene.bodies.length);
  putPlaces("test", scene.bodies, places, poses);
  return photographer(scene, SIZE, SIZE, view).take(poses);
};
const pixel = (rgba: Uint8Array, x: number, y: number) =>
  Array.from(rgba.subarray(4 * (y * SIZE + x), 4 * (y * SIZE + x) + 3));
const middle = (rgba: Uint8Array) => pixel(rgba, SIZE / 2, SIZE / 2);
const brightness = (color: readonly number[]) => color.reduce((sum, part) => sum + part, 0);
const isRed = ([r, g, b]: readonly number[]) => r > 2 * Math.max(g, b);
const isBlue = ([r, g, b]: readonly number[]) => b > 2 * Math.max(r, g);
const ball = (color: readonly number[], y: number, more: Partial<GeomDefinition> = {}): GeomDefinition => ({
  shape: "sphere",
  size: [1],
  position: [0, y, 0],
  color,
  ...more,
});

describe("what is in front hides what is behind", () => {
  test("whatever comes first in the scene", () => {
    const one = picture(sceneOf(ball(RED, -2), ball(BLUE, 2)));
    const other = picture(sceneOf(ball(BLUE, 2), ball(RED, -2)));
    expect(isRed(middle(one))).toBe(true);
    expect(other).toEqual(one);
    expect(isBlue(middle(picture(sceneOf(ball(RED, -2), ball(BLUE, 2)), {}, { azimuth: 90 })))).toBe(true);
  });

  test("also where two solids cross", () => {
    const bar = (color: readonly number[], tilt: number): GeomDefinition => ({
      shape: "capsule",
      size: [0.4],
      from: [-3, -tilt, 0],
      to: [3, tilt, 0],
      color,
    });
    const crossed = picture(sceneOf(bar(RED, 1), bar(BLUE, -1)));
    expect(isRed(pixel(crossed, 18, 30))).toBe(true); // left of the crossing, the red bar is nearer
    expect(isBlue(pixel(crossed, 42, 30))).toBe(true);
  });

  test("and what one can see through lets some of it through", () => {
    const [r, , b] = middle(picture(sceneOf(ball([...RED, 0.5], -2), ball(BLUE, 2))));
    expect(r).toBeGreaterThan(60);
    expect(b).toBeGreaterThan(60);
    expect(isBlue(middle(picture(sceneOf(ball([...RED, 0.5], 2), ball(BLUE, -2)))))).toBe(true);
  });
});

test("a solid is where perspective puts it: a ball of 1 m at (2, 0, 1.5), seen from 10 m", () => {
  const rgba = picture(sceneOf(ball(RED, 0, { position: [2, 0, 1.5] })));
  let [x, y, count] = [0, 0, 0];
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      if (!isRed(pixel(rgba, column, row))) continue;
      x += column + 0.5;
      y += row + 0.5;
      count++;
    }
  }
  const perMetre = SIZE / 2 / (10 * Math.tan(Math.PI / 9)); // half a field of 40° over half the picture
  expect(x / count).toBeCloseTo(SIZE / 2 + 2 * perMetre, 0);
  expect(y / count).toBeCloseTo(SIZE / 2 - 1.5 * perMetre, 0);
  expect(count / (Math.PI * perMetre ** 2)).toBeCloseTo(1, 0);
});

test("a body takes its solids along", () => {
  const scene = sceneOf({ body: "a", shape: "sphere", size: [0.5], color: RED, position: [2, 0, 0] });
  const places = { a: { position: [0, 0, 0], quaternion: [0, 0, 0, 1] } }; // half a turn about z: from +2 to −2
  expect(isRed(pixel(picture(scene), 46, 30))).toBe(true);
  expect(isRed(pixel(picture(scene, places), 46, 30))).toBe(false);
  expect(isRed(pixel(picture(scene, places), 13, 30))).toBe(true);
});

test("a solid over the ground throws a shadow on it, a ghostly one does not", () => {
  const ground: GeomDefinition = { shape: "plane", size: [0, 0], position: [0, 0, -1.5] };
  const from = { elevation: 50 };
  const bare = picture(sceneOf(ground), {}, from);
  const darker = (rgba: Uint8Array) => {
    let count = 0;
    for (let i = 0; i < SIZE * SIZE; i++) {
      const [now, before] = [rgba, bare].map((each) => pixel(each, i % SIZE, Math.floor(i / SIZE)));
      if (!isRed(now) && brightness(now) < 0.85 * brightness(before)) count++;
    }
    return count;
  };
  expect(darker(picture(sceneOf(ground, ball(RED, 0)), {}, from))).toBeGreaterThan(40);
  expect(darker(picture(sceneOf(ground, ball([...RED, 0.3], 0)), {}, from))).toBeLessThan(10);
});

test("an empty scene is all background", () => {
  const rgba = picture(sceneOf());
  expect(new Set(rgba)).toEqual(new Set([0xee, 0xf2, 0xf6, 255]));
});

test("the same poses give the same picture, whatever was taken before", () => {
  const scene = sceneOf(ball(RED, 0, { body: "a" }), { shape: "plane", size: [0, 0], position: [0, 0, -1] });
  const camera = photographer(scene, SIZE, SIZE);
  const [here, there] = [posesAtOrigin(2), posesAtOrigin(2)];
  there.set([3, 1, 0], 7);
  const first = camera.take(here);
  expect(camera.take(there)).not.toEqual(first);
  expect(camera.take(here)).toEqual(first);
});
