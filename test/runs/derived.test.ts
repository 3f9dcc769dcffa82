import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import crc32c from "crc-32/crc32c.js";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/compute/protobuf.js";
import { COLUMNS, CSV_HEADER, csvLine } from "../../src/runs/csv.js";
import { DerivedFiles } from "../../src/runs/derived.js";
import type { IterationEvent, StartEvent } from "../../src/runs/events.js";
import { maskedCrc, TENSORBOARD } from "../../src/runs/tensorboard.js";
import { criticEvent, fakeEvent, temporaryDirectory } from "./support/fake.js";

const start: StartEvent = { type: "start", iteration: 0, date: "2026-01-01T00:00:00.000Z", version: "0" };

describe("metrics.csv", () => {
  test("has a number per column, nothing where there is none", () => {
    const names = CSV_HEADER.trimEnd().split(",");
    const cells = csvLine(fakeEvent(2)).trimEnd().split(",");
    expect(cells).toHaveLength(names.length);
    const cell = (name: string) => cells[names.indexOf(name)];
    expect(cell("samples")).toBe("200");
    expect(Number(cell("evaluation/return"))).toBe(fakeEvent(2).evaluation!.return.mean);
    expect(cell("evaluation/success")).toBe("");
    expect([cell("world/goal_error"), cell("world/goal_error_last")]).toEqual(["0.5", "0.2"]);
    expect(cell("evaluation/goal_error")).toBe(""); // a run of a version that had none
    expect(Number(cell("policy/kl"))).toBeCloseTo(0.025, 12); // mean of 0.024 and 0.026
    expect(cell("policy/synthetic_samples")).toBe("2010"); // sum of 1000 and 1010
    const unevaluated = csvLine({ ...fakeEvent(2), evaluation: null }).split(",");
    expect(unevaluated[names.indexOf("evaluation/return")]).toBe("");
  });

  test("has what critics say where they play, and the entropy of either kind in one column", () => {
    const names = CSV_HEADER.trimEnd().split(",");
    const cells = csvLine(criticEvent(2)).trimEnd().split(",");
    const cell = (name: string) => cells[names.indexOf(name)];
    expect(names.filter((name) => name.startsWith("actor_critic/")).map(cell)).not.toContain("");
    expect([cell("actor_critic/range_low"), cell("actor_critic/range_high")]).toEqual(["0", "120"]);
    expect([cell("policy/entropy"), cell("actor_critic/target_entropy")]).toEqual(["-0.9", "-1"]);
    expect(cell("policy/kl")).toBe("");
  });

  test("has the last NPG step's disagreement, and nothing for what is off or older than it", () => {
    const names = CSV_HEADER.trimEnd().split(",");
    const cell = (event: IterationEvent, name: string) => csvLine(event).trimEnd().split(",")[names.indexOf(name)];
    expect(cell(fakeEvent(2), "robust/disagreement")).toBe("0.2");
    expect(cell(fakeEvent(2), "meter/bound_total")).toBe("350.5");
    const { robust: _, meter: __, ...older } = fakeEvent(2);
    for (const event of [{ ...fakeEvent(2), robust: null, meter: null }, older as IterationEvent]) {
      for (const name of ["robust/disagreement", "robust/bonus", "meter/gap", "meter/reference_world_return"])
        expect(cell(event, name)).toBe("");
    }
  });
});

/** The records of an event file, each with its checksums checked. */
function recordsOf(file: Buffer): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    records.push(data);
    at += length + 16;
  }
  return records;
}

describe("the TensorBoard file", () => {
  test("uses CRC-32C with the mask of the record format", () => {
    expect(crc32c.buf(Buffer.from("123456789")) >>> 0).toBe(0xe3069283); // the check value of CRC-32C
    expect(maskedCrc(Buffer.alloc(0))).toBe(0xa282ead8); // CRC of nothing is 0: the mask alone
    const crc = 0xe3069283;
    const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
    expect(maskedCrc(Buffer.from("123456789"))).toBe((rotated + 0xa282ead8) % 2 ** 32);
  });

  test("holds every scalar of every iteration at its number of samples, times from the start on", () => {
    const run = temporaryDirectory();
    const files = new DerivedFiles(run, [start, fakeEvent(1)]);
    files.add(fakeEvent(2));
    const name = readdirSync(run).find((file) => file.includes("tfevents"))!;
    const events = recordsOf(readFileSync(join(run, name))).map(
      (record) =>
        decodeMessage(TENSORBOARD, "Event", record) as {
          readonly step: number;
          readonly wallTime: number;
          readonly fileVersion: string;
          readonly summary: { readonly value: readonly { readonly tag: string; readonly simpleValue: number }[] };
        },
    );
    const begin = Date.parse(start.date) / 1000;
    expect(events[0]).toEqual({ wallTime: begin, step: 0, fileVersion: "brain.Event:2" });
    expect(events.slice(1).map(({ step, wallTime }) => [step, wallTime])).toEqual([
      [100, begin + 1],
      [200, begin + 2],
    ]);
    const values = Object.fromEntries(events[2].summary.value.map(({ tag, simpleValue }) => [tag, simpleValue]));
    expect(values["evaluation/return"]).toBe(Math.fround(fakeEvent(2).evaluation!.return.mean));
    expect(values).not.toHaveProperty("evaluation/success"); // null
    expect(Object.keys(values)).toEqual(
      Object.keys(COLUMNS).filter(
        (tag) => !/^samples$|success$|^evaluation.goal_error|^actor_critic|^mpc|^expansion/.test(tag),
      ),
    );
  });

  test("and metrics.csv are the same whether they grew or were made anew", () => {
    const [grown, anew] = [temporaryDirectory(), temporaryDirectory()];
    const files = new DerivedFiles(grown, [start]);
    for (const k of [1, 2, 3]) files.add(fakeEvent(k));
    new DerivedFiles(anew, [start, fakeEvent(1), fakeEvent(2), fakeEvent(3)]);
    const contents = (run: string) => readdirSync(run).map((name) => readFileSync(join(run, name)));
    expect(contents(grown)).toEqual(contents(anew));
  });
});
