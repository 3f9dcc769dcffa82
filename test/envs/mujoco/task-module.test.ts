import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/bridges/read-model.js";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { createTask } from "../../../src/envs/index.js";
import { describeModel } from "../../../src/envs/mujoco/describe-model.js";
import { taskModule } from "../../../src/envs/mujoco/task-module.js";
import type { Task } from "../../../src/mdp/task.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const LIBRARY = pathToFileURL(resolve("src/index.ts")).href;
const NODE = pathToFileURL(resolve("src/node.ts")).href;

/** The task that the module made for a model gives; files beside the model may be in it. */
async function taskOf(mjcf: string, files: Readonly<Record<string, string>> = {}): Promise<Task> {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries({ "robot.xml": mjcf, ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const model = await readModel(join(directory, "robot.xml"));
  const source = taskModule(await describeModel("robot.xml", model), { id: "robot-v0", model: "./robot.xml" });
  const file = join(directory, "robot.mjs");
  writeFileSync(
    file,
    source
      .replace('from "stackelberg"', `from ${JSON.stringify(LIBRARY)}`)
      .replace('from "stackelberg/node"', `from ${JSON.stringify(NODE)}`),
  );
  return (await import(pathToFileURL(file).href)).default as Task;
}

const model = (body: string, actuators: string) =>
  `<mujoco><worldbody>${body}</worldbody><actuator>${actuators}</actuator></mujoco>`;
const BALL = `<body name="ball"><joint name="socket" type="ball"/><geom size="0.1"/></body>`;

describe("the module made for", () => {
  test.each(["inverted-pendulum", "half-cheetah", "ant", "reacher-7dof", "inhand-pen"])(
    "the model of %s is a task that keeps its promises",
    async (id) => {
      const { checks } = await checkTask(await taskOf(createTask(id).mjcf!()), undefined, {
        steps: 1050,
        compute: compute(),
      });
      expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    },
  );

  test("a robot that can travel leaves out where it is on the ground, and pays for speed along x", async () => {
    const task = await taskOf(createTask("half-cheetah").mjcf!());
    expect(task.observation.names).not.toContain("rootx [m]");
    const speed = task.observation.names.indexOf("rootx velocity [m/s]");
    const at = (v: number) => task.observation.names.map((_, i) => (i === speed ? v : 0.3));
    const still = new Array(task.action.size).fill(0);
    expect(task.reward(at(0), still, at(2)) - task.reward(at(0), still, at(0.5))).toBeCloseTo(1.5, 12);
  });

  test("a cart sees where it is, and is paid for its pose", async () => {
    const task = await taskOf(createTask("inverted-pendulum").mjcf!());
    expect(task.observation.names.slice(0, 2)).toEqual(["slider [m]", "hinge [rad]"]);
    expect(task.reward([], [0], [0, 0, 5, 5])).toBeCloseTo(0, 12);
    expect(task.reward([], [0], [0.3, 0, 0, 0])).toBeCloseTo(-0.09, 12);
  });

  test("a model in several files, with a mesh", async () => {
    const arm = `<mujoco><compiler meshdir="meshes"/><asset><mesh name="wedge" file="wedge.obj"/></asset><worldbody>
      <body><joint name="elbow" axis="0 1 0"/><geom type="mesh" mesh="wedge"/></body></worldbody></mujoco>`;
    const task = await taskOf(
      '<mujoco><include file="parts/arm.xml"/><actuator><motor joint="elbow" ctrlrange="-1 1"/></actuator></mujoco>',
      {
        "parts/arm.xml": arm,
        "meshes/wedge.obj": "v 0 0 0\nv .2 0 0\nv 0 .2 0\nv 0 0 .2\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n",
      },
    );
    expect(Object.keys(task.modelFiles!()).sort()).toEqual(["meshes/wedge.obj", "parts/arm.xml"]);
    expect(task.observation.names).toEqual(["elbow [rad]", "elbow rate [rad/s]"]);
    const { checks } = await checkTask(task, undefined, { steps: 1050, compute: compute() });
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    const { scene } = await task.openStage!();
    expect(scene.geoms.map(({ shape, vertices }) => [shape, vertices?.length])).toEqual([["mesh", 12]]);
  });

  test("joints without names, a ball joint and controls of unequal ranges", async () => {
    const task = await taskOf(
      model(
        `${BALL}<body><joint type="hinge"/><geom size="0.1"/></body>`,
        '<motor joint="socket" gear="1 0 0" ctrlrange="-1 2"/><motor joint="socket" gear="0 1 0" ctrlrange="0 1"/>',
      ),
    );
    expect(task.observation.names.slice(0, 5)).toEqual([
      ...["w", "x", "y", "z"].map((part) => `socket quaternion ${part}`),
      "joint 1 [rad]",
    ]);
    expect([task.action.low, task.action.high]).toEqual([
      [-1, 0],
      [2, 1],
    ]);
    const { checks } = await checkTask(task, undefined, { steps: 1050, compute: compute() });
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  });
});

test.each([
  [
    "a control without a range",
    model(BALL, '<motor name="twist" joint="socket"/>'),
    /the control of twist has no range/,
  ],
  ["nothing that moves it", model(BALL, ""), /has no actuator/],
  ["nothing that can move", model('<geom size="1"/>', ""), /has no joint/],
  ["a fault", "<mujoco><worldbody><bode/></worldbody></mujoco>", /does not compile/],
])("a model with %s is refused", async (_, mjcf, message) => {
  const made = async () => taskModule(await describeModel("robot.xml", mjcf), { id: "robot-v0", model: "./robot.xml" });
  await expect(made()).rejects.toThrow(message);
});
