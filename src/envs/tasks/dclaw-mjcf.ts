/** A finger: the prefix of its bodies, the names of its joints, and where it sits on the claw's disc. */
const FINGERS = [
  {
    name: "FF",
    links: ["FF10", "FFL11", "FFL12"],
    joints: ["FFJ10", "FFJ11", "FFJ12"],
    at: "0.03 -0.052 0.003",
    turn: "0.9663899781 0 0 0.2570805519",
  },
  {
    name: "MF",
    links: ["MF20", "MFL21", "MFL22"],
    joints: ["MFJ20", "MFJ21", "MFJ22"],
    at: "0.03 0.052 0.003",
    turn: "0.2674988286 0 0 0.9635581854",
  },
  {
    name: "TH",
    links: ["TH30", "THL31", "THL32"],
    joints: ["THJ30", "THJ31", "THJ32"],
    at: "-0.06 0 0.003",
    turn: "0.7073882692 0 0 -0.7068251811",
  },
] as const;

/** Names of the nine claw joints, in the order of actions and observations. */
export const CLAW_JOINTS: readonly string[] = FINGERS.flatMap(({ joints }) => joints);

const box = (material: string, size: string, pos: string, more = "") =>
  `<geom type="box" size="${size}" pos="${pos}" material="${material}" ${more}/>`;
/** The two sides of a bracket and the plate that joins them; `wide` along x or along y. */
const bracket = (wide: "x" | "y") =>
  wide === "x"
    ? box("metal", "0.0214 0.0125 0.003", "0 0 0.026") +
      box("metal", "0.0012 0.011 0.016", "0.02 0 0.013") +
      box("metal", "0.0012 0.011 0.016", "-0.02 0 0.013")
    : box("metal", "0.0125 0.0214 0.003", "0 0 0.026") +
      box("metal", "0.011 0.0012 0.016", "0 0.02 0.013") +
      box("metal", "0.011 0.0012 0.016", "0 -0.02 0.013");
const motor = box("motor", "0.0175 0.015 0.024", "0 0 0.056") + box("motor", "0.019 0.014 0.006", "0 0 0.033");

/** Mass kg, height of the centre of mass m, and diagonal of the inertia, kg·m²; its axes are turned by 90° about z. */
const weighs = (mass: number, height: number, diagonal: string) =>
  `<inertial mass="${mass}" pos="0 0 ${height}" quat="0.7071067811865476 0 0 0.7071067811865476" diaginertia="${diagonal}"/>`;

/** Three hinges in a row: one that swings the finger sideways, two that bend it. */
function finger({ name, links, joints, at, turn }: (typeof FINGERS)[number]): string {
  return `
        <body name="${name}base" pos="${at}" quat="${turn}">
          ${box("motor", "0.024 0.0175 0.015", "0.012 0 0.014")}
          <body name="${links[0]}" pos="0 0 0.01425" quat="0.0007963267107 0 0 0.9999996829">
            <joint name="${joints[0]}" axis="0 1 0" range="-0.45 1.35"/>
            ${weighs(0.105, 0.05240952381, "4.006672381e-05 3.901527048e-05 1.977454667e-05")}
            ${bracket("y")}${motor}
            <body name="${links[1]}" pos="0 0 0.0675">
              <joint name="${joints[1]}" axis="1 0 0" range="-2 2"/>
              ${weighs(0.105, 0.05240952381, "4.180902048e-05 3.727297381e-05 1.977454667e-05")}
              ${bracket("x")}${motor}
              <body name="${links[2]}" pos="0 0 0.068">
                <joint name="${joints[2]}" axis="1 0 0" range="-2 2"/>
                ${weighs(0.032, 0.0404375, "1.618845703e-05 1.350291037e-05 5.265945854e-06")}
                ${bracket("x")}
                <geom class="smooth" type="capsule" size="0.011 0.02" pos="0 0 0.053" material="tip"/>
                ${box("metal", "0.0245 0.014 0.003", "0 0 0.03", 'class="smooth"')}
              </body>
            </body>
          </body>
        </body>`;
}

/** A lobe of the valve: a lying capsule. */
const lobe = (material: string, pos: string, quat: string) =>
  `<geom class="smooth" type="capsule" size="0.021 0.035" pos="${pos}" quat="${quat}" material="${material}"/>`;

