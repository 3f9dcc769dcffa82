/** A joint of the hand and its servo. */
export interface HandJoint {
  readonly name: string;
  readonly axis: string;
  /** Soft stops, rad. */
  readonly range: readonly [number, number];
  /** Angles that the actions −1 and 1 ask for, rad. */
  readonly reach: readonly [number, number];
}

const spread = (finger: string): HandJoint => ({
  name: `${finger}J3`,
  axis: "0 1 0",
  range: [-0.436, 0.436],
  reach: [-0.44, 0.44],
});
const flexors = (finger: string): readonly HandJoint[] =>
  [2, 1, 0].map((i) => ({ name: `${finger}J${i}`, axis: "1 0 0", range: [0, 1.571], reach: [0, 1.6] }));

/** The 24 joints in the order of actuators, actions and observations: wrist, four fingers, thumb. */
export const HAND_JOINTS: readonly HandJoint[] = [
  { name: "WRJ1", axis: "0 1 0", range: [-0.524, 0.175], reach: [-0.524, 0.175] },
  { name: "WRJ0", axis: "1 0 0", range: [-0.785, 0.611], reach: [-0.79, 0.61] },
  ...["FF", "MF", "RF"].flatMap((finger) => [spread(finger), ...flexors(finger)]),
  { name: "LFJ4", axis: "0.570977 0 0.820966", range: [0, 0.698], reach: [0, 0.7] },
  spread("LF"),
  ...flexors("LF"),
  { name: "THJ4", axis: "0 0 -1", range: [-1.047, 1.047], reach: [-1, 1] },
  { name: "THJ3", axis: "1 0 0", range: [0, 1.309], reach: [0, 1.3] },
  { name: "THJ2", axis: "1 0 0", range: [-0.262, 0.262], reach: [-0.26, 0.26] },
  { name: "THJ1", axis: "0 1 0", range: [-0.524, 0.524], reach: [-0.52, 0.52] },
  { name: "THJ0", axis: "0 1 0", range: [-1.571, 0], reach: [-1.571, 0] },
];

/** Parts of the hand that may touch each other; ring and little fingertip count twice, as in the original. */
const TOUCHING: readonly (readonly [string, string])[] = [
  ["palm0", "thdistal"],
  ["ffproximal", "mfproximal"],
  ["ffproximal", "thdistal"],
  ["ffmiddle", "thdistal"],
  ["ffdistal", "mfdistal"],
  ["ffdistal", "thdistal"],
  ["mfproximal", "rfproximal"],
  ["mfproximal", "thdistal"],
  ["mfdistal", "rfdistal"],
  ["mfdistal", "lfdistal"],
  ["mfdistal", "thdistal"],
  ["rfproximal", "lfproximal"],
  ["rfmiddle", "lfmiddle"],
  ["rfmiddle", "lfdistal"],
  ["rfdistal", "lfmiddle"],
  ["rfdistal", "lfdistal"],
  ["rfdistal", "lfdistal"],
  ["rfdistal", "thdistal"],
  ["lfdistal", "thdistal"],
];

const FINGERTIP_COUPLED = ["FF", "MF", "RF", "LF"];

function joint(name: string): string {
  const { axis, range } = HAND_JOINTS.find((each) => each.name === name)!;
  return `<joint name="${name}" axis="${axis}" range="${range.join(" ")}"/>`;
}

/** Every part of the hand has the same inertia about all axes, so that its frame does not matter. */
function inertial(mass: number, at: string, moment = 1e-5): string {
  return `<inertial pos="${at}" mass="${mass}" diaginertia="${moment} ${moment} ${moment}"/>`;
}

