import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";
import { undisturbed } from "../suites/support/killed-suites.js";
import { killWorkers } from "../suites/support/killed-workers.js";
import { ENGINES, lacking, queueServer } from "../suites/support/queue-servers.js";

for (const engine of ENGINES) {
  const why = lacking(engine);
  describe.skipIf(why !== undefined)(`a queue on ${engine}${why === undefined ? "" : `: ${why}`}`, () => {
    const server = queueServer(engine);
    test("suites of which workers, runs and the command are killed twenty times end bit for bit like one that was never touched", async () => {
      const parent = temporaryDirectory();
      const place = { parent, whole: await undisturbed(parent), url: server.url() };
      expect(await killWorkers(place, 20, 7)).toBeGreaterThanOrEqual(1);
    }, 3_600_000);
  });
}