const servo = (joint: string, range: number) =>
  `    <position name="${joint}" joint="${joint}" kp="2" ctrlrange="${-range} ${range}"/>`;

/**
 * MJCF of DClaw over a valve: three fingers of three position-driven hinges hang at 0.335 m over a three-lobed valve on a
 * hinge about z; nq 10, nv 10, nu 9. The lobe that is a valve angle of 0 points along +x.
 *
 * Angles of the frames are 3.14, 1.57, 0.52 and 2.6 rad, so the fingers are not quite 120° apart. Margins are half of the
 * original's 0.0005 m: since MuJoCo 3.5 margins of two geoms are added where the larger one counted before. The valve's
 * motor is a box where the original has a hull of 16 corners; nothing ever touches it.
 */
export const DCLAW_MJCF = `<mujoco model="dclaw">
  <compiler angle="radian" inertiafromgeom="auto"/>
  <option timestep="0.0025" integrator="Euler" cone="elliptic" jacobian="dense" iterations="50" tolerance="1e-10">
    <flag nativeccd="disable" multiccd="disable"/>
  </option>
  <default>
    <joint limited="true" damping="0.1" armature="0.001"/>
    <geom condim="4" friction="1 0.005 0.0001" margin="0.00025"/>
    <position ctrllimited="true"/>
    <default class="smooth"><geom friction="0.2 0.005 0.0001"/></default>
    <default class="ground"><geom condim="3"/></default>
  </default>
  <asset>
    <material name="motor" rgba="0.2 0.22 0.26 1"/>
    <material name="metal" rgba="0.75 0.77 0.8 1"/>
    <material name="tip" rgba="0.2 0.4 0.75 1"/>
    <material name="valve" rgba="0.85 0.6 0.2 1"/>
    <material name="pointer" rgba="0.8 0.2 0.15 1"/>
    <material name="target" rgba="0.2 0.7 0.3 0.7"/>
    <material name="floor" rgba="0.85 0.85 0.83 1"/>
  </asset>
  <worldbody>
    <light directional="true" pos="0.5 -0.5 1.5" dir="-0.3 0.3 -1"/>
    <geom name="floor" class="ground" type="plane" size="5 5 0.1" material="floor"/>
    <body name="target" mocap="true" pos="0.12 0 0">
      <geom name="target" type="cylinder" size="0.006 0.05" pos="0 0 0.05" contype="0" conaffinity="0" mass="0" material="target"/>
    </body>
    <body name="mount" pos="0 0 0.335">
      <geom name="mount" class="ground" type="cylinder" size="0.03 0.005" material="motor"/>
      <body name="dClaw" quat="0.0007963267107 0.9999996829 0 0">
        <geom name="disc" type="cylinder" size="0.075 0.004" material="metal"/>${FINGERS.map(finger).join("")}
      </body>
    </body>
    <body name="object" pos="0 0 0.0001">
      <body name="valve_base" pos="0 0 0.01">
        <geom name="valve_motor" type="box" size="0.0246 0.0153 0.018" pos="0.01194 -0.00012 0.01804" material="motor"/>
        <body name="valve" pos="0 0 0.038" quat="0.7073882692 0 0 -0.7068251811">
          <joint name="valve_OBJRx" axis="0 0 1" range="-6.28 6.28"/>
          <inertial mass="0.4764350923" pos="0 0 0.05008318937" quat="0.0001811426922 0.7071067562 3.22231332e-05 0.7071067822" diaginertia="0.0009999380117 0.0006127118395 0.0005929049835"/>
          ${lobe("pointer", "0 0.038 0.054", "0.7073882692 0.7068251811 0 0")}
          ${lobe("valve", "-0.034 -0.019 0.054", "0.3536926344 0.3534110916 0.6126170776 0.6121294283")}
          ${lobe("valve", "0.034 -0.019 0.054", "-0.3536665038 -0.3533849817 0.6126321633 0.612144502")}
          <geom name="valve_hub" class="smooth" type="cylinder" size="0.02 0.0275" pos="0 0 0.027" material="valve"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
${FINGERS.flatMap(({ joints }) => [servo(joints[0], 0.48), servo(joints[1], 1.57), servo(joints[2], 1.57)]).join("\n")}
  </actuator>
</mujoco>
`;
