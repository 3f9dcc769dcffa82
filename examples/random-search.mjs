/**
 * A policy player of one's own: augmented random search (Mania, Guy, Recht 2018) in the model.
 *
 *   policy   u = tanh(s K), K [observation size, action size], explored with noise of standard deviation 0.1
 *   move     for some random directions δ, J(K ± σδ, M) by rollouts in every member; K + α Σ (J⁺ − J⁻) δ / (directions · std J)
 *
 * examples/own-player.mjs trains it.
 */
import { modelRollouts, networkActor, operators } from "stackelberg";
import { z } from "zod";

const { add, input, matmul, mul, tanh } = operators;
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

/** Its settings: each with bounds and a help line, as those of every player. */
const groups = {
  search: z.strictObject({
    moves: z.number().int().min(1).max(1000).describe("moves of an iteration"),
    directions: z.number().int().min(1).max(1000).describe("random directions of a move"),
    radius: z.number().positive().max(10).describe("σ: how far away K is tried"),
    stepSize: z.number().positive().max(10).describe("α"),
    starts: z.number().int().min(1).max(1000).describe("states of ρ that each K is rolled out from, in every member"),
  }),
};

/** π as nodes of a graph, and the numbers that it is fed. */
const network = ({ gains, n, m }) => ({
  key: ["linear", n, m],
  nodes(prefix) {
    const K = input(`${prefix}.gains`, [n, m]);
    const act = (s) => tanh(matmul(s, K));
    return { inputs: [K], mean: act, act: (s, noise) => add(act(s), mul(0.1, noise)) };
  },
  tensors: (prefix) => ({ [`${prefix}.gains`]: { shape: [n, m], data: gains } }),
});

/** @type {import("stackelberg").PolicyKind<any, any, any, any>} */
export const randomSearch = {
  title: "augmented random search of a linear policy",
  groups,
  paper: () => ({ search: { moves: 4, directions: 8, radius: 0.3, stepSize: 0.5, starts: 8 } }),
  lookAhead: ({ search }) => ({ discount: 1, rolloutHorizon: 1000, trajectories: search.starts }),
  steps: ({ search }) => search.moves,
  metrics: () => ({}),
  plain: (settings) => settings,
  open(task, { search }) {
    const [n, m] = [task.observation.size, task.action.size];
    const lookAhead = randomSearch.lookAhead({ search });
    return {
      lookAhead,
      initial: (rng) => ({ gains: Float32Array.from({ length: n * m }, () => 0.01 * rng.normal()), n, m }),
      async improve(scene, policy, model, _data, rng) {
        const starts = (await scene.initialStates())(search.starts, rng.stream("starts"));
        const play = { task: scene.task, model, rolloutHorizon: lookAhead.rolloutHorizon, terminalMargin: 0 };
        /** J of these gains in each member, with the same draws for all gains. */
        const returns = async (gains) => {
          const tried = { ...play, policy: network({ ...policy, gains }) };
          return (await modelRollouts(scene.compute, tried, starts, rng.stream("rollouts"))).map((r) =>
            mean([...r.returns]),
          );
        };
        const memberReturns = await returns(policy.gains);
        const tries = [];
        for (let i = 0; i < search.directions; i++) {
          const draws = rng.stream("direction", i);
          const delta = policy.gains.map(() => draws.normal());
          const at = async (sign) =>
            mean(await returns(policy.gains.map((k, j) => k + sign * search.radius * delta[j])));
          tries.push({ delta, up: await at(1), down: await at(-1) });
        }
        const all = tries.flatMap(({ up, down }) => [up, down]);
        const spread = Math.sqrt(mean(all.map((x) => (x - mean(all)) ** 2))) || 1;
        const step = (j) => mean(tries.map(({ delta, up, down }) => (up - down) * delta[j])) / spread;
        const gains = policy.gains.map((k, j) => k + search.stepSize * step(j));
        return { policy: { ...policy, gains }, report: { memberReturns } };
      },
      actor: (compute, policy) => networkActor(compute.engines[0], network(policy), task),
      network,
      keep: ({ gains }) => ({ tensors: { "policy/gains": { shape: [n, m], data: gains } }, meta: {}, adamSteps: {} }),
      recall: (from) => ({ gains: from.tensor("policy/gains", Float32Array, n * m), n, m }),
    };
  },
};
