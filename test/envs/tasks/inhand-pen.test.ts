import { describe, expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { inhandPen } from "../../../src/envs/tasks/inhand-pen.js";
import { AUTO, EULER, expectModel, NEWTON, PYRAMIDAL } from "../mujoco/compiled-model.js";
import {
  contactsAtReset,
  expectGolden,
  expectReturns,
  extremeActions,
  freeEnergy,
  largestRise,
  playPhysics,
  randomActions,
  zeroActions,
} from "../mujoco/physics.js";

const task = inhandPen();

test("hand and pen compile to the original's bodies, joints, tendons, servos and contacts", () =>
  expectModel(task, {
    option: {
      timestep: [0.002],
      gravity: [0, 0, -9.81],
      integrator: [EULER],
      cone: [PYRAMIDAL],
      solver: [NEWTON],
      jacobian: [AUTO],
      iterations: [20],
      tolerance: [1e-8],
      noslip_iterations: [20],
      noslip_tolerance: [1e-6],
      ls_iterations: [50],
      impratio: [1],
      density: [0],
      viscosity: [0],
    },
    bodies: `
table | world | 0 0 0 | 1 0 0 0 | static |  |  | 
forearm | world | 0 -0.7 0.2 | 0.7073882692 -0.7068251811 0 0 | static |  |  | 
wrist | forearm | 0 0 0.396 | 1 0 0 0 | 0.3 | 0.003 0 0.016 | 0.5042337934 0.4962297967 0.4952297971 0.5042337934 | 0.001 0.001 0.001
palm | wrist | 0 0 0.034 | 1 0 0 0 | 0.3 | 0.006 0 0.036 | 0.7158329135 0.04398979469 0.07498249094 0.6928389163 | 0.001 0.001 0.001
ffknuckle | palm | 0.033 0 0.095 | 1 0 0 0 | 0.008 | 0 0 0 | 0.5200620725 0.8541021191 0.006000720837 -0.003000360418 | 1e-05 1e-05 1e-05
ffproximal | ffknuckle | 0 0 0 | 1 0 0 0 | 0.014 | 0 0 0.023 | 0.7070954643 -0.004000542627 0.004000542627 0.7070954643 | 1e-05 1e-05 1e-05
ffmiddle | ffproximal | 0 0 0.045 | 1 0 0 0 | 0.012 | 0 0 0.011 | 0.7071067812 0 0 0.7071067812 | 1e-05 1e-05 1e-05
ffdistal | ffmiddle | 0 0 0.025 | 1 0 0 0 | 0.01 | 0 0 0.015 | 0.7071004154 -0.003000431763 0.003000431763 0.7071004154 | 1e-05 1e-05 1e-05
mfknuckle | palm | 0.011 0 0.099 | 1 0 0 0 | 0.008 | 0 0 0 | 0.5200620725 0.8541021191 0.006000720837 -0.003000360418 | 1e-05 1e-05 1e-05
mfproximal | mfknuckle | 0 0 0 | 1 0 0 0 | 0.014 | 0 0 0.023 | 0.7070954643 -0.004000542627 0.004000542627 0.7070954643 | 1e-05 1e-05 1e-05
mfmiddle | mfproximal | 0 0 0.045 | 1 0 0 0 | 0.012 | 0 0 0.012 | 0.7071067812 0 0 0.7071067812 | 1e-05 1e-05 1e-05
mfdistal | mfmiddle | 0 0 0.025 | 1 0 0 0 | 0.01 | 0 0 0.015 | 0.7071004154 -0.003000431763 0.003000431763 0.7071004154 | 1e-05 1e-05 1e-05
rfknuckle | palm | -0.011 0 0.095 | 1 0 0 0 | 0.008 | 0 0 0 | 0.5200620725 0.8541021191 0.006000720837 -0.003000360418 | 1e-05 1e-05 1e-05
rfproximal | rfknuckle | 0 0 0 | 1 0 0 0 | 0.014 | 0 0 0.023 | 0.7070954643 -0.004000542627 0.004000542627 0.7070954643 | 1e-05 1e-05 1e-05
rfmiddle | rfproximal | 0 0 0.045 | 1 0 0 0 | 0.012 | 0 0 0.012 | 0.7071067812 0 0 0.7071067812 | 1e-05 1e-05 1e-05
rfdistal | rfmiddle | 0 0 0.025 | 1 0 0 0 | 0.01 | 0 0 0.015 | 0.7071004154 -0.003000431763 0.003000431763 0.7071004154 | 1e-05 1e-05 1e-05
lfmetacarpal | palm | -0.017 0 0.044 | 1 0 0 0 | 0.075 | -0.014 0.001 0.014 | 0.7091666494 -0.09202155451 -0.06301476885 0.6961636559 | 1e-05 1e-05 1e-05
lfknuckle | lfmetacarpal | -0.017 0 0.044 | 1 0 0 0 | 0.008 | 0 0 0 | 0.5200620725 0.8541021191 0.006000720837 -0.003000360418 | 1e-05 1e-05 1e-05
lfproximal | lfknuckle | 0 0 0 | 1 0 0 0 | 0.014 | 0 0 0.023 | 0.7070954643 -0.004000542627 0.004000542627 0.7070954643 | 1e-05 1e-05 1e-05
lfmiddle | lfproximal | 0 0 0.045 | 1 0 0 0 | 0.012 | 0 0 0.012 | 0.7071067812 0 0 0.7071067812 | 1e-05 1e-05 1e-05
lfdistal | lfmiddle | 0 0 0.025 | 1 0 0 0 | 0.01 | 0 0 0.015 | 0.7071004154 -0.003000431763 0.003000431763 0.7071004154 | 1e-05 1e-05 1e-05
thbase | palm | 0.034 -0.009 0.029 | 0.9239559192 0 0.3824989665 0 | 0.01 | 0 0 0 | 1 0 0 0 | 1e-05 1e-05 1e-05
thproximal | thbase | 0 0 0 | 1 0 0 0 | 0.016 | 0 0 0.017 | 0.9816044889 0 0.0009995974978 0.1909230951 | 1e-05 1e-05 1e-05
thhub | thproximal | 0 0 0.038 | 1 0 0 0 | 0.002 | 0 0 0 | 1 0 0 0 | 1e-05 1e-05 1e-05
thmiddle | thhub | 0 0 0 | 1 0 0 0 | 0.016 | 0 0 0.016 | 0.9999705014 -0.0009999705014 -0.00699978651 0.002999908504 | 1e-05 1e-05 1e-05
thdistal | thmiddle | 0 0 0.032 | 1 0 0 0 | 0.016 | 0 0 0.016 | 0.9988701546 -0.004999350774 -0.04699390727 0.004999350774 | 1e-05 1e-05 1e-05
pen | world | 0 -0.2 0.25 | 0.7073882692 0 0.7068251811 0 | 0.1820379054 | -0.0004746264236 0 -0.009102532167 | 0.7071042032 0.001909383839 0.001909383839 0.7071042032 | 0.0002858274607 0.0002846185197 2.228111925e-05`,
    // A range of 0 0 is that of a joint without limits.
    joints: `
WRJ1 | wrist | hinge | 0 1 0 | -0.524 0.175 | 0.5 | 0.005 | 0.001 | 0.01
WRJ0 | palm | hinge | 1 0 0 | -0.785 0.611 | 0.5 | 0.005 | 0.001 | 0.01
FFJ3 | ffknuckle | hinge | 0 1 0 | -0.436 0.436 | 0.05 | 0.001 | 0.001 | 0.01
FFJ2 | ffproximal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
FFJ1 | ffmiddle | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
FFJ0 | ffdistal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
MFJ3 | mfknuckle | hinge | 0 1 0 | -0.436 0.436 | 0.05 | 0.001 | 0.001 | 0.01
MFJ2 | mfproximal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
MFJ1 | mfmiddle | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
MFJ0 | mfdistal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
RFJ3 | rfknuckle | hinge | 0 1 0 | -0.436 0.436 | 0.05 | 0.001 | 0.001 | 0.01
RFJ2 | rfproximal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
RFJ1 | rfmiddle | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
RFJ0 | rfdistal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
LFJ4 | lfmetacarpal | hinge | 0.5709770264 0 0.8209660379 | 0 0.698 | 0.05 | 0.001 | 0.001 | 0.01
LFJ3 | lfknuckle | hinge | 0 1 0 | -0.436 0.436 | 0.05 | 0.001 | 0.001 | 0.01
LFJ2 | lfproximal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
LFJ1 | lfmiddle | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
LFJ0 | lfdistal | hinge | 1 0 0 | 0 1.571 | 0.05 | 0.001 | 0.001 | 0.01
THJ4 | thbase | hinge | 0 0 -1 | -1.047 1.047 | 0.05 | 0.001 | 0.001 | 0.01
THJ3 | thproximal | hinge | 1 0 0 | 0 1.309 | 0.05 | 0.001 | 0.001 | 0.01
THJ2 | thhub | hinge | 1 0 0 | -0.262 0.262 | 0.05 | 0.001 | 0.001 | 0.01
THJ1 | thmiddle | hinge | 0 1 0 | -0.524 0.524 | 0.05 | 0.001 | 0.001 | 0.01
THJ0 | thdistal | hinge | 0 1 0 | -1.571 0 | 0.05 | 0.001 | 0.001 | 0.01
OBJTx | pen | slide | 1 0 0 | 0 0 | 0 | 0.001 | 0.001 | 0.01
OBJTy | pen | slide | 0 1 0 | 0 0 | 0 | 0.001 | 0.001 | 0.01
OBJTz | pen | slide | 0 0 1 | 0 0 | 0 | 0.001 | 0.001 | 0.01
OBJRx | pen | hinge | 1 0 0 | 0 0 | 0 | 0.001 | 0.001 | 0.01
OBJRy | pen | hinge | 0 1 0 | 0 0 | 0 | 0.001 | 0.001 | 0.01
OBJRz | pen | hinge | 0 0 1 | 0 0 | 0 | 0.001 | 0.001 | 0.01`,
    contactClasses: `
K1 | 1 | 0 | 3 | 1 0.5 0.01 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K2 | 1 | 1 | 3 | 1 0.5 0.01 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K3 | 1 | 0 | 4 | 1 0.5 0.01 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K4 | 1 | 1 | 4 | 1 0.5 0.01 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2`,
    // Left out: two boxes of 1 mm inside the thumb, and the solid of the target, which nothing ever touched.
    geoms: `
ground | world | plane | 1.5 1.5 0.25 | 0 0 -1 | 1 0 0 0 | K1
g2 | table | box | 0.45 0.45 0.025 | 0 0 -0.025 | 1 0 0 0 | K2
forearm1 | forearm | capsule | 0.05 0.033 | 0 0 0.29 | 1 0 0 0 | K1
wrist | wrist | capsule | 0.015 0.01 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | K1
palm0 | palm | box | 0.032 0.0111 0.049 | 0.011 0 0.038 | 1 0 0 0 | K1
palm1 | palm | box | 0.011 0.0111 0.025 | -0.032 0 0.014 | 1 0 0 0 | K1
ffproximal | ffproximal | capsule | 0.01 0.0225 | 0 0 0.0225 | 1 0 0 0 | K1
ffmiddle | ffmiddle | capsule | 0.00805 0.0125 | 0 0 0.0125 | 1 0 0 0 | K1
ffdistal | ffdistal | capsule | 0.00705 0.012 | 0 0 0.012 | 1 0 0 0 | K3
mfproximal | mfproximal | capsule | 0.01 0.0225 | 0 0 0.0225 | 1 0 0 0 | K1
mfmiddle | mfmiddle | capsule | 0.00805 0.0125 | 0 0 0.0125 | 1 0 0 0 | K1
mfdistal | mfdistal | capsule | 0.00705 0.012 | 0 0 0.012 | 1 0 0 0 | K3
rfproximal | rfproximal | capsule | 0.01 0.0225 | 0 0 0.0225 | 1 0 0 0 | K1
rfmiddle | rfmiddle | capsule | 0.00805 0.0125 | 0 0 0.0125 | 1 0 0 0 | K1
rfdistal | rfdistal | capsule | 0.00705 0.012 | 0 0 0.012 | 1 0 0 0 | K3
lfmetacarpal | lfmetacarpal | box | 0.0095 0.0111 0.025 | -0.0165 0 0.01 | 1 0 0 0 | K1
lfproximal | lfproximal | capsule | 0.01 0.0225 | 0 0 0.0225 | 1 0 0 0 | K1
lfmiddle | lfmiddle | capsule | 0.00805 0.0125 | 0 0 0.0125 | 1 0 0 0 | K1
lfdistal | lfdistal | capsule | 0.00705 0.012 | 0 0 0.012 | 1 0 0 0 | K3
thproximal | thproximal | capsule | 0.013 0.019 | 0 0 0.019 | 1 0 0 0 | K1
thmiddle | thmiddle | capsule | 0.011 0.016 | 0 0 0.016 | 1 0 0 0 | K1
thdistal | thdistal | capsule | 0.00918 0.013 | 0 0 0.013 | 1 0 0 0 | K3
pen | pen | cylinder | 0.015 0.065 | 0 0 0 | 1 0 0 0 | K4`,
    pairs: `
palm0 | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
ffproximal | mfproximal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
ffproximal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
ffmiddle | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
ffdistal | mfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
ffdistal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
mfproximal | rfproximal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
mfproximal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
mfdistal | rfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
mfdistal | lfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
mfdistal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfproximal | lfproximal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfmiddle | lfmiddle | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfmiddle | lfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfdistal | lfmiddle | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfdistal | lfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfdistal | lfdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
rfdistal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
lfdistal | thdistal | 1 | 1 1 0.005 0.0001 0.0001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2`,
    // Left out: 40 tendons whose limits the joints never reach.
    tendons: `
FF_coupling | FFJ0, FFJ1 | 0.00705, -0.00805 | -0.001 0.001 | 0
MF_coupling | MFJ0, MFJ1 | 0.00705, -0.00805 | -0.001 0.001 | 0
RF_coupling | RFJ0, RFJ1 | 0.00705, -0.00805 | -0.001 0.001 | 0
LF_coupling | LFJ0, LFJ1 | 0.00705, -0.00805 | -0.001 0.001 | 0`,
    actuators: `
WRJ1 | WRJ1 | 1 | 10 0 0 | 0 -10 0 | -0.524 0.175
WRJ0 | WRJ0 | 1 | 10 0 0 | 0 -10 0 | -0.79 0.61
FFJ3 | FFJ3 | 1 | 1 0 0 | 0 -1 0 | -0.44 0.44
FFJ2 | FFJ2 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
FFJ1 | FFJ1 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
FFJ0 | FFJ0 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
MFJ3 | MFJ3 | 1 | 1 0 0 | 0 -1 0 | -0.44 0.44
MFJ2 | MFJ2 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
MFJ1 | MFJ1 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
MFJ0 | MFJ0 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
RFJ3 | RFJ3 | 1 | 1 0 0 | 0 -1 0 | -0.44 0.44
RFJ2 | RFJ2 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
RFJ1 | RFJ1 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
RFJ0 | RFJ0 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
LFJ4 | LFJ4 | 1 | 1 0 0 | 0 -1 0 | 0 0.7
LFJ3 | LFJ3 | 1 | 1 0 0 | 0 -1 0 | -0.44 0.44
LFJ2 | LFJ2 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
LFJ1 | LFJ1 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
LFJ0 | LFJ0 | 1 | 1 0 0 | 0 -1 0 | 0 1.6
THJ4 | THJ4 | 1 | 1 0 0 | 0 -1 0 | -1 1
THJ3 | THJ3 | 1 | 1 0 0 | 0 -1 0 | 0 1.3
THJ2 | THJ2 | 1 | 1 0 0 | 0 -1 0 | -0.26 0.26
THJ1 | THJ1 | 1 | 1 0 0 | 0 -1 0 | -0.52 0.52
THJ0 | THJ0 | 1 | 1 0 0 | 0 -1 0 | -1.571 0`,
    markers: ["target"],
  }));

test("the check sequence: hand, pen and reward are the original's", () =>
  expectGolden(task, {
    start({ goal }) {
      const [a, b] = [0.5, -0.3];
      goal.set([Math.sin(b), -Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b)]);
    },
    action: (t) => Array.from({ length: 24 }, (_, i) => 0.5 * Math.sin(0.1 * t + i)),
    read: ({ observation: s, reward }) => [...[0, 1, 3, 20, 24, 25, 26, 33, 34, 35].map((i) => s[i]), reward],
    within: 1e-5,
    rows: {
      1: [
        -0.0059184629, 0.0020879642, 0.034255105, 0.03734728, 2.1835988e-7, -0.2, 0.24960996, 0.99999968, 0,
        0.00079632671, -0.29524252,
      ],
      2: [
        -0.01874095, 0.0099499462, 0.1070551, 0.11936019, 9.8261944e-7, -0.2, 0.24824483, 0.99999968, 0, 0.00079632671,
        -0.29660765,
      ],
      5: [
        -0.062318751, 0.066736761, 0.38255839, 0.40532174, -0.0055744947, -0.20044963, 0.2478084, 0.99718132,
        -0.0052429446, 0.074845989, -0.2355427,
      ],
      10: [
        -0.087566759, 0.18189758, 0.61384713, 0.76544361, -0.027656092, -0.20715407, 0.26582157, 0.93944583,
        -0.043565292, 0.33991705, -0.0053450517,
      ],
      20: [
        -0.011031539, 0.095799593, 0.44119669, 0.83411784, -0.042833205, -0.24581333, 0.23514733, 0.88697647,
        -0.15929845, 0.43347058, 0.10980452,
      ],
      40: [
        -0.22436082, -0.45670534, 0.81932736, 0.30172086, -0.092233842, -0.27116524, 0.14332631, 0.29645351, 0.13449624,
        0.94552952, 0.48555196,
      ],
    },
  }));

