import type { Rng } from "../random/rng.js";
import type { Bound } from "../theory/bound.js";
import { equilibriumBound } from "../theory/equilibrium-bound.js";
import { errorAmplification } from "../theory/error-amplification.js";
import { chainOf } from "../theory/finite-mdp.js";
import { performanceDifference } from "../theory/performance-difference.js";
import { randomOptions, randomPairing } from "../theory/random-mdp.js";
import { simulationLemma } from "../theory/simulation-lemma.js";
import { leakingClock, leakingWorld, lostBet, misjudgedRoad, type Pairing } from "../theory/worst-cases.js";

/** One claim of App. A on random MDPs, and on the construction that comes nearest to it. */
export interface BoundRow {
  readonly claim: string;
  readonly inequality: string;
  readonly mdps: number;
  /** The smallest right − left. Rounding can take it a little below 0. */
  readonly smallestSlack: number;
  /** Median and largest of left / right over the random MDPs where right is finite and not negligible. */
  readonly medianRatio: number;
  readonly largestRatio: number;
  /** left / right of the construction. */
  readonly worstCase: { readonly name: string; readonly ratio: number };
}

/** A bound this small is met or missed by rounding. */
const NEGLIGIBLE = 1e-9;
/** How many steps Lemma 2 is followed. */
const STEPS = 40;

const CLAIMS: readonly {
  readonly claim: string;
  readonly inequality: string;
  of(pairing: Pairing): Bound;
  readonly worstCase: { readonly name: string; bound(): Bound };
}[] = [
  {
    claim: "Lemma 1",
    inequality: "|J(π, W) − J(π, M)| ≤ 2γ ε_M R_max / (1 − γ)²",
    of: ({ policy, world, model }) => simulationLemma(policy, world, model),
    worstCase: { name: "leakingWorld(1e-4, 0.99)", bound: () => leakingBound(simulationLemma) },
  },
  {
    claim: "Lemma 2",
    inequality: "D_TV(P_1^t, P_2^t) ≤ εt",
    of: ({ policy, world, model }) =>
      errorAmplification(chainOf(policy, world), chainOf(policy, model), world.initial, STEPS),
    worstCase: {
      name: "leakingClock(0.02, 50)",
      bound: () => {
        const { first, second, initial } = leakingClock(0.02, 50);
        return errorAmplification(first, second, initial, 50);
      },
    },
  },
  {
    claim: "Lemma 3",
    inequality: "|J(π, W) − J(π, M)| ≤ 2γ ε R_max / (1 − γ)²",
    of: ({ policy, world, model }) => performanceDifference(policy, world, model),
    worstCase: { name: "leakingWorld(1e-4, 0.99)", bound: () => leakingBound(performanceDifference) },
  },
  {
    claim: "Theorem 1",
    inequality: "J(π*, W) − J(π, W) ≤ modelling + ε_π + transfer",
    of: ({ policy, world, model }) => equilibriumBound(policy, world, model),
    worstCase: {
      name: "misjudgedRoad(0.9)",
      bound: () => {
        const { policy, world, model } = misjudgedRoad(0.9);
        return equilibriumBound(policy, world, model);
      },
    },
  },
];

function leakingBound(lemma: (...players: [Pairing["policy"], Pairing["world"], Pairing["model"]]) => Bound): Bound {
  const { policy, world, model } = leakingWorld(1e-4, 0.99);
  return lemma(policy, world, model);
}

/** All claims of App. A on so many random MDPs each. Draws from rng. */
export function boundsTable(mdps: number, rng: Rng): readonly BoundRow[] {
  return CLAIMS.map(({ claim, inequality, of, worstCase }) => {
    let smallestSlack = Number.POSITIVE_INFINITY;
    const ratios: number[] = [];
    for (let i = 0; i < mdps; i++) {
      const own = rng.stream(claim, i);
      const { left, right, slack } = of(randomPairing(randomOptions(own.stream("options")), own.stream("pairing")));
      if (!(slack >= smallestSlack)) smallestSlack = slack;
      if (right > NEGLIGIBLE && right < Number.POSITIVE_INFINITY) ratios.push(left / right);
    }
    ratios.sort((a, b) => a - b);
    const { left, right } = worstCase.bound();
    return {
      claim,
      inequality,
      mdps,
      smallestSlack,
      medianRatio: ratios[Math.floor(ratios.length / 2)] ?? Number.NaN,
      largestRatio: ratios[ratios.length - 1] ?? Number.NaN,
      worstCase: { name: worstCase.name, ratio: left / right },
    };
  });
}

