import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StorageError } from "../../src/errors/errors.js";
import { lockOwner } from "../../src/runs/lock.js";
import { playRun } from "../../src/runs/play-run.js";
import { RunStore } from "../../src/runs/store.js";
import { fakeCompute, fakeConfig, fakePlayer, fakeTask, temporaryDirectory } from "./support/fake.js";

/** Every file in a run, and what it holds. */
const contents = (run: string) =>
  readdirSync(run, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(run, path)).isFile())
    .map(
      (path) =>
        `${path} ${createHash("sha256")
          .update(readFileSync(join(run, path)))
          .digest("hex")}`,
    )
    .sort();

/** What happens in the third iteration of a run: before its line, or between its line and its checkpoint. */
const interrupt = (when: "line" | "checkpoint", what: () => void): typeof fakePlayer => ({
  ...fakePlayer,
  async *train(setup) {
    for await (const iteration of fakePlayer.train(setup)) {
      const third = iteration.metrics.iteration === 3;
      if (third && when === "line") what();
      const snapshot = () => {
        if (third && when === "checkpoint") what();
        return iteration.snapshot();
      };
      yield { ...iteration, snapshot };
    }
  },
});

test.each(["line", "checkpoint"] as const)(
  "a run that another process takes over before its %s stops and writes nothing more, no end, no summary",
  async (when) => {
    const run = join(temporaryDirectory(), "run");
    const first = RunStore.create(run, fakeConfig(500));
    let second: RunStore | undefined;
    let before: string[] = [];
    const player = interrupt(when, () => {
      second = RunStore.resume(run, { takeOver: true });
      before = contents(run);
    });
    const playing = playRun({ store: first, task: fakeTask, compute: fakeCompute, player });
    await expect(playing).rejects.toThrow(StorageError);
    await expect(playing).rejects.toThrow(/no longer this process's: process \d+ on .* has taken it over/);
    first.close();
    expect(contents(run)).toEqual(before);
    expect(lockOwner(run)?.pid).toBe(process.pid);
    expect(() => first.put("policy.onnx", "")).toThrow(StorageError);
    expect(() => first.end("finished")).toThrow(StorageError);
    expect(contents(run)).toEqual(before);
    // And the one that took it goes on as if nothing had been.
    await playRun({ store: second!, task: fakeTask, compute: fakeCompute, player: fakePlayer });
    second!.close();
    const whole = RunStore.create(join(temporaryDirectory(), "run"), fakeConfig(500));
    await playRun({ store: whole, task: fakeTask, compute: fakeCompute, player: fakePlayer });
    whole.close();
    const same = (directory: string) =>
      contents(directory).filter((line) => /^(checkpoints|policy|model|metrics\.csv|summary)/.test(line));
    expect(same(run)).toEqual(same(whole.directory));
    expect(readdirSync(run)).not.toContain("run.lock");
  },
);

test("where a write fails because the run was taken over meanwhile, that is what is said", async () => {
  const run = join(temporaryDirectory(), "run");
  const first = RunStore.create(run, fakeConfig(500));
  for await (const { metrics, snapshot } of fakePlayer.train({
    ...first.config,
    task: fakeTask,
    compute: fakeCompute,
  })) {
    // Whoever takes the run removes what is half written: this checkpoint.
    const late = {
      ...snapshot(),
      get tensors() {
        RunStore.resume(run, { takeOver: true });
        return snapshot().tensors;
      },
    };
    expect(() => first.record({ metrics, snapshot: () => late })).toThrow("has taken it over");
    expect(readdirSync(join(run, "checkpoints"))).toEqual([]);
    break;
  }
});
