/**
 * A policy player of one's own at the game: PAL, with examples/random-search.mjs in the policy player's seat.
 *
 *   node examples/own-player.mjs
 */
import { createTask, resolveSettings, train } from "stackelberg";
import { openNodeCompute } from "stackelberg/node";
import { randomSearch } from "./random-search.mjs";

const task = createTask("point-mass");
const players = { policies: { "random-search": randomSearch } };
const settings = resolveSettings({
  algorithm: "pal",
  task,
  players,
  patches: [{ players: { policy: "random-search" }, data: { maxSamples: 1500 } }],
});
const compute = await openNodeCompute();

try {
  for await (const { metrics } of train({ algorithm: "pal", task, settings, players, seed: 0, compute })) {
    const { iteration, samples, evaluation, model } = metrics;
    console.log(
      `iteration ${iteration}: ${samples} samples, return ${evaluation?.return.mean.toFixed(2)}, ` +
        `in the model ${model.return.mean.toFixed(2)}`,
    );
  }
} finally {
  await compute.close();
}