/** A line or a cloud of left / right. */
export interface TightnessCurve {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly cloud?: boolean;
}

/** How near left comes to right, over what makes it so. */
export interface TightnessPanel {
  readonly claim: string;
  readonly what: string;
  readonly x: string;
  readonly y: string;
  readonly scale: "log" | "linear";
  readonly curves: readonly TightnessCurve[];
}

const decades = (from: number, to: number, perDecade = 8): readonly number[] =>
  Array.from({ length: (to - from) * perDecade + 1 }, (_, i) => 10 ** (from + i / perDecade));
/** Ratios under this are not drawn. */
const FLOOR = 1e-6;

/** What the figure of docs/paper/theory.md shows. Draws from rng. */
export function tightness(mdps: number, rng: Rng): readonly TightnessPanel[] {
  const pairings = Array.from({ length: mdps }, (_, i) => {
    const own = rng.stream("tightness", i);
    return randomPairing(randomOptions(own.stream("options")), own.stream("pairing"));
  });
  const discount = 0.99;
  const leaks = decades(-4, 2).map((share) => ({ share, epsilon: share * (1 - discount) }));
  const ratio = ({ left, right }: Bound) => left / right;
  const cloud = (label: string, f: (pairing: Pairing) => readonly [number, number]): TightnessCurve => ({
    label,
    cloud: true,
    points: pairings.map(f).filter(([x, y]) => x >= 1e-4 && x <= 100 && y >= FLOOR && y <= 1),
  });
  const leaking = (epsilon: number) => leakingWorld(Math.min(1, epsilon), discount);
  const simulated = ({ policy, world, model }: Pairing) => simulationLemma(policy, world, model);
  const differing = ({ policy, world, model }: Pairing) => performanceDifference(policy, world, model);
  const error = (p: Pairing) => differing(p).modelError.most / (1 - p.world.discount);
  const clock = leakingClock(0.02, 50);
  const attained = errorAmplification(clock.first, clock.second, clock.initial, 50);
  const steady = errorAmplification(clock.second, clock.steady, clock.initial, 50);
  const horizons = decades(-4, -0.5, 6);
  const bets = horizons.map((rest) => {
    const { policy, world, model } = lostBet(1e-3, 1 - rest);
    return { rest, bound: equilibriumBound(policy, world, model) };
  });
  const common = { x: "ε / (1 − γ)", y: "left / right", scale: "log" } as const;
  return [
    {
      ...common,
      claim: "Lemma 1",
      what: "a model that leaks ε a step, γ = 0.99",
      curves: [
        cloud(`${mdps} random MDPs`, (p) => [simulated(p).modelError / (1 - p.world.discount), ratio(simulated(p))]),
        { label: "paper", points: leaks.map(({ share, epsilon }) => [share, ratio(simulated(leaking(epsilon)))]) },
        {
          label: "sharper",
          points: leaks.map(({ share, epsilon }) => [share, ratio(simulated(leaking(epsilon)).sharper)]),
        },
      ],
    },
    {
      claim: "Lemma 2",
      what: "clocks that lose ε = 0.02 a step",
      x: "time t",
      y: "D_TV of the marginals",
      scale: "linear",
      curves: [
        { label: "P_1 leaks ε/(1 − εt)", points: attained.overTime.map(({ left }, t) => [t, left]) },
        { label: "P_2 leaks ε", points: steady.overTime.map(({ left }, t) => [t, left]) },
        { label: "εt", points: attained.overTime.map(({ right }, t) => [t, right]) },
      ],
    },
    {
      ...common,
      claim: "Lemma 3",
      what: "the same leak, and the error's discounted mean",
      curves: [
        cloud(`${mdps} random MDPs`, (p) => [error(p), ratio(differing(p))]),
        cloud("with the mean error", (p) => [error(p), ratio(differing(p).sharper)]),
        { label: "paper", points: leaks.map(({ share, epsilon }) => [share, ratio(differing(leaking(epsilon)))]) },
      ],
    },
    {
      claim: "Theorem 1, modelling",
      what: "a bet that the model has 0.1 % too high",
      x: "1 − γ",
      y: "left / right",
      scale: "log",
      curves: [
        { label: "paper, √D_KL", points: bets.map(({ rest, bound }) => [rest, ratio(bound.modelling)]) },
        { label: "Pinsker, √(D_KL/2)", points: bets.map(({ rest, bound }) => [rest, ratio(bound.sharpPinsker)]) },
        { label: "chain rule", points: bets.map(({ rest, bound }) => [rest, ratio(bound.chainRule)]) },
      ],
    },
  ];
}
