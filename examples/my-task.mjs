/**
 * A task of one's own: a damped pendulum, hanging down at first, is to be swung up by a motor that is too weak to
 * lift it at once.
 *
 *   stackelberg check-task ./examples/my-task.mjs
 *   stackelberg train pal ./examples/my-task.mjs
 *
 * | state | name | unit |
 * |---|---|---|
 * | 0, 1 | cosine and sine of the angle φ; φ = 0 is upright | 1 |
 * | 2 | rate φ̇ | rad/s |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torque u | N·m | ±2 |
 *
 *   φ̈ = (g / l) sin φ + (u − b φ̇) / (m l²)          m = 1 kg, l = 1 m, b = 0.05 N·m·s, g = 9.81 m/s²
 *   R(s, a, s′) = cos φ′ − 0.01 φ̇′² − 0.001 u²
 *
 * Start: hanging, off by uniform(−0.1, 0.1). No terminal states; cut after 200 steps of 0.05 s.
 */
import { defineTask } from "stackelberg";

const DT = 0.05; // s
const SUBSTEPS = 5;

export default defineTask({
  id: "pendulum-swing-up-v0",
  title: "Pendulum swing-up: a weak motor, a heavy bob",
  observation: {
    names: ["cosine of the angle", "sine of the angle", "rate [rad/s]"],
    low: [-1, -1, -Infinity],
    high: [1, 1, Infinity],
  },
  action: { names: ["torque [N·m]"], low: [-2], high: [2] },
  horizon: 200,
  controlStep: DT,

  // What the learner sees of a state, and what it is paid: functions of observations, so that they hold in the
  // learned model as well as in the world.
  reward: (_state, action, next) => next[0] - 0.01 * next[2] ** 2 - 0.001 * action[0] ** 2,
  isSuccess: (next) => next[0] > 0.95,
  policyInputScale: [1, 1, 0.2],

  // The world: its state is (φ, φ̇).
  dynamics: {
    start: (rng) => [Math.PI + 0.2 * rng.uniform() - 0.1, 0.2 * rng.uniform() - 0.1],
    step([angle, rate], [torque]) {
      for (let i = 0; i < SUBSTEPS; i++) {
        rate += (DT / SUBSTEPS) * (9.81 * Math.sin(angle) + torque - 0.05 * rate);
        angle += (DT / SUBSTEPS) * rate;
      }
      return [angle, rate];
    },
    observe: ([angle, rate]) => [Math.cos(angle), Math.sin(angle), rate],
  },

  // What `stackelberg play` draws: solids by body, and where the bodies are. The pendulum turns about y, from z to x.
  scene: {
    geoms: [
      { body: "pendulum", shape: "capsule", size: [0.03], from: [0, 0, 0], to: [0, 0, 1], color: [0.6, 0.6, 0.65] },
      { body: "pendulum", shape: "sphere", size: [0.12], position: [0, 0, 1] },
      { shape: "cylinder", size: [0.06], from: [0, -0.06, 0], to: [0, 0.06, 0], color: [0.3, 0.3, 0.3] },
    ],
    camera: { lookAt: [0, 0, 0], distance: 4, azimuth: -80, elevation: 10 },
  },
  pose: ([cos, sin]) => {
    const angle = Math.atan2(sin, cos);
    return { pendulum: { quaternion: [Math.cos(angle / 2), 0, Math.sin(angle / 2), 0] } };
  },
});
