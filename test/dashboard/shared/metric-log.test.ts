import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MetricLog } from "../../../src/dashboard/shared/metric-log.js";
import { criticEvent, fakeEvent } from "../../runs/support/fake.js";

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const started = { type: "start", iteration: 0, date: "2026-01-01T00:00:00Z", version: "0.1.0" };

describe("the lines of a run as columns", () => {
  test("hold every number of every line, whatever pieces the lines came in", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.integer({ min: 1, max: 40 })), (count, cuts) => {
        const events = Array.from({ length: count }, (_, i) => fakeEvent(i + 1));
        const log = new MetricLog();
        let at = 0;
        for (const cut of [...cuts, count]) {
          log.add(
            events
              .slice(at, at + cut)
              .map(line)
              .join(""),
          );
          at += cut;
        }
        expect([...log.column("samples")]).toEqual(events.map(({ samples }) => samples));
        expect([...log.column("lossAfter")]).toEqual(events.map(({ model }) => model!.freshLoss.after));
        expect(log.elapsed().at(-1)).toBeCloseTo(count, 9); // a second each
        expect([...log.listEntry("memberReturns", 1)]).toEqual(events.map(({ model }) => model!.return.perMember[1]));
        expect([...log.list("kl", count - 1)]).toEqual(events[count - 1].policy!.kl);
      }),
      { numRuns: 30 },
    ));

  test("tell changes of the task from lines that are no events", () => {
    const log = new MetricLog();
    const change = { type: "task-change", iteration: 2, samples: 200, atSamples: 150, options: { forearm: "1.2" } };
    log.add(line(started) + line(fakeEvent(1)) + line(change) + line(fakeEvent(2)));
    expect(log.taskChanges).toEqual([change]);
    expect([log.broken, log.count]).toEqual([[], 2]);
  });

  test("hold what one kind of player says, and miss it only where that kind plays", () => {
    const log = new MetricLog();
    log.add(line(fakeEvent(1)) + line(criticEvent(2)));
    expect(log.notNumbers).toEqual([]);
    expect([...log.column("criticLoss")]).toEqual([Number.NaN, 0.002]);
    expect([...log.column("rangeHigh")]).toEqual([Number.NaN, 120]);
    expect([...log.list("kl", 1)]).toEqual([]);
    const lost = criticEvent(3, { criticLoss: Number.NaN }); // JSON writes null
    const { targetEntropy: _, ...older } = criticEvent(4).actorCritic!;
    log.add(line(lost) + line({ ...criticEvent(4), actorCritic: older }));
    expect(log.notNumbers).toEqual([{ iteration: 3, what: "actorCritic.criticLoss" }]);
  });

  test("put the K steps of iteration k evenly between k − 1 and k", () => {
    const log = new MetricLog();
    log.add(line(fakeEvent(1)) + line(fakeEvent(2)));
    expect([...log.steps("kl").x]).toEqual([0.5, 1, 1.5, 2]);
    expect([...log.steps("kl").y]).toEqual([...fakeEvent(1).policy!.kl, ...fakeEvent(2).policy!.kl]);
  });

  test("go on after lines that are no events, and say which they were", () => {
    const log = new MetricLog();
    log.add(`${line(started)}{"type": "iterat\n${line(fakeEvent(1))}${line({ type: "novelty" })}`);
    log.add(line({ type: "end", reason: "failed", iteration: 1, message: "broke" }));
    expect(log.count).toBe(1);
    expect(log.broken.map(({ line }) => line)).toEqual([2, 4]);
    expect(log.starts).toEqual([started]);
    expect(log.end).toMatchObject({ reason: "failed", message: "broke" });
  });

  test.each([
    [{ type: "iteration" }, "iteration"],
    [{ type: "iteration", iteration: { toString: 1 }, samples: 2 }, "iteration"],
    [{ type: "iteration", iteration: 1, samples: null }, "samples"],
    [{ type: "end" }, "reason"],
    [{ type: "end", reason: "finished", message: {} }, "message"],
    [{ type: "start", iteration: 0 }, "date"],
    [{ type: "task-change", iteration: 1, samples: 1, options: null }, "options"],
  ])("leave out %j, which lacks something that is shown", (event, lacking) => {
    const log = new MetricLog();
    log.add(line(fakeEvent(1)) + line(event));
    expect(log.broken).toEqual([{ line: 2, what: expect.stringContaining(`has no usable "${lacking}"`) }]);
    expect([log.count, log.end, log.starts, log.taskChanges]).toEqual([1, undefined, [], []]);
  });

  test("keep little of what cannot be used, however much there is", () => {
    const log = new MetricLog();
    log.add(line({ type: "x".repeat(1000) }).repeat(3000) + line({ ...fakeEvent(1), gap: null }).repeat(3000));
    expect([log.broken.length, log.notNumbers.length, log.count]).toEqual([1000, 1000, 3000]);
    expect(log.broken[0].what.length).toBeLessThan(100);
  });

  test("an end is no longer the end once the run has gone on", () => {
    const log = new MetricLog();
    log.add(line({ type: "end", reason: "interrupted", iteration: 1 }) + line({ ...started, iteration: 1 }));
    expect(log.end).toBeUndefined();
  });

  test("name what is not a number, and take what may be absent as absent", () => {
    const log = new MetricLog();
    const event = fakeEvent(3);
    log.add(line({ ...event, evaluation: null, gap: null, policy: { ...event.policy, kl: [0.1, null] } }));
    expect(log.notNumbers).toEqual([
      { iteration: 3, what: "gap" },
      { iteration: 3, what: "policy.kl" },
    ]);
    expect(log.column("return")[0]).toBeNaN();
    expect(log.last("return")).toBe(-1);
  });

  test("the world over as many steps as the model is the promise less the gap", () => {
    const log = new MetricLog();
    log.add(line(fakeEvent(2)));
    const { model, gap } = fakeEvent(2);
    expect(log.worldAsImagined()[0]).toBe(model!.return.mean - gap!);
  });
});