test("it keeps the contract of tasks: reward, ends and success of observations are the world's own", async () => {
  expect((await checkTask(task)).checks.filter((check) => !check.passed)).toEqual([]);
}, 120_000);

const [POSITION, DIRECTION, DESIRED] = [24, 33, 36] as const;

/** A row of the observation: the pen where it starts, pointing at the goal, up; but for what is given by index. */
const state = (entries: Readonly<Record<number, number>> = {}) =>
  Object.assign(new Array<number>(63).fill(0), { 25: -0.2, 26: 0.25, 35: 1, 38: 1 }, entries);
/** The pen's direction at `angle` rad from the goal, of a length that a model might give it. */
const tilted = (angle: number, length = 1) => ({ 34: length * Math.sin(angle), 35: length * Math.cos(angle) });

describe("the episode", () => {
  test("begins with an open hand, the pen level above it, and a goal that points up", async () => {
    const world = await task.createWorld();
    const tilts = Array.from({ length: 300 }, (_, seed) => {
      const { observation: s } = world.reset({ seed });
      expect([...s.subarray(0, POSITION)]).toEqual(new Array(24).fill(0));
      expect([...s.subarray(POSITION, POSITION + 3)]).toEqual([0, -0.2, 0.25]);
      expect([...s.subarray(27, DIRECTION), ...s.subarray(39)]).toEqual(new Array(30).fill(0));
      // The pen's frame is turned by 1.57 rad about y.
      for (const [i, x] of [Math.sin(1.57), 0, Math.cos(1.57)].entries()) expect(s[DIRECTION + i]).toBeCloseTo(x, 12);
      const [x, y, z] = [s[DESIRED], s[DESIRED + 1], s[DESIRED + 2]];
      expect(Math.hypot(x, y, z)).toBeCloseTo(1, 12);
      return { a: Math.atan2(-y, z), b: Math.asin(x) };
    });
    world.close();
    for (const key of ["a", "b"] as const) {
      const values = tilts.map((tilt) => tilt[key]);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
      expect(Math.min(...values)).toBeLessThan(-0.95); // 300 draws miss the last 1/40 once in 2000 tries
      expect(Math.max(...values)).toBeGreaterThan(0.95);
    }
  });

  test("ends below 0.075 m, or higher up with a margin", () => {
    const at = (height: number) => state({ 26: height });
    expect([0.0751, 0.0749].map((height) => task.isTerminal(at(height)))).toEqual([false, true]);
    // A quarter of the 0.175 m between the start and the limit.
    expect([0.1188, 0.1187].map((height) => task.isTerminal(at(height), 0.25))).toEqual([false, true]);
    expect(task.isTerminal(state({ 50: Number.NaN }))).toBe(true);
  });

  test("pays for place and direction, 10 and 50 more near the goal, and 5 less for a drop", () => {
    const reward = (entries: Readonly<Record<number, number>>) => task.reward([], [], state(entries));
    expect(reward({})).toBeCloseTo(1 + 60, 12);
    expect(reward(tilted(0.4))).toBeCloseTo(Math.cos(0.4) + 10, 12); // 0.921
    expect(reward(tilted(0.5))).toBeCloseTo(Math.cos(0.5), 12); // 0.878
    expect(reward({ 24: 0.03, 25: -0.24 })).toBeCloseTo(1 + 60 - 0.05, 12);
    expect(reward({ 24: 0.06, 25: -0.28 })).toBeCloseTo(1 - 0.1, 12);
    expect(reward({ 26: 0.05, ...tilted(2) })).toBeCloseTo(Math.cos(2) - 0.2 - 5, 12);
  });

  test("a longer direction is not paid more, and none at all is the farthest from the goal", () => {
    for (const length of [0.3, 1.7, 40]) {
      expect(task.reward([], [], state(tilted(0.5, length)))).toBeCloseTo(Math.cos(0.5), 12);
      expect(task.goalError!.of(state(tilted(0.5, length)))).toBeCloseTo(0.5, 12);
    }
    expect(task.goalError!.of(state({ 35: 0 }))).toBe(Math.PI);
  });

  test("succeeds where more than 20 of its states are within 0.075 m and 18.2°", () => {
    const limit = Math.acos(0.95);
    expect([limit - 1e-6, limit + 1e-6].map((angle) => task.isSuccess!(state(tilted(angle))))).toEqual([true, false]);
    expect([0.0749, 0.0751].map((x) => task.isSuccess!(state({ 24: x })))).toEqual([true, false]);
    const flags = (count: number) => Array.from({ length: 100 }, (_, t) => t % 3 === 0 && t < 3 * count);
    expect([20, 21].map((count) => task.episodeSuccess!(flags(count)))).toEqual([false, true]);
  });
});