/** A finger from its knuckle on. */
function finger(name: string, at: string, middleCentre = 0.012): string {
  const [f, J] = [name, name.toUpperCase()];
  return `<body name="${f}knuckle" pos="${at}">
            ${inertial(0.008, "0 0 0")}
            ${joint(`${J}J3`)}
            <geom class="knuckle" name="${f}knuckle" fromto="-0.008 0 0 0.008 0 0"/>
            <body name="${f}proximal">
              ${inertial(0.014, "0 0 0.023")}
              ${joint(`${J}J2`)}
              <geom class="link" name="${f}proximal" size="0.01 0.0225" pos="0 0 0.0225"/>
              <body name="${f}middle" pos="0 0 0.045">
                ${inertial(0.012, `0 0 ${middleCentre}`)}
                ${joint(`${J}J1`)}
                <geom class="link" name="${f}middle" size="0.00805 0.0125" pos="0 0 0.0125"/>
                <body name="${f}distal" pos="0 0 0.025">
                  ${inertial(0.01, "0 0 0.015")}
                  ${joint(`${J}J0`)}
                  <geom class="tip" name="${f}distal" size="0.00705 0.012" pos="0 0 0.012"/>
                </body>
              </body>
            </body>
          </body>`;
}

/**
 * MJCF of the Adroit hand, palm up on a fixed forearm, and the pen: nq = nv = 30, nu 24, Euler at 0.002 s with noslip.
 *
 * The hand touches the pen and the table by itself, and itself in the listed pairs alone. The pen hangs on three slides and
 * three hinges, whose armature is 3.5 times its own moment of inertia. A tendon couples the last two joints of each finger.
 * Margins are half of the original's: since MuJoCo 3.5 the margins of two geoms are added, where before the larger one
 * counted. The two flags bring the collider of those days back.
 */
