import { Mesh, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { createTask } from "../../src/envs/index.js";
import { addGeoms, posesAtOrigin } from "../../src/envs/scene.js";
import type { Scene } from "../../src/mdp/scene.js";
import { aim, sceneCamera, sceneLights, sceneObjects } from "../../src/render/three-scene.js";

const { bodies, geoms } = addGeoms(
  "test",
  ["world"],
  [
    { shape: "plane", size: [0, 0] },
    { shape: "box", size: [1, 1, 1] },
    { body: "robot", shape: "sphere", size: [0.3], position: [0, 0, 1], color: [1, 0, 0] },
  ],
);
const scene: Scene = {
  bodies,
  geoms,
  camera: { lookAt: [0, 0.5, 1], distance: 6, azimuth: -90, elevation: 30 },
  follows: 1,
};
const posesWith = (x: number, y: number, z: number) => {
  const poses = posesAtOrigin(2);
  poses.set([x, y, z, Math.SQRT1_2, Math.SQRT1_2, 0, 0], 7); // a quarter turn about x
  return poses;
};
const meshes = (objects: ReturnType<typeof sceneObjects>) => {
  const found: Mesh[] = [];
  objects.root.traverse((object) => {
    if (object instanceof Mesh) found.push(object);
  });
  return found;
};

test("poses turn and move the bodies with all that is fixed to them", () => {
  const objects = sceneObjects(scene);
  objects.place(posesWith(4, 5, 6));
  objects.root.updateMatrixWorld(true);
  const ball = objects.bodies[1].children[0];
  const at = ball.getWorldPosition(new Vector3()).toArray(); // (0, 0, 1) turned about x by a quarter is (0, −1, 0)
  [4, 4, 6].forEach((x, i) => {
    expect(at[i]).toBeCloseTo(x, 6);
  });
});

test("what is looked at goes along with the followed body over the ground, not up and down", () => {
  const objects = sceneObjects(scene);
  objects.place(posesWith(4, 5, 6));
  expect(objects.target.toArray()).toEqual([4, 5.5, 1]);
});

test("endless ground comes along, the box in the world stays", () => {
  const objects = sceneObjects(scene);
  objects.place(posesWith(400, 0, 0));
  const [ground, box] = objects.bodies[0].children;
  expect(Math.abs(ground.position.x - 400)).toBeLessThan(3);
  expect(box.position.x).toBe(0);
});

test("a ghost is the bodies alone, in one colour, and throws no shadow", () => {
  const ghost = meshes(sceneObjects(scene, { ghost: { color: "#00ff00", opacity: 0.4 } }));
  expect(ghost).toHaveLength(1);
  expect(ghost[0].castShadow).toBe(false);
  expect(ghost[0].material).toMatchObject({ transparent: true, opacity: 0.4, color: { r: 0, g: 1, b: 0 } });
  expect(meshes(sceneObjects(scene)).some(({ castShadow }) => castShadow)).toBe(true);
});

describe("the camera", () => {
  test("stands at its angles and distance, z upwards, with the target in the middle", () => {
    const camera = sceneCamera(scene, 1.5);
    const target = new Vector3(1, 2, 3);
    aim(camera, scene, target);
    const from = camera.position.clone().sub(target);
    [0, -6 * Math.cos(Math.PI / 6), 3].forEach((x, i) => {
      expect(from.getComponent(i)).toBeCloseTo(x, 6);
    });
    camera.updateProjectionMatrix();
    camera.matrixWorldInverse.copy(camera.matrixWorld).invert();
    const [x, y] = target.clone().project(camera).toArray();
    expect(Math.hypot(x, y)).toBeLessThan(1e-6);
    expect(
      target
        .clone()
        .add(new Vector3(0, 0, 1))
        .project(camera).y,
    ).toBeGreaterThan(0);
    expect(
      target
        .clone()
        .add(new Vector3(1, 0, 0))
        .project(camera).x,
    ).toBeGreaterThan(0);
  });

  test.each(["hopper", "humanoid", "ant", "dclaw-turn", "reacher-7dof"])(
    "has %s in view as it starts",
    async (name) => {
      const task = createTask(name);
      const [stage, world] = [await task.openStage!(), await task.createWorld()];
      world.reset({ seed: 0 });
      const objects = sceneObjects(stage.scene);
      objects.place(stage.posesOfState(world.saveState()));
      objects.root.updateMatrixWorld(true);
      const camera = sceneCamera(stage.scene, 4 / 3);
      aim(camera, stage.scene, objects.target);
      camera.matrixWorldInverse.copy(camera.matrixWorld).invert();
      for (const group of objects.bodies.slice(1)) {
        const { x, y } = group.getWorldPosition(new Vector3()).project(camera);
        expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThan(1);
      }
      stage.close();
      world.close();
    },
  );
});

test("the sun goes along with what is looked at", () => {
  const { sun, follow } = sceneLights(scene);
  const before = sun.position.clone().sub(sun.target.position);
  follow(new Vector3(50, 0, 0));
  expect(sun.target.position.x).toBe(50);
  expect(sun.position.clone().sub(sun.target.position).distanceTo(before)).toBeLessThan(1e-9);
  expect(before.z).toBeGreaterThan(0);
});
