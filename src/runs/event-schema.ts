import { z } from "zod";
import { requirement } from "../errors/requirement.js";
import type { RunEvent } from "./events.js";

/**
 * What a line of `metrics.jsonl` must have, so that all that reads it has what it needs: figures, tables, `info`, a run
 * that goes on. Entries that came in later versions may be absent, and unknown ones stay.
 *
 * Entries stand in the order in which they are written: what is read and written again is the same text.
 */

/** JSON has no NaN and writes null. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const numbers = z.array(number);
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();
const counter = z.number().int().min(0);
const seconds = z.number().min(0);

const returned = z.looseObject({ mean: number, std: number, episodes: number });
const goalError = orNull(z.looseObject({ mean: number, last: number })).exactOptional();
const share = orNull(z.number());

const turns = z
  .array(z.looseObject({ options: z.record(z.string(), z.string()), return: returned, success: share, goalError }))
  .exactOptional();

const pair = {
  modelError: z.looseObject({ mean: number, max: number, byTime: numbers }),
  totalVariation: z.looseObject({ mean: number, max: number }),
  return: z.looseObject({ world: number, model: number }),
};

const iteration = z.looseObject({
  type: z.literal("iteration"),
  iteration: counter.min(1),
  samples: counter,
  evaluation: orNull(z.looseObject({ return: returned, success: share, goalError, turns })),
  model: orNull(
    z.looseObject({
      return: z.looseObject({ mean: number, perMember: numbers }),
      freshLoss: z.looseObject({ before: number, after: number }),
      freshLossByDimension: numbers,
      fitLoss: number,
      gradientSteps: number,
    }),
  ),
  world: z.looseObject({ return: returned, success: share, goalError, episodeLength: number }),
  gap: number,
  policy: z
    .looseObject({
      kl: numbers,
      stepLength: numbers,
      cgResidual: numbers,
      cgValue: numbers.exactOptional(),
      surrogateGain: numbers,
      backtracks: numbers,
      entropy: numbers,
      gradientNorm: numbers,
      syntheticSamples: numbers.exactOptional(),
      modelReturn: numbers.exactOptional(),
    })
    .exactOptional(),
  value: z.looseObject({ explainedVariance: numbers }).exactOptional(),
  robust: orNull(
    z.looseObject({ memberWeights: z.array(numbers), disagreement: z.array(orNull(z.number())), bonus: numbers }),
  ).exactOptional(),
  actorCritic: z
    .looseObject({
      updates: counter,
      actorValue: number,
      value: number,
      criticLoss: number,
      entropy: number.exactOptional(),
      targetEntropy: number.exactOptional(),
      temperature: number.exactOptional(),
      alive: number.exactOptional(),
      ended: number.exactOptional(),
      disagreement: number.exactOptional(),
      range: z.tuple([number, number]).exactOptional(),
      discount: number.exactOptional(),
    })
    .exactOptional(),
  expansion: z.looseObject({ horizon: number, weights: numbers, spreads: numbers }).exactOptional(),
  mpc: z
    .looseObject({
      memberSpread: number,
      spread: orNull(number),
      rounds: number,
      explainedVariance: orNull(z.number()),
    })
    .exactOptional(),
  meter: orNull(
    z.looseObject({
      ...pair,
      gap: number,
      policyGap: orNull(z.number()),
      maxReward: number,
      reference: orNull(z.looseObject(pair)),
      bound: z.looseObject({
        model: number,
        stepwise: number,
        transfer: orNull(z.number()),
        total: orNull(z.number()),
        trivial: number,
      }),
    }),
  ).exactOptional(),
  seconds: z.looseObject({ sample: seconds, fit: seconds, improve: seconds, evaluate: seconds, total: seconds }),
});

const event = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("start"),
    iteration: counter,
    date: z.string().refine((date) => !Number.isNaN(Date.parse(date)), "must be a date"),
    version: z.string(),
  }),
  z.looseObject({
    type: z.literal("task-change"),
    iteration: counter,
    samples: counter,
    atSamples: z.number(),
    options: z.record(z.string(), z.string()),
  }),
  iteration,
  z.looseObject({
    type: z.literal("end"),
    reason: z.enum(["finished", "interrupted", "failed"]),
    iteration: counter,
    message: z.string().exactOptional(),
  }),
]);

/** The event of one line, or what is wrong with it. */
export function parseEvent(text: string): { readonly event: RunEvent } | { readonly wrong: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { wrong: "not JSON" };
  }
  const parsed = event.safeParse(json);
  if (parsed.success) return { event: parsed.data as RunEvent }; // without `robust` and `meter` where a run is older than they are
  const issue = parsed.error.issues[0];
  return { wrong: `${issue.path.join(".") || "all of it"} ${requirement(issue)}` };
}
