import { expect, test } from "vitest";
import { networkActor } from "../../src/mdp/actor.js";
import { actingNet } from "../../src/policy/gaussian-policy.js";
import { plainActor } from "../../src/policy/plain-actor.js";
import { normals, somePolicy } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();

test.each([[[6, 5]], [[]], [[64, 64]]])(
  "a policy of layers %j acts as its network does on an engine",
  async (hidden) => {
    const policy = somePolicy({ observationSize: 4, hidden, actionSize: 2 }, 1);
    const spaces = { observation: { size: 4 }, action: { size: 2 } } as Parameters<typeof networkActor>[2];
    const onEngine = await networkActor(firstEngine(compute()), actingNet(policy), spaces);
    const plain = plainActor(policy);
    const [states, noise] = [normals(4 * 7, 2), normals(2 * 7, 3)];
    const expected = await onEngine.act(states, noise);
    const actions = await plain.act(states, noise);
    await onEngine.release();
    actions.forEach((u, i) => {
      expect(u).toBeCloseTo(expected[i], 4); // float32 sums of 64 products
    });
    expect(await plain.act(states.slice(4, 8), noise.slice(2, 4))).toEqual(actions.slice(2, 4));
  },
);
