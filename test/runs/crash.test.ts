import * as fs from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { readCheckpoint } from "../../src/runs/checkpoint.js";
import type { RunEvent } from "../../src/runs/events.js";
import { readEvents } from "../../src/runs/metrics-log.js";
import { playRun } from "../../src/runs/play-run.js";
import { RunStore } from "../../src/runs/store.js";
import { fakeCompute, fakeConfig, fakePlayer, fakeTask, temporaryDirectory } from "./support/fake.js";

/**
 * A process that is killed at its nth call that changes the disk: that call writes half of its bytes, or nothing, and
 * from then on nothing changes any more, whatever `catch` and `finally` try.
 */
const death = vi.hoisted(() => ({ callsLeft: Number.POSITIVE_INFINITY }));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const killed = () => new Error("killed");
  // biome-ignore lint/suspicious/noExplicitAny: every signature of fs
  const mortal = <F extends (...args: any[]) => any>(call: F, torn?: F): F =>
    ((...args: Parameters<F>) => {
      if (death.callsLeft <= 0) throw killed();
      if (--death.callsLeft > 0) return call(...args);
      torn?.(...args);
      throw killed();
    }) as F;
  const half = (bytes: string | Uint8Array) =>
    Buffer.from(bytes as string).subarray(0, Buffer.from(bytes as string).length / 2);
  return {
    ...real,
    openSync: mortal(real.openSync),
    mkdirSync: mortal(real.mkdirSync),
    renameSync: mortal(real.renameSync),
    rmSync: mortal(real.rmSync, ((path: string) => {
      // A directory that is being removed loses its files one by one.
      const inside = real.existsSync(path) && real.statSync(path).isDirectory() ? real.readdirSync(path) : [];
      if (inside[0] !== undefined) real.rmSync(join(path, inside[0]));
    }) as typeof real.rmSync),
    linkSync: mortal(real.linkSync),
    fsyncSync: mortal(() => {}), // a moment to die at; the disk of a test need not hear of it
    writeFileSync: mortal(real.writeFileSync),
    appendFileSync: mortal(real.appendFileSync, ((path: string, data: string | Uint8Array) =>
      real.appendFileSync(path, half(data))) as typeof real.appendFileSync),
    writeSync: mortal(real.writeSync, ((handle: number, data: string | Uint8Array, at = 0) => {
      const rest = Buffer.from(data as string).subarray(at as number);
      return real.writeSync(handle, rest.subarray(0, rest.length / 2));
    }) as typeof real.writeSync),
  };
});
// Drawing takes longer than all the rest.
vi.mock("../../src/runs/figure-run.js", () => ({ runFigure: () => "<svg/>" }));
beforeEach(() => {
  death.callsLeft = Number.POSITIVE_INFINITY;
});

const SAMPLES = 300; // three iterations

async function playOn(run: string): Promise<void> {
  // The killed process is this one, which lives.
  const locks = fs.existsSync(run) ? fs.readdirSync(run).filter((name) => name.startsWith("run.lock")) : [];
  for (const name of locks) fs.rmSync(join(run, name));
  const started = fs.existsSync(join(run, "config.json"));
  if (!started) fs.rmSync(run, { recursive: true, force: true }); // `train` takes a new directory in that case
  const store = started ? RunStore.resume(run) : RunStore.create(run, fakeConfig(SAMPLES));
  try {
    await playRun({ store, task: fakeTask, compute: fakeCompute, player: fakePlayer });
  } finally {
    if (death.callsLeft > 0) store.close();
  }
}

/** All that a run leaves behind, but times. */
function remains(run: string) {
  const undated = (event: RunEvent) => (event.type === "start" ? null : event);
  const files = fs.readdirSync(run).map((name) => (name.includes("tfevents") ? "tfevents" : name));
  return {
    files: files.sort(),
    checkpoints: fs.readdirSync(join(run, "checkpoints")).sort(),
    events: readEvents(run)
      .map(undated)
      .filter((event) => event !== null),
    weights: [2, 3].map((k) => readCheckpoint(run, k)),
    csv: fs.readFileSync(join(run, "metrics.csv"), "utf8"),
    onnx: fs.readFileSync(join(run, "policy.onnx")),
    summary: fs.readFileSync(join(run, "summary.json"), "utf8"),
  };
}

test("a run that is killed at any of its writes and resumed leaves what an unbroken run leaves", async () => {
  const at = (name: string) => join(temporaryDirectory(), name);
  const unbroken = at("run");
  await playOn(unbroken);
  const expected = remains(unbroken);

  let kills = 0;
  for (let call = 1; ; call++) {
    const run = at("run");
    death.callsLeft = call;
    const error = await playOn(run).catch((thrown: unknown) => thrown);
    const died = death.callsLeft <= 0;
    death.callsLeft = Number.POSITIVE_INFINITY;
    if (!died) break;
    kills++;
    expect(String(error)).toContain("killed");
    // Every other time, the resumed process is killed as well, a few writes on.
    if (call % 2 === 0) {
      death.callsLeft = 1 + (call % 23);
      await playOn(run).catch(() => {});
      death.callsLeft = Number.POSITIVE_INFINITY;
    }
    await playOn(run);
    expect(remains(run), `killed at write ${call}`).toEqual(expected);
  }
  expect(kills).toBeGreaterThan(100);
}, 120_000);
