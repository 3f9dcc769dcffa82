import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainSetup } from "../../../src/agents/train.js";
import { RunStore } from "../../../src/runs/store.js";
import { fakeConfig, fakeSettings, fakeTrain } from "../../runs/support/fake.js";

/** A run of the fake trainer with so many iterations, as its process would leave it. */
export async function fakeRun(directory: string, iterations: number, seed = 3): Promise<string> {
  const store = RunStore.create(directory, fakeConfig(1000, seed));
  const setup = { settings: fakeSettings(100 * iterations), seed } as unknown as TrainSetup;
  for await (const iteration of fakeTrain(setup)) store.record(iteration);
  store.end("finished");
  store.close();
  return directory;
}

/** A good run whose networks are small, because they are made anew for every request that looks into a checkpoint. */
export async function smallRun(directory: string): Promise<string> {
  await fakeRun(directory, 2);
  const path = join(directory, "config.json");
  const config = JSON.parse(readFileSync(path, "utf8"));
  for (const player of ["model", "policy", "value"]) config.settings[player].hidden = [4];
  writeFileSync(path, JSON.stringify(config));
  return directory;
}
