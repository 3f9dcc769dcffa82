import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SMALL_SUITE, undisturbed } from "../support/killed-suites.js";
import { killWorkers } from "../support/killed-workers.js";
import { ENGINES, lacking, queueServer } from "../support/queue-servers.js";

const parent = mkdtempSync(join(tmpdir(), "stackelberg-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
/** One for all engines. */
let whole: ReturnType<typeof undisturbed> | undefined;

for (const engine of ENGINES) {
  const why = lacking(engine);
  describe.skipIf(why !== undefined)(`a queue on ${engine}${why === undefined ? "" : `: ${why}`}`, () => {
    const server = queueServer(engine);
    test("a suite of which workers, runs and the command are killed at random ends bit for bit like one that was never touched", async () => {
      whole ??= undisturbed(parent, { ...SMALL_SUITE, seeds: 1 });
      const place = { parent, whole: await whole, url: server.url() };
      expect(await killWorkers(place, 2, engine === "redis" ? 1 : 2)).toBeGreaterThanOrEqual(1);
    }, 600_000);
  });
}
