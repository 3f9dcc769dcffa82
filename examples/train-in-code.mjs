/**
 * Training as a library call: PAL on the point mass, one line per iteration.
 *
 *   node examples/train-in-code.mjs
 *   npx stackelberg train pal point-mass --samples 1500        the same run as a command
 */
import { createTask, resolveSettings, train } from "stackelberg";
import { openNodeCompute } from "stackelberg/node";

const task = createTask("point-mass");
const settings = resolveSettings({ algorithm: "pal", task, patches: [{ data: { maxSamples: 1500 } }] });
const compute = await openNodeCompute();

try {
  for await (const { metrics } of train({ algorithm: "pal", task, settings, seed: 0, compute })) {
    const { iteration, samples, evaluation, model } = metrics;
    console.log(
      `iteration ${iteration}: ${samples} samples, return ${evaluation?.return.mean.toFixed(2)}, ` +
        `success ${evaluation?.success}, in the model ${model.return.mean.toFixed(2)}`,
    );
  }
} finally {
  await compute.close();
}
