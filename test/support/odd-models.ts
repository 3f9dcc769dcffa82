import * as fc from "fast-check";
import { createTask, taskIds } from "../../src/envs/index.js";
import { compileModel } from "../../src/envs/mujoco/mujoco-model.js";
import { type MujocoTaskSpec, mujocoTask } from "../../src/envs/mujoco/mujoco-task.js";
import { box } from "../../src/envs/spaces.js";
import { StackelbergError } from "../../src/errors/errors.js";

const SOURCES = taskIds().flatMap((id) => createTask(id).mjcf?.() ?? []);
const ODD = [
  "nan",
  "inf",
  "-1",
  "0",
  "1e308",
  "1e-320",
  "-0",
  "",
  "x",
  "0 0 0 0 0 0 0 0 0",
  "99999999999",
  "../x",
  "\u0000",
];
const TAGS = [
  "body",
  "geom",
  "joint",
  "freejoint",
  "site",
  "motor",
  "default",
  "replicate",
  "include",
  "frame",
  "mujoco",
];

/** A place in a text, as a share of all matches of a pattern. */
const at = (text: string, pattern: RegExp, share: number) => {
  const matches = [...text.matchAll(pattern)];
  return matches[Math.floor(share * matches.length)];
};
const replaced = (text: string, found: RegExpMatchArray | undefined, by: string) =>
  found === undefined ? text : text.slice(0, found.index) + by + text.slice(found.index! + found[0].length);

/** Something that goes wrong in a model's text. */
const damage = fc.oneof(
  fc.record({ share: share(), odd: fc.constantFrom(...ODD) }).map(
    ({ share: where, odd }) =>
      (text: string) =>
        replaced(text, at(text, /"[^"]*"/g, where), `"${odd}"`),
  ),
  share().map((where) => (text: string) => replaced(text, at(text, /\s[\w]+="[^"]*"/g, where), "")),
  share().map((where) => (text: string) => replaced(text, at(text, /<[^>]*>/g, where), "")),
  fc.record({ share: share(), tag: fc.constantFrom(...TAGS) }).map(
    ({ share: where, tag }) =>
      (text: string) =>
        replaced(text, at(text, /<(?=[a-z])/g, where), `<${tag} count="3" file="none.xml"/><`),
  ),
  fc
    .record({ share: share(), count: fc.constantFrom("2", "-1", "1000", "100000", "x") })
    .map(({ share: where, count }) => (text: string) => {
      const found = at(text, /<geom[^>]*\/>/g, where);
      return replaced(text, found, `<replicate count="${count}" offset="0 0 1">${found?.[0] ?? ""}</replicate>`);
    }),
  share().map((where) => (text: string) => text.slice(0, Math.floor(where * text.length))),
  fc.record({ share: share(), name: fc.constantFrom("hinge", "free", "ball", "mesh", "hfield", "sphere") }).map(
    ({ share: where, name }) =>
      (text: string) =>
        replaced(text, at(text, /(?<=type=)"[^"]*"/g, where), `"${name}"`),
  ),
);

function share() {
  return fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
}

/** A model of the catalogue with one to three things wrong with it. */
export const oddModels = fc
  .record({ source: fc.constantFrom(...SOURCES), damages: fc.array(damage, { minLength: 1, maxLength: 3 }) })
  .map(({ source, damages }) => damages.reduce((text, wrong) => wrong(text), source));

/** Longest that a model may take, ms. */
const PATIENCE = 20_000;

/** Makes a world of a model and steps it: it works, or an error of ours says why not, in time. @returns which */
export async function tryModel(mjcf: string): Promise<"works" | "refused"> {
  const begun = performance.now();
  const came = await stepped(mjcf);
  const took = performance.now() - begun;
  if (took > PATIENCE) throw new Error(`took ${Math.round(took / 1000)} s`);
  return came;
}

async function stepped(mjcf: string): Promise<"works" | "refused"> {
  try {
    const { nu, opt } = await compileModel("odd-v0", mjcf);
    const world = await mujocoTask(spec(mjcf, nu, opt.timestep)).createWorld();
    try {
      world.reset({ seed: 0 });
      for (let step = 0; step < 3; step++) world.step(new Float64Array(nu));
    } finally {
      world.close();
    }
    return "works";
  } catch (error) {
    if (error instanceof StackelbergError) return "refused";
    throw error;
  }
}

/** A task that asks nothing of its model but numbers. */
const spec = (mjcf: string, controls: number, timestep: number): MujocoTaskSpec => ({
  id: "odd-v0",
  title: "a damaged model",
  options: {},
  mjcf,
  timestep,
  frameSkip: 1,
  observation: box([["x"]]),
  action: box(Array.from({ length: controls }, (_, i) => [`a${i}`, 1] as const)),
  horizon: 10,
  start: (qpos0, qvel0) => ({ qpos: qpos0, qvel: qvel0 }),
  observe: ({ qpos }) => Float64Array.of(qpos[0] ?? 0),
  simulated: { reward: () => 0, isTerminal: () => false },
  reward: () => 0,
  isTerminal: () => false,
});
