import { ALGORITHMS, type Algorithm } from "../../../src/agents/defaults.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import { TINY } from "../../support/tiny-run.js";

const TASKS = ["point-mass", "inverted-pendulum"] as const;

/** All ways by their own players, and the games with players of other kinds. */
const WAYS: readonly { readonly way: Algorithm; readonly policy?: string; readonly name?: string }[] = [
  ...ALGORITHMS.map((way) => ({ way })),
  { way: "pal", policy: "actor-critic", name: "pal-actor-critic" },
  { way: "mal", policy: "trpo", name: "mal-trpo" },
  { way: "gda", policy: "ppo", name: "gda-ppo" },
  { way: "br", policy: "mppi", name: "br-mppi" },
];

/** Runs as small as they can be, of some iterations each: every way at both tasks; in a short soak each way at one of them. */
export function soakSuite(seeds: number, isShort: boolean) {
  const names = WAYS.map(({ way, name }) => name ?? way);
  return {
    name: "soak",
    ways: WAYS.map((entry) => {
      const { way, policy } = entry;
      const groups = resolveSettings({
        algorithm: way,
        task: createTask("point-mass"),
        patches: policy === undefined ? [] : [{ players: { policy } }],
      });
      const tiny = Object.fromEntries(Object.entries(TINY).filter(([group]) => group in groups && group !== "data"));
      return { ...entry, settings: tiny };
    }),
    tasks: [...TASKS],
    ...(isShort && {
      rules: TASKS.map((task, i) => ({ tasks: [task], ways: names.filter((_, j) => j % 2 === i), skip: true })),
    }),
    seeds,
    samples: 140,
    attempts: 1000, // a run that is killed, or has no room on the disk, again and again is none that fails
    settings: {
      data: { initialSamples: 40, samplesPerIteration: 20, wholeEpisodes: false, continueEpisodes: true },
    },
  };
}