describe("physics", () => {
  test("random and zero actions return what the original's do, and joints stay in their ranges", async () => {
    const random = await playPhysics(task, 10_000, randomActions(task));
    expectReturns(random.returns, { mean: 78, std: 250, count: 400 });
    expect(random.successRate).toBeLessThan(0.06);
    for (const [joint, beyond] of Object.entries(random.beyond)) expect(beyond, joint).toBeLessThan(0.05);
    const zero = await playPhysics(task, 4000, zeroActions(task));
    expect(zero.returns.length).toBe(40); // it never drops the pen
    expectReturns(zero.returns, { mean: 165, std: 469, count: 400 });
  }, 120_000);

  test("stays finite, and near its ranges, when joints are thrown from one end to the other", async () => {
    const extreme = await playPhysics(task, 3000, extremeActions(task));
    for (const [joint, beyond] of Object.entries(extreme.beyond)) expect(beyond, joint).toBeLessThan(0.1);
    // Contacts are as soft as in the original: a pen at 2 m/s dips 4 cm into the table.
    expect(extreme.depth).toBeLessThan(0.06);
  }, 120_000);

  test("nothing touches at the start", async () => {
    expect(await contactsAtReset(task)).toEqual({ depth: 0, count: 0 });
  });

  test("holds the pen still in the half-closed hand", async () => {
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    let s: Float64Array = new Float64Array(0);
    for (let t = 0; t < 100; t++) s = world.step(new Array(24).fill(0)).observation;
    expect(s[26]).toBeGreaterThan(0.15);
    for (let i = 27; i < 33; i++) expect(Math.abs(s[i])).toBeLessThan(0.1);
    for (let i = 39; i < 63; i++) expect(Math.abs(s[i])).toBeLessThan(0.5);
    world.close();
  });

  test("a hand without servos and its pen only lose energy", async () => {
    const energies = await freeEnergy(task, 1, 0.2);
    expect(energies.at(-1)).toBeLessThan(energies[0] - 0.3);
    expect(largestRise(energies)).toBeLessThan(2e-3); // what pressed contacts give back; measured 5e-4 J
  });

  test("the pen falls as one whose armature is counted: its 0.001 kg make it 0.5 % slower", async () => {
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    const { observation: s } = world.step(new Array(24).fill(0));
    // Five semi-implicit steps of 0.002 s; the observation shows the height of one step before, and a friction of 0.001 N.
    const [m, g] = [0.1820379054, 9.81];
    const acceleration = (m * g - 0.001) / (m + 0.001);
    expect(s[27]).toBeCloseTo(5 * 0.002 * acceleration, 6);
    expect(s[26]).toBeCloseTo(0.25 - 10 * 0.002 ** 2 * acceleration, 8);
    world.close();
  });
});
