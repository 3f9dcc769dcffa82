import { ConfigError } from "../../errors/errors.js";
import { suggest } from "../../errors/nearest.js";
import { parseSuite, type SuiteSpec } from "../suite-file.js";

/** How much is played: minutes, to see that all of it runs; a night on two cores; the paper's grid. */
export const BUDGETS = ["smoke", "laptop", "paper"] as const;
export type Budget = (typeof BUDGETS)[number];

/** A suite of the paper's by budget; `theory` needs no runs. */
type PaperSuite =
  | { readonly about: string; readonly of: Readonly<Record<Budget, object>> }
  | { readonly about: string; readonly mdps: Readonly<Record<Budget, number>> };

/** Everything as small as it can be: nothing is learned, and every figure has something to draw. */
const SMALL = {
  data: { initialSamples: 200, samplesPerIteration: 200 },
  record: { every: 1 },
  evaluation: { episodes: 2 },
};
const SMALL_GAME = {
  model: { hidden: [8], epochs: 1, ensembleSize: 2, minGradientSteps: 5, maxGradientSteps: 50 },
  policy: { hidden: [8] },
  value: { hidden: [8], epochs: 1 },
  npg: { steps: 1, trajectoriesPerModel: 4, rolloutHorizon: 10 },
};
const SMALL_SAC = { sac: { hidden: [8], updatesPerSample: 0.05, batchSize: 8 } };
/** @param ways the games among the suite's ways; `sac` is made small too where it plays */
const smoke = (samples: number, ways: readonly string[], sac = false) => ({
  seeds: 1,
  samples,
  settings: SMALL,
  keepEvery: 1,
  rules: [{ ways, preset: "npg", settings: SMALL_GAME }, ...(sac ? [{ ways: ["sac"], settings: SMALL_SAC }] : [])],
});
const BOTH = ["pal", "mal"];

/** Games are compared by one policy player, also where another is a task's default. */
const byNpg = (ways: readonly string[]) => ({ ways, preset: "npg" });
const BY_NPG = byNpg(["pal", "mal", "gda", "br"]);
const ROBOTS = ["reacher-7dof", "dclaw-turn", "dkitty-orient", "inhand-pen"];
const FIG2 = {
  about: "Figure 2: the four ways of playing, and SAC, on the four robots, success against samples.",
  ways: ["pal", "mal", "gda", "br", "sac"],
  tasks: ROBOTS,
  figures: [
    {
      name: "fig2",
      title: "Figure 2",
      y: "success",
      threshold: 0.95,
      published: ["dclaw-turn-sac", "dkitty-orient-sac", "dclaw-turn-gda"],
    },
  ],
};

const GYM = ["inverted-pendulum", "hopper", "ant"];
const FIG3 = {
  about:
    "Figures 3 and 5: PAL and MAL, by NPG and by the actor-critic, and SAC on three gym tasks, return against samples.",
  ways: ["pal", "mal", { way: "pal", policy: "actor-critic" }, { way: "mal", policy: "actor-critic" }, "sac"],
  tasks: GYM,
  figures: [
    { name: "fig3-inverted-pendulum", title: "Figures 3 and 5", tasks: ["inverted-pendulum"], threshold: 950 },
    {
      name: "fig3-hopper",
      title: "Figures 3 and 5",
      tasks: ["hopper"],
      threshold: 3000,
      published: ["hopper-mbpo", "hopper-dhmbpo"],
    },
    { name: "fig3-ant", title: "Figures 3 and 5", tasks: ["ant"], threshold: 3000 },
  ],
};

const moves = (dynamics: number, goals: number) => [
  {
    name: "dynamics",
    settings: { task: { changes: [{ atSamples: dynamics, options: { forearm: 1.2 } }] } },
    samples: 2 * dynamics,
  },
  {
    name: "goals",
    settings: { task: { changes: [{ atSamples: goals, options: { goals: "0,0,0.1" } }] } },
    samples: 2 * goals,
  },
];
const FIG4 = {
  about:
    "Figure 4: PAL and MAL on the reacher, with a longer forearm from the middle on, and with goals moved from the middle on.",
  ways: ["pal", "mal"],
  tasks: ["reacher-7dof"],
  figures: [{ name: "fig4", title: "Figure 4", kind: "recovery", y: "goal-error" }],
};

const FIG6 = (at: readonly number[]) => ({
  about: "Figure 6: how far model and world come apart over 25 steps, open and closed loop, as training goes on.",
  ways: ["pal", "mal"],
  tasks: ["dclaw-turn"],
  samples: at[at.length - 1],
  figures: [{ name: "fig6", title: "Figure 6", kind: "rollout-error", at }],
});

const penalty = { disagreementFrom: -10, disagreementTo: -10, disagreementEvery: 10 };
const bonus = { disagreementFrom: 10, disagreementTo: 0, disagreementIterations: 4 };
const ROBUST = {
  about: "Section 4, end: robust players on the pendulum, in worlds with other motors, masses and gravity.",
  ways: ["pal", "mal"],
  tasks: ["inverted-pendulum"],
  variants: [
    { name: "plain" },
    { name: "worst", settings: { robust: { worstShare: 0 } } },
    { name: "cvar", settings: { robust: { worstShare: 0.5 } } },
    { name: "penalty", settings: { robust: penalty } },
    { name: "bonus", settings: { robust: bonus } },
    { name: "entropy", settings: { npg: { entropyCoefficient: 0.1 } } },
  ],
  rules: [
    { ways: ["pal"], variants: ["bonus", "entropy"], skip: true },
    { ways: ["mal"], variants: ["worst", "cvar", "penalty"], skip: true },
    { ways: ["mal"], samples: 1200 },
  ],
};
const perturbed = (factors: object, episodes: number) => ({
  figures: [{ name: "robust", title: "Robust players", kind: "perturbed", threshold: 900, factors, episodes }],
});
const WORLDS = {
  gear: [0.15, 0.2, 0.25, 0.5, 1, 1.5, 2, 2.5, 3],
  mass: [1, 2, 4, 5, 6, 7, 8],
  gravity: [1, 2, 3, 4, 5, 6],
};

