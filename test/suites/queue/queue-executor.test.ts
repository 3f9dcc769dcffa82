import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attemptHere } from "../../../src/suites/executors.js";
import { queueAddress } from "../../../src/suites/queue/address.js";
import { QUEUE_NAME } from "../../../src/suites/queue/connect.js";
import { queueKind } from "../../../src/suites/queue/queue-executor.js";
import { QueueWorker } from "../../../src/suites/queue/queue-worker.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { executorContract } from "../../support/executor-contract.js";
import { ENGINES, lacking, queueServer } from "../support/queue-servers.js";
import { tinySuite } from "../support/tiny-suite.js";

const FAKE_WORK = fileURLToPath(new URL("../../support/fake-work.mjs", import.meta.url));

for (const engine of ENGINES) {
  const why = lacking(engine);
  describe.skipIf(why !== undefined)(`a queue on ${engine}${why === undefined ? "" : `: ${why}`}`, () => {
    const server = queueServer(engine);
    let worker: QueueWorker;
    let over: Promise<void>;
    beforeAll(async () => {
      const address = queueAddress(server.url(), "url", {});
      worker = await QueueWorker.open({
        place: { address, name: QUEUE_NAME, worker: "here:1", patience: 30_000 },
        command: [process.execPath, FAKE_WORK],
        machine: { cores: 4, memory: 2 ** 30 },
        most: 4,
        untilEmpty: false,
        say: () => {},
      });
      over = worker.run();
    });
    afterAll(async () => {
      worker.stop();
      await over;
    });
    const open = (suite = tinySuite(temporaryDirectory(), 2), options = {}) =>
      queueKind.open({ suite, command: [], options: { url: server.url(), ...options }, say: () => {} });

    executorContract(`queue on ${engine}`, ({ suite }) => open(suite));

    test("what waits is said with where, and whether a worker is there", async () => {
      const suite = tinySuite(temporaryDirectory(), 2);
      const executor = await open(suite, { name: "nobody" });
      await executor.submit(suite.jobs);
      const at = server.url().replace("test@", "");
      for (const { id } of suite.jobs)
        expect((await executor.status()).get(id)).toEqual({ state: "queued", note: `${at}, where no worker is` });
      await executor.cancel([suite.jobs[0].id]);
      expect([...(await executor.status()).keys()]).toEqual([suite.jobs[1].id]);
      await executor.close();
    });

    test("suites in one queue do not see each other", async () => {
      const [one, other] = [tinySuite(temporaryDirectory(), 2), tinySuite(temporaryDirectory(), 2)];
      const [executor, another] = [await open(one, { name: "both" }), await open(other, { name: "both" })];
      await executor.submit(one.jobs);
      expect([(await executor.status()).size, (await another.status()).size]).toEqual([2, 0]);
      expect(await another.submit(other.jobs)).toBe(2);
      await Promise.all([executor.close(), another.close()]);
    });

    test("many commands that hand in the same at once hand it in once", async () => {
      const suite = tinySuite(temporaryDirectory(), 20);
      const executors = await Promise.all([1, 2, 3].map(() => open(suite, { name: "crowd" })));
      await Promise.all(executors.map((executor) => executor.submit(suite.jobs)));
      expect((await executors[0].status()).size).toBe(20);
      await executors[0].cancel(suite.jobs.map(({ id }) => id));
      expect((await executors[1].status()).size).toBe(0);
      await Promise.all(executors.map((executor) => executor.close()));
    });
  });
}

test("a former attempt is over where its worker says so", () => {
  expect(attemptHere({ STACKELBERG_FORMER_ATTEMPT: "over" })).toEqual({ formerIsOver: true });
  expect(attemptHere({ STACKELBERG_FORMER_ATTEMPT: "unknown" })).toEqual({ formerIsOver: false });
});
