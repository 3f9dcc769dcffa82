import { expect, test } from "vitest";
import type { Algorithm } from "../../src/agents/defaults.js";
import { lineTask } from "../support/line-task.js";
import { type AnyPatch, CONTINUED, playAll, tinySetup } from "../support/tiny-run.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(4);

const RUNS: readonly (readonly [title: string, algorithm: Algorithm, patch: AnyPatch])[] = [
  ["PAL with NPG", "pal", {}],
  ["MAL with NPG", "mal", {}],
  ["PAL with TRPO", "pal", { players: { policy: "trpo" } }],
  ["PAL with the actor-critic", "pal", { players: { policy: "actor-critic" }, ...CONTINUED }],
  ["MAL with the actor-critic", "mal", { players: { policy: "actor-critic" }, ...CONTINUED }],
  ["a planner", "pets", CONTINUED],
  ["model-based policy optimisation", "mbpo", CONTINUED],
  ["STEVE", "steve", CONTINUED],
];

test.for(RUNS)(
  "%s gives the same bits on 1, 2, 3 and 4 engines",
  { timeout: 120_000 },
  async ([, algorithm, patch]) => {
    const on = async (engines: number) => {
      const run = await playAll(tinySetup(algorithm, lineTask(), only(compute(), engines), patch), 2);
      return run.map(({ metrics, snapshot }) => ({ metrics, tensors: snapshot.tensors }));
    };
    const one = await on(1);
    expect(one).toHaveLength(2);
    for (const engines of [2, 3, 4]) expect(await on(engines)).toEqual(one);
  },
);
