import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TrainSetup } from "../../../src/agents/train.js";
import { RunStore } from "../../../src/runs/store.js";
import { fakeConfig, fakeSettings, fakeTrain } from "../../runs/support/fake.js";
import { fakeRun, smallRun } from "../support/fake-runs.js";
import { askAll, FAKE, manyOddRuns } from "../support/odd-fuzz.js";
import { ODD_KINDS } from "../support/odd-runs.js";
import { uncaughtDuring, withoutRoot } from "../support/process.js";
import { pushes, useDashboards } from "../support/served.js";

const { folder, serve: serveWith } = useDashboards();
const serve = (cwd: string) => serveWith(cwd, FAKE);
const KINDS = Object.entries(ODD_KINDS);

describe("a run that is odd", () => {
  test.each(KINDS)("stops nothing but itself, and its card says why: %s", async (_, { make, says }) => {
    const cwd = folder();
    make(await smallRun(join(cwd, "runs/odd")));
    await fakeRun(join(cwd, "runs/good"), 2);
    const uncaught = await uncaughtDuring(async () => {
      const dashboard = await serve(cwd);
      const { runs } = await pushes(dashboard, () => true);
      const [odd, good] = ["odd", "good"].map((wanted) => runs.find(({ name }) => name === wanted)!);
      expect(odd.problems.join("\n")).toMatch(says);
      expect([good.status, good.problems, good.digest.iterations]).toEqual(["finished", [], 2]);
      await askAll(dashboard, odd.id);
    });
    expect(uncaught).toEqual([]);
  });

  test("may become so, or go, while a page is open", async () => {
    const cwd = folder();
    await fakeRun(join(cwd, "runs/good"), 1);
    const runs = await Promise.all(KINDS.map((_, i) => fakeRun(join(cwd, `runs/odd-${i}`), 2)));
    const gone = await fakeRun(join(cwd, "runs/gone"), 1);
    const uncaught = await uncaughtDuring(async () => {
      const dashboard = await serve(cwd);
      const seen = await pushes(
        dashboard,
        ({ runs }) =>
          !runs.some(({ name }) => name === "gone") &&
          KINDS.every(([, { says }], i) =>
            says.test(runs.find(({ name }) => name === `odd-${i}`)?.problems.join("\n") ?? ""),
          ),
        () => {
          KINDS.forEach(([, { make }], i) => {
            make(runs[i]);
          });
          rmSync(gone, { recursive: true });
        },
      );
      expect(seen.runs).toHaveLength(KINDS.length + 1);
    });
    expect(uncaught).toEqual([]);
  });

  test("ends no training in the same process, of whatever kind it is and whenever it comes", async () => {
    const cwd = folder();
    const store = RunStore.create(join(cwd, "runs/trained"), fakeConfig());
    const uncaught = await uncaughtDuring(async () => {
      const dashboard = await serve(cwd);
      const open = pushes(
        dashboard,
        ({ runs }) => runs.length === KINDS.length + 1 && runs.some(({ status }) => status === "finished"),
      );
      let k = 0;
      for await (const iteration of fakeTrain({ settings: fakeSettings(2400), seed: 3 } as unknown as TrainSetup)) {
        store.record(iteration);
        const kind = KINDS[k++];
        if (kind !== undefined) kind[1].make(await fakeRun(join(cwd, `runs/odd-${k}`), 2));
      }
      store.end("finished");
      store.close();
      const { runs } = await open;
      expect(runs.find(({ name }) => name === "trained")).toMatchObject({ problems: [], digest: { iterations: k } });
    });
    expect(uncaught).toEqual([]);
  });

  test("may have any name", async () => {
    const cwd = folder();
    const names = ["a\nb", "data: x", '"<img src=x onerror=alert(1)>"', "\u2028\u0007\\", "🤖", "..odd", "%2e%2e", " "];
    for (const name of names) await fakeRun(join(cwd, "runs", name), 1);
    mkdirSync(Buffer.concat([Buffer.from(join(cwd, "runs/")), Buffer.of(0xff, 0xfe)])); // no UTF-8: not found
    const dashboard = await serve(cwd);
    const { runs } = await pushes(dashboard, () => true);
    expect(runs.map(({ name }) => name).sort()).toEqual(names.filter((name) => !name.startsWith(".")).sort());
    for (const { id } of runs) await askAll(dashboard, id);
  });

  test("is a run that cannot be shown where this user may not look into it, and shows itself once he may", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/closed"), 1);
    await withoutRoot(cwd, async () => {
      chmodSync(run, 0);
      const dashboard = await serve(cwd);
      const { runs } = await pushes(dashboard, () => true);
      expect(runs).toMatchObject([{ name: "closed", status: "unreadable" }]);
      expect(runs[0].problems.join("\n")).toMatch(/config\.json.*EACCES/);
      await askAll(dashboard, runs[0].id);
      const shown = await pushes(
        dashboard,
        ({ runs }) => runs[0].status === "finished",
        () => chmodSync(run, 0o700),
      );
      expect(shown.runs[0].problems).toEqual([]);
    });
  });

  test("may be any of three hundred, each odd in its own way, while a page is open", async () => {
    const cwd = folder();
    const uncaught = await uncaughtDuring(async () => manyOddRuns(cwd, await serve(cwd), 300));
    expect(uncaught).toEqual([]);
  });
});
