import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Executor } from "../../../src/suites/executor.js";
import { type Suite, writeSuite } from "../../../src/suites/frozen-suite.js";
import { queueAddress } from "../../../src/suites/queue/address.js";
import { forgetSuite } from "../../../src/suites/queue/forget.js";
import { Locks } from "../../../src/suites/queue/locks.js";
import { queueKind } from "../../../src/suites/queue/queue-executor.js";
import { QueueWorker } from "../../../src/suites/queue/queue-worker.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { until } from "../../support/executor-contract.js";
import { ENGINES, lacking, queueServer } from "../support/queue-servers.js";
import { tinySuite } from "../support/tiny-suite.js";

const FAKE_WORK = fileURLToPath(new URL("../../support/fake-work.mjs", import.meta.url));

/** The same, which says before what it knows of the former attempt. */
const TELLING = `
import { appendFileSync } from "node:fs";
import { join } from "node:path";
appendFileSync(join(process.argv[process.argv.indexOf("work") + 1], "former"), process.env.STACKELBERG_FORMER_ATTEMPT + "\\n");
await import(${JSON.stringify(FAKE_WORK)});
`;

for (const engine of ENGINES) {
  const why = lacking(engine);
  describe.skipIf(why !== undefined)(`workers of a queue on ${engine}${why === undefined ? "" : `: ${why}`}`, () => {
    const server = queueServer(engine);
    let queues = 0;
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    /** A suite in a queue of its own, and workers of it. */
    async function handedIn(runs: number, plan = "long") {
      const name = `q${++queues}`;
      const suite = tinySuite(temporaryDirectory(), runs);
      mkdirSync(join(suite.directory, "plans"));
      const telling = join(temporaryDirectory(), "telling.mjs");
      writeFileSync(telling, TELLING);
      for (const { id } of suite.jobs) writeFileSync(join(suite.directory, "plans", id), plan);
      const executor = await queueKind.open({
        suite,
        command: [],
        options: { url: server.url(), name },
        say: () => {},
      });
      closing.push(() => executor.close());
      await executor.submit(suite.jobs);
      const place = { address: queueAddress(server.url(), "url", {}), name };
      async function worker(options: { patience?: number; most?: number; untilEmpty?: boolean; cores?: number } = {}) {
        const { patience = 30_000, most = 2, untilEmpty = false, cores = 4 } = options;
        const said: string[] = [];
        const opened = await QueueWorker.open({
          place: { ...place, worker: "here:1", patience },
          command: [process.execPath, telling],
          machine: { cores, memory: 2 ** 30 },
          most,
          untilEmpty,
          say: (text) => said.push(text),
        });
        let end: "running" | "ended" | Error = "running";
        const over = opened.run().then(
          () => (end = "ended"),
          (error) => (end = error),
        );
        closing.push(async () => {
          for (let i = 0; i < 2; i++) opened.stop();
          await over;
        });
        return { stop: () => opened.stop(), over, said, end: () => end };
      }
      return { suite, executor, worker, place };
    }
    const lines = ({ directory }: Suite, file: string): readonly string[] =>
      existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8").trim().split("\n") : [];
    const states = async (executor: Executor) => [...(await executor.status()).values()].map(({ state }) => state);

    test("a worker that is stopped gives back what it had, and another goes on with it at once", async () => {
      const { suite, executor, worker } = await handedIn(3, "long done");
      const first = await worker();
      await until(() => lines(suite, "started").length === 2);
      expect((await states(executor)).sort()).toEqual(["queued", "running", "running"]);
      first.stop();
      await first.over;
      expect(await states(executor)).toEqual(["queued", "queued", "queued"]);
      expect(lines(suite, "stopped").length).toBe(2);
      const ids = suite.jobs.map(({ id }) => id);
      for (const id of ids) writeFileSync(join(suite.directory, "plans", id), "done");
      const second = await worker({ untilEmpty: true });
      await second.over;
      expect([second.end(), (await executor.status()).size]).toEqual(["ended", 0]);
      expect(lines(suite, "started").length).toBe(5);
    });

    test("no more runs at once than its cores allow, and one that wants more than there is has it to itself", async () => {
      const { suite, worker } = await handedIn(2);
      const one = await worker({ cores: 1, most: 8 });
      await until(() => lines(suite, "started").length === 1);
      await new Promise((done) => setTimeout(done, 300));
      expect(lines(suite, "started").length).toBe(1);
      expect(one.end()).toBe("running");
    });

    test("an engine that goes away is waited for, which is said once, and what was under way is not begun again", async () => {
      const { suite, executor, worker } = await handedIn(2, "long");
      const one = await worker({ most: 1 });
      await until(() => lines(suite, "started").length === 1);
      await server.stop();
      await until(() => one.said.some((text) => / is away \(.*\): waiting for it$/.test(text)));
      await new Promise((done) => setTimeout(done, 1500));
      await server.start();
      mkdirSync(join(suite.directory, "cancelled"));
      writeFileSync(join(suite.directory, "cancelled", suite.jobs[0].id), "");
      await until(() => lines(suite, "started").length === 2);
      expect(lines(suite, "started")).toEqual(suite.jobs.map(({ id }) => id));
      expect(one.said.filter((text) => text.includes("is away")).length).toBe(1);
      expect(one.said.filter((text) => text.endsWith("is back")).length).toBe(1);
      await until(async () => (await executor.status()).size === 1);
    });

    test("a worker that sleeps loses its run to another, which knows that the attempt is over, and stops it when it wakes", async () => {
      const { suite, worker } = await handedIn(1, "long");
      const renew = Locks.prototype.renew;
      let [sleeper, sleeps]: [Locks | undefined, boolean] = [undefined, true];
      vi.spyOn(Locks.prototype, "renew").mockImplementation(async function (this: Locks, held) {
        sleeper ??= this;
        if (this !== sleeper || !sleeps) await renew.call(this, held);
      });
      const one = await worker({ patience: 1000, most: 1 });
      await until(() => lines(suite, "started").length === 1);
      await worker({ patience: 1000 });
      await until(() => lines(suite, "started").length === 2);
      expect(lines(suite, "former")).toEqual(["unknown", "over"]);
      expect(lines(suite, "stopped")).toEqual([]);
      sleeps = false;
      await until(() => one.said.some((text) => text.endsWith(": stopped")));
      expect(one.said.some((text) => /its lock ran out/.test(text))).toBe(true);
      expect([lines(suite, "started").length, lines(suite, "stopped").length]).toEqual([2, 1]);
      vi.restoreAllMocks();
    });

    test("while an engine is away a worker can be stopped", async () => {
      const { suite, worker } = await handedIn(1, "long");
      const one = await worker();
      await until(() => lines(suite, "started").length === 1);
      await server.stop();
      one.stop();
      await one.over;
      await server.start();
      expect([one.end(), lines(suite, "stopped").length]).toEqual(["ended", 1]);
      expect(one.said.at(-1)).toMatch(/could not be told; another worker gets it when the lock has run out/);
    });

    test("where a suite cannot be seen that is said, its run is back in the queue, and it can be taken out of it", async () => {
      const { suite, executor, worker, place } = await handedIn(2);
      renameSync(join(suite.directory, "suite.json"), join(suite.directory, "elsewhere"));
      const one = await worker();
      await one.over;
      expect(String(one.end())).toMatch(/the queue has runs of a suite there, and this machine sees none\. Mount/);
      expect(await states(executor)).toEqual(["queued", "queued"]);
      expect(await forgetSuite(place, suite.directory)).toBe(2);
      expect(await states(executor)).toEqual([]);
    });

    test("runs of a suite that was begun anew in the same place are left out", async () => {
      const { suite, executor, worker } = await handedIn(1);
      const { format, hash, directory, ...content } = suite;
      writeSuite(directory, { ...content, created: "2026-02-02T00:00:00.000Z" });
      const one = await worker({ untilEmpty: true });
      await one.over;
      expect([lines(suite, "started"), (await executor.status()).size]).toEqual([[], 0]);
      expect(one.said).toContain(`${suite.jobs[0].id}: its suite is another by now; left out`);
    });
  });
}

describe("what cannot be reached is one line", () => {
  const setup = (url: string) => ({
    place: { address: queueAddress(url, "url", {}), name: "q", worker: "here:1", patience: 1000 },
    command: [],
    machine: { cores: 1, memory: 1 },
    most: 1,
    untilEmpty: false,
    say: () => {},
  });
  test.each(["redis://127.0.0.1:1", "postgres://127.0.0.1:1"])("%s", async (url) => {
    await expect(QueueWorker.open(setup(url))).rejects.toThrow(
      `${url}: the queue cannot be reached: connect ECONNREFUSED 127.0.0.1:1. Start it`,
    );
  });

  describe.skipIf(lacking("redis") !== undefined)("a password", () => {
    const server = queueServer("redis", "swordfish");
    test("that is wrong, or missing", async () => {
      await expect(QueueWorker.open(setup(server.url().replace("swordfish", "sword")))).rejects.toThrow(
        /^redis:\/\/127.0.0.1:\d+: the queue cannot be reached: WRONGPASS .*Start it, or correct the address, its user and its password/,
      );
      await expect(QueueWorker.open(setup(server.url().replace(":swordfish@", "")))).rejects.toThrow(/NOAUTH/);
    });
  });
});
