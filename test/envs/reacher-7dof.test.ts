import { expect, test } from "vitest";
import { reacher7dof } from "../../src/envs/reacher-7dof.js";
import { AUTO, EULER, expectModel, NEWTON, PYRAMIDAL } from "./compiled-model.js";

const task = reacher7dof();

test("the arm compiles to the original's bodies, hinges, motors and contacts", () =>
  expectModel(task, {
    option: {
      timestep: [0.01],
      gravity: [0, 0, 0],
      integrator: [EULER],
      cone: [PYRAMIDAL],
      solver: [NEWTON],
      jacobian: [AUTO],
      iterations: [100],
      tolerance: [1e-8],
      noslip_iterations: [0],
      noslip_tolerance: [1e-6],
      ls_iterations: [50],
      impratio: [1],
      density: [0],
      viscosity: [0],
    },
    bodies: `
r_shoulder_pan_link | world | 0 -0.6 0 | 1 0 0 0 | 24.31173835 | 0 0.002991040662 -0.08428669883 | 0.7070752488 -0.006677759016 0.006677759016 0.7070752488 | 1.215310514 1.214568465 0.1205579432
r_shoulder_lift_link | r_shoulder_pan_link | 0.1 0 0 | 1 0 0 0 | 10.47197551 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 0.1267109037 0.1267109037 0.04817108736
r_upper_arm_roll_link | r_shoulder_lift_link | 0 0 0 | 1 0 0 0 | 0.2848377339 | 0 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.001253621132 0.001253621132 5.562713392e-05
r_upper_arm_link | r_upper_arm_roll_link | 0 0 0 | 1 0 0 0 | 5.428672105 | 0.2 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.1100271199 0.1100271199 0.009445889463
r_elbow_flex_link | r_upper_arm_link | 0.4 0 0 | 1 0 0 0 | 1.357168026 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 0.002946562582 0.002946562582 0.002117182121
r_forearm_roll_link | r_elbow_flex_link | 0 0 0 | 1 0 0 0 | 0.2848377339 | 0 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.001253621132 0.001253621132 5.562713392e-05
r_forearm_link | r_forearm_roll_link | 0 0 0 | 1 0 0 0 | 2.809107431 | 0.1455 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.03202190769 0.03202190769 0.003380484595
r_wrist_flex_link | r_forearm_link | 0.321 0 0 | 1 0 0 0 | 0.01675516082 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 4.461061568e-06 4.461061568e-06 7.958701389e-07
r_wrist_roll_link | r_wrist_flex_link | 0 0 0 | 1 0 0 0 | 2.144660585 | 0.03 0 0 | 1 0 0 0 | 0.005490331097 0.005490331097 0.005490331097`,
    joints: `
r_shoulder_pan_joint | r_shoulder_pan_link | hinge | 0 0 1 | -2.2854 1.714602 | 2 | 0.004 | 0 | 0
r_shoulder_lift_joint | r_shoulder_lift_link | hinge | 0 1 0 | -0.5236 1.3963 | 2 | 0.004 | 0 | 0
r_upper_arm_roll_joint | r_upper_arm_roll_link | hinge | 1 0 0 | -1.5 1.7 | 0.8 | 0.004 | 0 | 0
r_elbow_flex_joint | r_elbow_flex_link | hinge | 0 1 0 | -2.3213 0 | 0.8 | 0.004 | 0 | 0
r_forearm_roll_joint | r_forearm_roll_link | hinge | 1 0 0 | -1.5 1.5 | 0.8 | 0.004 | 0 | 0
r_wrist_flex_joint | r_wrist_flex_link | hinge | 0 1 0 | -1.094 0 | 0.8 | 0.004 | 0 | 0
r_wrist_roll_joint | r_wrist_roll_link | hinge | 1 0 0 | -1.5 1.5 | 0.8 | 0.004 | 0 | 0`,
    contactClasses: "K1 | 1 | 1 | 1 | 0.5 0.1 0.1 | 0.001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2",
    geoms: `
table | world | plane | 1 1 0.1 | 0 0.5 -0.425 | 1 0 0 0 | K1
hand | r_wrist_roll_link | sphere | 0.08 | 0.03 0 0 | 1 0 0 0 | K1`,
    actuators: `
r_shoulder_pan | r_shoulder_pan_joint | 20 | 1 0 0 | 0 0 0 | -1 1
r_shoulder_lift | r_shoulder_lift_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_upper_arm_roll | r_upper_arm_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_elbow_flex | r_elbow_flex_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_forearm_roll | r_forearm_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_wrist_flex | r_wrist_flex_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_wrist_roll | r_wrist_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1`,
    sites: "finger | r_wrist_roll_link | 0 0 0",
    markers: ["target"],
  }));
