import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { playRun } from "../../src/runs/play-run.js";
import { RunStore } from "../../src/runs/store.js";
import { fakeCompute, fakeConfig, fakePlayer, fakeTask, fakeTrain, temporaryDirectory } from "./support/fake.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("iterations that are over leave the memory, in a run that can be stopped too", async () => {
  const iterations: WeakRef<object>[] = [];
  let most = 0;
  const train: typeof fakeTrain = async function* (setup) {
    for await (const iteration of fakeTrain(setup)) {
      iterations.push(new WeakRef(iteration));
      yield iteration;
      await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds on until the end of its turn
      collectGarbage();
      most = Math.max(most, iterations.filter((reference) => reference.deref() !== undefined).length);
    }
  };
  const store = RunStore.create(join(temporaryDirectory(), "run"), fakeConfig(1200));
  const stops = { soon: new AbortController().signal, now: new AbortController().signal };
  try {
    await playRun({ store, task: fakeTask, compute: fakeCompute, player: { ...fakePlayer, train }, stops });
  } finally {
    store.close();
  }
  expect(iterations.length).toBe(12);
  expect(most).toBeLessThanOrEqual(2); // the last one, and one that the generator still has at hand
});
