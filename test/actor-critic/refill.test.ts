import { describe, expect, test } from "vitest";
import { type Look, type RefillSettings, refill } from "../../src/actor-critic/refill.js";
import { actionBox } from "../../src/mdp/action-box.js";
import { criticLayout } from "../../src/policy/critics.js";
import { type ActorShape, actorLayout } from "../../src/policy/squashed-policy.js";
import { fillNormal, seeded } from "../../src/random/rng.js";
import { LINE_GRAPHS, lineTask } from "../support/line-task.js";
import { plainAct, plainCritic, plainHeads } from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";
import { type ToyOptions, toyModel } from "../support/toy-dynamics.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const endless = lineTask({ isTerminal: () => false });
const shape: ActorShape = { observationSize: 2, hidden: [4], actionSize: 1 };
const policy = {
  shape,
  parameters: normals(actorLayout(shape).size, 3).map((w) => 0.8 * w),
  inputs: { shift: Float32Array.of(0.25, -0.5), factor: Float32Array.of(1.5, 0.75) },
};
/** Real states, all different. */
const data = { size: 20, observations: normals(40, 1) };
const PUSHES = [0.3, -0.5, 0.9];
const base: RefillSettings = {
  rows: 4,
  steps: 6,
  recentShare: 0,
  recentSamples: 1,
  disagreementCut: null,
  terminalMargin: 0,
};

interface Asked {
  readonly pushes?: readonly number[];
  readonly options?: ToyOptions;
  readonly task?: typeof endless;
  readonly settings?: Partial<RefillSettings>;
  readonly look?: Look | null;
  readonly seed?: number;
}

const refilled = ({
  pushes = PUSHES,
  options = {},
  task = endless,
  settings = {},
  look = null,
  seed = 7,
}: Asked = {}) =>
  refill(
    firstEngine(compute()),
    task,
    policy,
    toyModel(pushes, options).model,
    data,
    { ...base, ...settings },
    look,
    seeded(seed),
  );

/** The same by hand: rows are followed one by one, each through the members in turn, with the draws of its place. */
function byHand({ pushes = PUSHES, options = {}, task = endless, settings = {}, look = null, seed = 7 }: Asked = {}) {
  const { rows, steps: kept, recentShare, recentSamples, disagreementCut, terminalMargin } = { ...base, ...settings };
  const steps = look === null ? kept : Math.max(kept + 1, look.steps);
  const [members, rng] = [pushes.length, seeded(seed)];
  const batch = members * rows;
  const { step } = toyModel(pushes, options);
  const starts = rng.stream("starts");
  const begun = Array.from({ length: batch }, () =>
    starts.uniform() < recentShare
      ? data.size - 1 - starts.integer(Math.min(recentSamples, data.size))
      : starts.integer(data.size),
  );
  const noise = fillNormal(new Float32Array(steps * batch), rng.stream("noise"));
  const chance = fillNormal(new Float32Array(steps * batch), rng.stream("chance"));
  const box = actionBox(task.action);
  const followed = begun.map((row, begin) => {
    let s: readonly number[] = [...data.observations.slice(2 * row, 2 * row + 2)];
    return Array.from({ length: steps }, (_, t) => {
      const member = (Math.floor(begin / rows) + t * (members - 1)) % members; // one back at each step
      const place = member * rows + (begin % rows);
      const { u, logLikelihood } = plainAct(plainHeads(shape, policy.parameters, policy.inputs, s), [
        noise[t * batch + place],
      ]);
      const a = box.centre[0] + box.halfWidth[0] * u[0];
      const heir = (member - 1 + members) % members;
      const [own, other] = [member, heir].map((i) => step(i, s, a).next[0]) as [number, number];
      const { next, reward } = step(member, s, a, options.noise === undefined ? 0 : chance[t * batch + place]);
      const at = {
        t,
        place,
        s,
        u: u[0],
        logLikelihood,
        apart: (own - other) ** 2 / 2, // of two entries, one never changes
        terminal: task.isTerminal(next, terminalMargin),
        reward: options.learnsReward ? reward : task.reward(s, [a], next),
      };
      s = next;
      return at;
    });
  });
  const onData = followed.map(([first]) => first.apart).sort((a, b) => a - b);
  const most =
    disagreementCut === null ? Number.POSITIVE_INFINITY : disagreementCut * onData[Math.floor(0.95 * (batch - 1))];
  const worth = ({ s, u }: { readonly s: readonly number[]; readonly u: number }) => {
    const { low, high } = look!.range;
    const each = Array.from(
      { length: look!.critic.critics },
      (_, c) =>
        (low + high) / 2 + ((high - low) / 2) * plainCritic(look!.critic, look!.parameters, c, policy.inputs, s, [u]),
    );
    return Math.min(...each);
  };
  const returnAt = (row: (typeof followed)[number], t: number): number => {
    if (t === steps - 1) return worth(row[t]);
    if (row[t].terminal) return row[t].reward;
    const stays = row[t].apart > most ? 0 : look!.lambda;
    const ahead = (1 - stays) * worth(row[t + 1]) + stays * returnAt(row, t + 1);
    return row[t].reward + look!.discount * (ahead - look!.temperature * row[t + 1].logLikelihood);
  };
  const all = followed.flatMap((row) => {
    const end = row.findIndex(({ terminal, apart }) => terminal || apart > most);
    const lasts = Math.min(end === -1 ? steps : end + 1, kept);
    return row.slice(0, lasts).map((at) => ({ ...at, value: look === null ? 0 : returnAt(row, at.t) }));
  });
  all.sort((a, b) => a.t - b.t || a.place - b.place);
  return {
    states: all.flatMap(({ s }) => [...s]),
    actions: all.map(({ u }) => u),
    returns: all.map(({ value }) => value),
    ended: 1 - all.length / (kept * batch),
    disagreement: onData.reduce((a, b) => a + b, 0) / batch,
  };
}

