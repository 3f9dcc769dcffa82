import { describe, expect, test } from "vitest";
import { framed } from "../../src/envs/framing.js";
import { addGeoms, type GeomDefinition, posesAtOrigin, putPlaces } from "../../src/envs/scene.js";
import { ConfigError } from "../../src/errors/errors.js";
import { rotate } from "../../src/math/quaternion.js";

const add = (...geoms: readonly GeomDefinition[]) => addGeoms("t.geoms", ["world"], geoms);

test("bodies come into being where a solid names them; what is left out is filled in", () => {
  const { bodies, geoms } = add(
    { body: "arm", shape: "sphere", size: [0.5] },
    { shape: "plane", size: [0, 0] },
    { body: "arm", shape: "box", size: [1, 2, 3], color: [0, 0.5, 1, 0.25], name: "lid" },
  );
  expect(bodies).toEqual(["world", "arm"]);
  expect(geoms.map(({ body }) => body)).toEqual([1, 0, 1]);
  expect(geoms[0]).toEqual({
    name: "arm sphere 0",
    body: 1,
    shape: "sphere",
    size: [0.5, 0, 0],
    position: [0, 0, 0],
    quaternion: [1, 0, 0, 0],
    color: [0.8, 0.55, 0.35, 1],
  });
  expect(geoms[2]).toMatchObject({ name: "lid", size: [1, 2, 3], color: [0, 0.5, 1, 0.25] });
});

test("a capsule between two points has its ends there", () => {
  const [from, to] = [
    [1, 2, 3],
    [2, 0, 5],
  ] as const;
  const { position, quaternion, size } = add({ shape: "capsule", size: [0.1], from, to }).geoms[0];
  const along = rotate(quaternion, [0, 0, size[1]]);
  [0, 1, 2].forEach((i) => {
    expect(position[i] - along[i]).toBeCloseTo(from[i], 9);
    expect(position[i] + along[i]).toBeCloseTo(to[i], 9);
  });
  expect(size).toEqual([0.1, 1.5, 0]);
});

test.each<[string, GeomDefinition, RegExp]>([
  ["an unknown shape", { shape: "sfere" as "sphere", size: [1] }, /t\.geoms\[0\]\.shape: there is no shape "sfere"/],
  ["too many sizes", { shape: "sphere", size: [1, 2] }, /a sphere has 1, .* got \[1,2\]/],
  ["a negative size", { shape: "box", size: [1, -1, 1] }, /at least 0, got \[1,-1,1\]/],
  ["a colour out of range", { shape: "sphere", size: [1], color: [0, 0, 255] }, /numbers from 0 to 1, got \[0,0,255\]/],
])("%s is refused", (_, geom, message) => {
  expect(() => add(geom)).toThrow(ConfigError);
  expect(() => add(geom)).toThrow(message);
});

test("places are written by name, and a name that is no body is refused", () => {
  const poses = posesAtOrigin(2);
  putPlaces("t", ["world", "arm"], { arm: { position: [1, 2, 3] } }, poses);
  expect(Array.from(poses)).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 1, 0, 0, 0]);
  expect(() => putPlaces("t", ["world", "arm"], { amr: {} }, poses)).toThrow(/Did you mean "arm"/);
});

describe("a camera is put so that", () => {
  test("it looks at the middle of all solids but the ground, the farther the larger they are", () => {
    const one = add({ shape: "plane", size: [50, 50] }, { body: "a", shape: "sphere", size: [1], position: [2, 0, 1] });
    const camera = framed(one.geoms, posesAtOrigin(2));
    expect(camera.lookAt).toEqual([2, 0, 1]);
    const two = add({ body: "a", shape: "sphere", size: [2] }).geoms;
    expect(framed(two, posesAtOrigin(2)).distance).toBeCloseTo(2 * camera.distance, 6);
  });

  test("it goes by where the bodies are, and how they are turned", () => {
    const { geoms } = add({ body: "a", shape: "capsule", size: [0.1, 1] });
    const poses = posesAtOrigin(2);
    putPlaces(
      "t",
      ["world", "a"],
      { a: { position: [5, 0, 0], quaternion: [Math.SQRT1_2, 0, Math.SQRT1_2, 0] } },
      poses,
    );
    const { lookAt, distance } = framed(geoms, poses);
    [5, 0, 0].forEach((x, i) => {
      expect(lookAt[i]).toBeCloseTo(x, 5);
    });
    expect(distance).toBeCloseTo(1.5 * Math.hypot(2.2, 0.2, 0.2), 5);
  });

  test("it stands somewhere where there is only ground", () => {
    const camera = framed(add({ shape: "plane", size: [1, 1] }).geoms, posesAtOrigin(1));
    expect([...camera.lookAt, camera.distance].every(Number.isFinite)).toBe(true);
  });
});
