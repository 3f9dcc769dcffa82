import { describe, expect, test } from "vitest";
import { gatherModel } from "../../../src/envs/mujoco/gather-model.js";
import { elementCount } from "../../../src/envs/mujoco/model-size.js";
import type { ModelSource } from "../../../src/envs/mujoco/model-source.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { WorldError } from "../../../src/errors/errors.js";

/** A tetrahedron with one corner at x. */
const wedge = (x: number) => `v 0 0 0\nv ${x} 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n`;
const SOLID = '<worldbody><geom type="mesh" mesh="w"/></worldbody>';
const meshed = (inside: string, file = "wedge.obj") =>
  `<mujoco>${inside}<asset><mesh name="w" file="${file}"/></asset>${SOLID}</mujoco>`;

/** Reads from texts instead of a disk. */
const gathered = (texts: Readonly<Record<string, string>>): Promise<ModelSource> =>
  gatherModel("robot.xml", "robot.xml", async (path) =>
    texts[path] === undefined ? undefined : new TextEncoder().encode(texts[path]),
  );

/** x of the only mesh of a model. MuJoCo turns it, so that x shows in its longest edge alone, √(x² + 1). */
async function reach(source: ModelSource): Promise<number> {
  const model = await compileModel("robot.xml", source);
  const corner = (i: number) => [0, 1, 2].map((k) => Number(model.mesh_vert[3 * i + k]));
  const corners = [0, 1, 2, 3].map(corner);
  const longest = Math.max(...corners.flatMap((a) => corners.map((b) => Math.hypot(...a.map((v, k) => v - b[k])))));
  return Math.sqrt(longest ** 2 - 1);
}

describe("of a model with files, those are read that MuJoCo then takes", () => {
  const far = { "wedge.obj": wedge(9), "a/wedge.obj": wedge(1), "b/wedge.obj": wedge(2) };
  test.each([
    ["beside the model", meshed(""), far, 9],
    ["in meshdir", meshed('<compiler meshdir="a"/>'), far, 1],
    ["in assetdir", meshed("<compiler assetdir='b/'/>"), far, 2],
    ["in meshdir before assetdir", meshed('<compiler assetdir="b" meshdir="./a"/>'), far, 1],
    ["in the folder that is said last", meshed('<compiler meshdir="a"/><compiler assetdir="b"/>'), far, 2],
    ["without its own folder", meshed('<compiler strippath="true"/>', "b/wedge.obj"), far, 9],
    ["above the model", meshed('<compiler meshdir="../a"/>'), { "../a/wedge.obj": wedge(3) }, 3],
    ["with an odd name", meshed("", "a &amp; b.obj"), { "a & b.obj": wedge(4) }, 4],
    [
      "named by what is included, seen from the model",
      '<mujoco><include file="parts/arm.xml"/></mujoco>',
      { "parts/arm.xml": meshed('<compiler meshdir="b"/>'), "parts/b/wedge.obj": wedge(9), ...far },
      2,
    ],
    [
      "included from the folder of what is included",
      '<mujoco><include file="parts/arm.xml"/></mujoco>',
      { "parts/arm.xml": '<mujoco><include file="hand.xml"/></mujoco>', "parts/hand.xml": meshed(""), ...far },
      9,
    ],
    [
      "included from the model's folder rather than from that of what is included",
      '<mujoco><include file="parts/arm.xml"/></mujoco>',
      {
        "parts/arm.xml": '<mujoco><include file="hand.xml"/></mujoco>',
        "hand.xml": meshed('<compiler meshdir="a"/>'),
        "parts/hand.xml": meshed('<compiler meshdir="b"/>'),
        ...far,
      },
      1,
    ],
    [
      "of a model that is attached, seen from that",
      '<mujoco><asset><model name="s" file="sub/s.xml"/></asset><worldbody><frame><attach model="s" prefix="a-"/></frame></worldbody></mujoco>',
      { "sub/s.xml": meshed('<compiler meshdir="m"/>'), "sub/m/wedge.obj": wedge(5), ...far },
      5,
    ],
  ] as const)("%s", async (_, mjcf, texts, expected) => {
    expect(await reach(await gathered({ "robot.xml": mjcf, ...texts }))).toBeCloseTo(expected, 5);
  });

  test("and no others", async () => {
    const { files } = await gathered({ "robot.xml": meshed('<compiler meshdir="a"/>'), ...far, "x.stl": "" });
    expect(Object.keys(files!)).toEqual(["a/wedge.obj"]);
  });
});