/** float32 over some steps. */
const near = (list: readonly number[]) => list.map((x) => expect.closeTo(x, 4));

async function expectByHand(asked: Asked) {
  const [got, expected] = [await refilled(asked), byHand(asked)];
  expect(Array.from(got.states)).toEqual(near(expected.states));
  expect(got.ended).toBeCloseTo(expected.ended, 10);
  expect(got.disagreement).toBeCloseTo(expected.disagreement, 5);
  return got;
}

describe("returns along rollouts", () => {
  const critic = { observationSize: 2, actionSize: 1, hidden: [5], critics: 2 };
  const look: Look = {
    steps: 9,
    lambda: 0.8,
    discount: 0.9,
    critic,
    parameters: normals(criticLayout(critic).size, 5),
    temperature: 0.3,
    range: { low: -12, high: 6 },
  };
  const going = lineTask({ isTerminal: () => false, graphs: LINE_GRAPHS }); // their `alive` is not asked
  const ending = lineTask({ isTerminal: (next) => Math.abs(next[0]) > 1, graphs: LINE_GRAPHS });

  test.each([
    ["", {}],
    ["where rows end", { task: ending, options: { noise: 0.4 } }],
    ["where rewards are learned", { options: { noise: 0.2, learnsReward: true } }],
    ["where members disagree", { options: { noise: 1 }, settings: { disagreementCut: 0.5 } }],
    ["that are followed no further than the states that are kept, and one step", { look: { ...look, steps: 2 } }],
    ["in one member", { pushes: [0.4] }],
  ] as [string, Asked][])("come with states and actions %s", async (_, asked) => {
    const full = { look, task: going, ...asked };
    const got = await expectByHand(full);
    const expected = byHand(full);
    expect(Array.from(got.actions)).toEqual(near(expected.actions));
    expect(got.returns).toHaveLength(got.states.length / 2);
    for (const [i, y] of got.returns.entries()) expect(Math.abs(y - expected.returns[i])).toBeLessThan(1e-3);
    expect(Math.max(...got.returns) - Math.min(...got.returns)).toBeGreaterThan(1);
  });

  test("are not asked for without a look: then there are states alone", async () => {
    const { actions, returns } = await refilled();
    expect([actions.length, returns.length]).toEqual([0, 0]);
  });
});