export function penMjcf(): string {
  return `<mujoco model="inhand pen">
  <compiler angle="radian"/>
  <option timestep="0.002" iterations="20" noslip_iterations="20">
    <flag nativeccd="disable" multiccd="disable"/>
  </option>
  <default>
    <joint type="hinge" damping="0.05" armature="0.001" frictionloss="0.001" margin="0.01"/>
    <geom contype="1" conaffinity="0" friction="1 0.5 0.01" margin="0.00025" rgba="0.62 0.64 0.68 1"/>
    <default class="wrist"><joint damping="0.5" armature="0.005"/></default>
    <default class="link"><geom type="capsule" rgba="0.72 0.74 0.78 1"/></default>
    <default class="tip"><geom type="capsule" condim="4" rgba="0.9 0.72 0.5 1"/></default>
    <default class="pen">
      <joint damping="0"/>
      <geom type="cylinder" density="1000" contype="0" conaffinity="0" rgba="0.12 0.2 0.5 1"/>
    </default>
    <default class="looks">
      <geom contype="0" conaffinity="0" group="1" mass="0" rgba="0.3 0.31 0.34 1"/>
      <default class="knuckle"><geom type="cylinder" size="0.0085"/></default>
    </default>
    <pair condim="1" friction="1 1 0.005 0.0001 0.0001" margin="0"/>
  </default>
  <worldbody>
    <light directional="true" pos="0 0 2" dir="0 0 -1"/>
    <geom name="ground" type="plane" size="1.5 1.5 0.25" pos="0 0 -1" rgba="0.8 0.85 0.88 1"/>
    <body name="table">
      <geom name="table" type="box" conaffinity="1" size="0.45 0.45 0.025" pos="0 0 -0.025" rgba="0.72 0.6 0.45 1"/>
    </body>
    <body name="forearm" pos="0 -0.7 0.2" euler="-1.57 0 0">
      <geom name="forearm" type="capsule" size="0.05 0.033" pos="0 0 0.29"/>
      <geom class="looks" name="sleeve" type="cylinder" size="0.048 0.14" pos="0 0 0.15"/>
      <geom class="looks" name="cuff" type="cylinder" size="0.03 0.02" pos="0 0 0.385"/>
      <body name="wrist" pos="0 0 0.396">
        ${inertial(0.3, "0.003 0 0.016", 0.001)}
        ${joint("WRJ1").replace("<joint ", '<joint class="wrist" ')}
        <geom name="wrist" type="capsule" size="0.015 0.01" euler="${Math.PI / 2} 0 0"/>
        <body name="palm" pos="0 0 0.034">
          ${inertial(0.3, "0.006 0 0.036", 0.001)}
          ${joint("WRJ0").replace("<joint ", '<joint class="wrist" ')}
          <geom name="palm0" type="box" size="0.032 0.0111 0.049" pos="0.011 0 0.038"/>
          <geom name="palm1" type="box" size="0.011 0.0111 0.025" pos="-0.032 0 0.014"/>
          ${finger("ff", "0.033 0 0.095", 0.011)}
          ${finger("mf", "0.011 0 0.099")}
          ${finger("rf", "-0.011 0 0.095")}
          <body name="lfmetacarpal" pos="-0.017 0 0.044">
            ${inertial(0.075, "-0.014 0.001 0.014")}
            ${joint("LFJ4")}
            <geom name="lfmetacarpal" type="box" size="0.0095 0.0111 0.025" pos="-0.0165 0 0.01"/>
          ${finger("lf", "-0.017 0 0.044")}
          </body>
          <body name="thbase" pos="0.034 -0.009 0.029" quat="0.9239559192 0 0.3824989665 0">
            ${inertial(0.01, "0 0 0")}
            ${joint("THJ4")}
            <geom class="looks" name="thbase" type="sphere" size="0.0135"/>
            <body name="thproximal">
              ${inertial(0.016, "0 0 0.017")}
              ${joint("THJ3")}
              <geom class="link" name="thproximal" size="0.013 0.019" pos="0 0 0.019"/>
              <body name="thhub" pos="0 0 0.038">
                ${inertial(0.002, "0 0 0")}
                ${joint("THJ2")}
                <body name="thmiddle">
                  ${inertial(0.016, "0 0 0.016")}
                  ${joint("THJ1")}
                  <geom class="link" name="thmiddle" size="0.011 0.016" pos="0 0 0.016"/>
                  <body name="thdistal" pos="0 0 0.032">
                    ${inertial(0.016, "0 0 0.016")}
                    ${joint("THJ0")}
                    <geom class="tip" name="thdistal" size="0.00918 0.013" pos="0 0 0.013"/>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
    <body name="target" mocap="true" pos="0.2 -0.2 0.25">
      <geom class="looks" name="target" type="cylinder" size="0.015 0.065" rgba="0.2 0.65 0.3 0.6"/>
      <geom class="looks" name="target_grip" type="cylinder" size="0.017 0.02" pos="0 0 -0.0455" rgba="0.1 0.45 0.2 0.6"/>
    </body>
    <body name="pen" pos="0 -0.2 0.25" euler="0 1.57 0" childclass="pen">
      ${["x 1 0 0", "y 0 1 0", "z 0 0 1"].map((axis) => `<joint name="OBJT${axis[0]}" type="slide" axis="${axis.slice(2)}"/>`).join("\n      ")}
      ${["x 1 0 0", "y 0 1 0", "z 0 0 1"].map((axis) => `<joint name="OBJR${axis[0]}" axis="${axis.slice(2)}"/>`).join("\n      ")}
      <geom name="pen" contype="1" conaffinity="1" condim="4" size="0.015 0.065" density="1500"/>
      <geom name="pen_grip" size="0.017 0.02" pos="0 0 -0.0455" rgba="0.85 0.3 0.15 1"/>
      <geom name="pen_button" size="0.013 0.002" pos="0 0 0.067" rgba="0.85 0.3 0.15 1"/>
      <geom name="pen_clip" type="box" size="0.004 0.006 0.03" pos="-0.015 0 -0.0255" rgba="0.85 0.87 0.9 1"/>
      <site name="pen_top" pos="0 0 0.065" size="0.001"/>
      <site name="pen_bottom" pos="0 0 -0.065" size="0.001"/>
    </body>
  </worldbody>
  <contact>
    ${TOUCHING.map(([one, other]) => `<pair geom1="${one}" geom2="${other}"/>`).join("\n    ")}
  </contact>
  <tendon>
    ${FINGERTIP_COUPLED.map((f) => `<fixed name="${f}_coupling" range="-0.001 0.001"><joint joint="${f}J0" coef="0.00705"/><joint joint="${f}J1" coef="-0.00805"/></fixed>`).join("\n    ")}
  </tendon>
  <actuator>
    ${HAND_JOINTS.map(({ name, reach }) => `<position name="${name}" joint="${name}" kp="${name.startsWith("WR") ? 10 : 1}" ctrlrange="${reach.join(" ")}"/>`).join("\n    ")}
  </actuator>
</mujoco>
`;
}