test("meshes of one name with other content are another model, and equal ones are the same", async () => {
  const models = await Promise.all([1, 2, 1].map((x) => gathered({ "robot.xml": meshed(""), "wedge.obj": wedge(x) })));
  expect(await Promise.all(models.map(reach))).toEqual([
    expect.closeTo(1, 5),
    expect.closeTo(2, 5),
    expect.closeTo(1, 5),
  ]);
  const [first, second, third] = await Promise.all(models.map((source) => compileModel("robot.xml", source)));
  expect(third).toBe(first);
  expect(second).not.toBe(first);
});

test("a binary STL is a mesh as well", async () => {
  const triangles = [
    [0, 2, 1],
    [0, 1, 3],
    [0, 3, 2],
    [1, 2, 3],
  ];
  const corners = [
    [0, 0, 0],
    [7, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const stl = new DataView(new ArrayBuffer(84 + 50 * triangles.length));
  stl.setUint32(80, triangles.length, true);
  triangles.forEach((triangle, i) => {
    triangle
      .flatMap((corner) => corners[corner])
      .forEach((x, k) => {
        stl.setFloat32(84 + 50 * i + 12 + 4 * k, x, true); // after the normal
      });
  });
  const files = { "wedge.stl": new Uint8Array(stl.buffer) };
  expect(await reach({ mjcf: meshed("", "wedge.stl"), files })).toBeCloseTo(7, 5);
});

test.each([
  [
    "a mesh that is not there",
    { "robot.xml": meshed('<compiler meshdir="meshes"/>') },
    /^robot\.xml: names wedge\.obj \(<mesh> in robot\.xml\), and there is no file meshes\/wedge\.obj from the folder of robot\.xml\. Put it there/,
  ],
  [
    "an include that is not there",
    {
      "robot.xml": '<mujoco><include file="parts/arm.xml"/></mujoco>',
      "parts/arm.xml": '<mujoco><include file="hand.xml"/></mujoco>',
    },
    /^robot\.xml: names hand\.xml \(<include> in parts\/arm\.xml\), and there is no file hand\.xml and parts\/hand\.xml/,
  ],
  [
    "a texture that is not there",
    {
      "robot.xml":
        '<mujoco><compiler texturedir="t"/><asset><texture name="x" type="cube" fileup="up.png"/></asset></mujoco>',
    },
    /^robot\.xml: names up\.png \(<texture> in robot\.xml\), and there is no file t\/up\.png/,
  ],
  ["a model that is not there", {}, /^robot\.xml: is not there\. Give the path of an MJCF file/],
])("%s is one line", async (_, texts, message) => {
  const error = await gathered(texts).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorldError);
  expect((error as Error).message).toMatch(message);
});

test("what MuJoCo refuses is said with the names that the model has", async () => {
  const twice = '<mujoco><include file="a.xml"/><include file="a.xml"/></mujoco>';
  const source = await gathered({ "robot.xml": twice, "a.xml": "<mujoco><worldbody/></mujoco>" });
  await expect(compileModel("robot.xml", source)).rejects.toThrow(
    /^robot\.xml: the model does not compile: [^/]*'a\.xml' already included/,
  );
  const broken = await gathered({ "robot.xml": meshed(""), "wedge.obj": "no mesh" });
  await expect(compileModel("robot.xml", broken)).rejects.toThrow(/at least 4 vertices required/);
  await expect(compileModel("robot.xml", meshed(""))).rejects.toThrow(/Error opening file 'wedge\.obj'.*readModel/);
});

test("elements of what is included are counted where it stands", async () => {
  const many =
    '<mujoco><worldbody><replicate count="1000"><body><geom size="1"/></body></replicate></worldbody></mujoco>';
  const source = await gathered({ "robot.xml": '<mujoco><include file="a.xml"/></mujoco>', "a.xml": many });
  expect(elementCount(source)).toBe(1 + elementCount({ mjcf: many }));
});