describe("states of a refill", () => {
  test("begin at real states, and each comes from its predecessor by the member that had it then", async () => {
    const { states, ended } = await expectByHand({});
    expect(ended).toBe(0);
    expect(states).toHaveLength(2 * 3 * base.rows * base.steps);
    for (let i = 0; i < 3 * base.rows; i++) {
      const s = [...states.slice(2 * i, 2 * i + 2)];
      const real = Array.from({ length: data.size }, (_, row) => [...data.observations.slice(2 * row, 2 * row + 2)]);
      expect(real).toContainEqual(s);
    }
  });

  test.each([
    ["of one member", { pushes: [0.4] }],
    ["of two", { pushes: [0.4, -0.7] }],
    ["with noise, of which each row has its own", { options: { noise: 0.4 } }],
    ["where the reward is learned, which matters for nothing here", { options: { learnsReward: true } }],
    ["of one step", { settings: { steps: 1 } }],
    ["of one row in each member", { settings: { rows: 1 } }],
  ] as [string, Asked][])("%s", async (_, asked) => {
    await expectByHand(asked);
  });

  test.each([
    [1, 1, 5],
    [1, 5, 5],
    [1, 1000, 20], // more than there are
    [0, 1, 20],
    [0.5, 3, 20],
  ])(
    "a share of %d of them begins in the newest %d of the real states: all are of the newest %d",
    async (recentShare, recentSamples, among) => {
      const { states } = await expectByHand({ settings: { rows: 100, steps: 1, recentShare, recentSamples } });
      const rowOf = (x: number) =>
        Array.from({ length: data.size }, (_, row) => row).find((row) => data.observations[2 * row] === x)!;
      const begun = Array.from({ length: states.length / 2 }, (_, i) => rowOf(states[2 * i]));
      expect(Math.min(...begun)).toBeGreaterThanOrEqual(data.size - among);
      const recent = begun.filter((row) => row >= data.size - recentSamples).length / begun.length;
      const expected = recentShare + (1 - recentShare) * Math.min(1, recentSamples / data.size);
      expect(Math.abs(recent - expected)).toBeLessThan(0.15); // five standard deviations of 300 draws, 0.029 at most
    },
  );

  test("end where a row is terminal, and it is terminal in whichever member comes next", async () => {
    const task = lineTask({ isTerminal: (next) => Math.abs(next[0]) > 1 });
    const { ended, states } = await expectByHand({ task, options: { noise: 0.4 } });
    expect(ended).toBeGreaterThan(0.1);
    expect(ended).toBeLessThan(0.9);
    const real = 2 * 3 * base.rows; // where they begin is kept, wherever that is
    for (let i = real; i < states.length; i += 2) expect(Math.abs(states[i])).toBeLessThanOrEqual(1);
  });

  test("end earlier with a margin", async () => {
    const task = lineTask({ isTerminal: (next, margin = 0) => Math.abs(next[0]) > 1.5 * (1 - margin) });
    const [wide, narrow] = [
      await expectByHand({ task }),
      await expectByHand({ task, settings: { terminalMargin: 0.4 } }),
    ];
    expect(narrow.ended).toBeGreaterThan(wide.ended);
  });

  test("end where two members are further apart than nearly all real states are", async () => {
    const asked = { options: { noise: 1 }, settings: { steps: 10, rows: 8 } };
    const none = await expectByHand(asked);
    const some = await expectByHand({ ...asked, settings: { ...asked.settings, disagreementCut: 1 } });
    const more = await expectByHand({ ...asked, settings: { ...asked.settings, disagreementCut: 0.5 } });
    expect(none.ended).toBe(0);
    expect(some.ended).toBeGreaterThan(0);
    expect(more.ended).toBeGreaterThan(some.ended);
    expect(more.ended).toBeLessThan(1);
  });

  test("never end by a cut in an ensemble of one member", async () => {
    const { ended, disagreement } = await expectByHand({ pushes: [0.4], settings: { disagreementCut: 0.001 } });
    expect([ended, disagreement]).toEqual([0, 0]);
  });

  test("are the stream's alone, and leave real states and policy as they were", async () => {
    const given = () => structuredClone({ policy, data });
    const before = given();
    const once = await refilled();
    expect(await refilled()).toEqual(once);
    expect((await refilled({ seed: 8 })).states).not.toEqual(once.states);
    expect(given()).toEqual(before);
  });
});