/** The paper's suites by name. */
export const PAPER_SUITES: Readonly<Record<string, PaperSuite>> = {
  fig2: {
    about: FIG2.about,
    of: {
      smoke: { ...FIG2, ...smoke(600, BY_NPG.ways, true) },
      laptop: {
        ...FIG2,
        samples: 10_000,
        seeds: 3,
        rules: [
          BY_NPG,
          { tasks: ["inhand-pen"], skip: true },
          { tasks: ["dclaw-turn", "dkitty-orient"], samples: 45_000, seeds: 1 },
          { ways: ["gda", "br", "sac"], seeds: 1 },
          { ways: ["gda", "br", "sac"], tasks: ["dclaw-turn", "dkitty-orient"], skip: true },
        ],
      },
      paper: {
        ...FIG2,
        seeds: 5,
        rules: [
          BY_NPG,
          { tasks: ["reacher-7dof"], samples: 10_000 },
          { tasks: ["dclaw-turn", "dkitty-orient"], samples: 60_000 },
          { tasks: ["inhand-pen"], samples: 120_000 },
          { ways: ["gda"], tasks: ["dclaw-turn", "dkitty-orient"], samples: 500_000 },
          { ways: ["sac"], seeds: 3 },
          { ways: ["sac"], tasks: ["reacher-7dof"], samples: 100_000 },
          { ways: ["sac"], tasks: ["dclaw-turn", "dkitty-orient", "inhand-pen"], samples: 300_000 },
        ],
      },
    },
  },
  fig3: {
    about: FIG3.about,
    of: {
      smoke: { ...FIG3, ways: [...BOTH, "sac"], ...smoke(600, BOTH, true) },
      laptop: {
        ...FIG3,
        seeds: 3,
        rules: [
          byNpg(BOTH),
          { tasks: ["inverted-pendulum"], samples: 3000 },
          { tasks: ["hopper"], samples: 25_000 },
          { tasks: ["ant"], skip: true },
          { ways: ["mal", "pal-actor-critic", "mal-actor-critic", "sac"], tasks: ["hopper"], seeds: 1 },
        ],
      },
      paper: {
        ...FIG3,
        seeds: 5,
        rules: [
          byNpg(BOTH),
          { tasks: ["inverted-pendulum"], samples: 3000 },
          { tasks: ["hopper"], samples: 35_000 },
          { tasks: ["ant"], samples: 50_000, seeds: 3 },
          { ways: ["sac"], tasks: ["inverted-pendulum"], samples: 20_000 },
          { ways: ["sac"], tasks: ["hopper", "ant"], samples: 300_000, seeds: 3 },
        ],
      },
    },
  },
  fig4: {
    about: FIG4.about,
    of: {
      smoke: { ...FIG4, ...smoke(1200, BOTH), variants: moves(600, 400) },
      laptop: { ...FIG4, seeds: 3, variants: moves(10_000, 8000) },
      paper: { ...FIG4, seeds: 5, variants: moves(10_000, 8000) },
    },
  },
  fig6: {
    about: FIG6([0]).about,
    of: {
      smoke: { ...smoke(600, BOTH), ...FIG6([400, 600]) },
      laptop: { ...FIG6([10_000, 20_000, 40_000]), seeds: 1, keepEvery: 2 },
      paper: { ...FIG6([20_000, 40_000, 60_000]), seeds: 5, keepEvery: 2 },
    },
  },
  robust: {
    about: ROBUST.about,
    of: {
      smoke: {
        ...ROBUST,
        ...smoke(400, BOTH),
        ...perturbed({ gear: [0.5, 1, 2] }, 2),
        rules: [...smoke(400, BOTH).rules, ...ROBUST.rules, { samples: 400 }],
      },
      laptop: { ...ROBUST, ...perturbed(WORLDS, 10), samples: 2000, seeds: 3 },
      paper: { ...ROBUST, ...perturbed(WORLDS, 10), samples: 2000, seeds: 5 },
    },
  },
  "table-theory": {
    about: "Appendix A: the bounds on random MDPs, and games whose equilibria are known.",
    mdps: { smoke: 50, laptop: 300, paper: 300 },
  },
};

/** Figure 5 is figure 3, larger. */
const SAME: Readonly<Record<string, string>> = { fig5: "fig3" };

/** All names, `fig5` included. */
export const PAPER_NAMES: readonly string[] = [...Object.keys(PAPER_SUITES), ...Object.keys(SAME)];

/** One of the paper's suites. @throws {ConfigError} where there is none */
export function paperSuite(name: string): { readonly name: string; readonly suite: PaperSuite } {
  const known = Object.hasOwn(SAME, name) ? SAME[name] : name;
  if (!Object.hasOwn(PAPER_SUITES, known))
    throw new ConfigError("suite", `there is no suite of the paper "${name}"`, suggest(name, PAPER_NAMES));
  return { name: known, suite: PAPER_SUITES[known] };
}

/** A suite of the paper as a file would give it; undefined for `table-theory`, which has no runs. @throws {ConfigError} where there is none */
export function paperSpec(name: string, budget: Budget): SuiteSpec | undefined {
  const { name: known, suite } = paperSuite(name);
  return "of" in suite ? parseSuite({ name: `${known}-${budget}`, ...suite.of[budget] }, known) : undefined;
}
