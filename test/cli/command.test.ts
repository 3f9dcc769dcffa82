import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readEvents } from "../../src/runs/metrics-log.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { command, ended, reached, remains, start, TRAIN } from "./support/process.js";

describe("the command", () => {
  test("killed with SIGKILL and resumed, again and again, ends bit for bit like a run that was never touched", async () => {
    const cwd = temporaryDirectory();
    expect(await command(cwd, ...TRAIN, "--out", "whole", "--quiet")).toEqual({
      code: 0,
      signal: null,
      out: "",
      err: "",
    });
    const first = start(cwd, [...TRAIN, "--out", "killed"]);
    await reached(join(cwd, "killed"), 2);
    first.kill("SIGKILL");
    await ended(first);
    const second = start(cwd, ["resume", "killed"]);
    await reached(join(cwd, "killed"), 5);
    second.kill("SIGKILL");
    await ended(second);
    expect(await command(cwd, "resume", "killed", "--quiet", "--workers", "1")).toEqual({
      code: 0,
      signal: null,
      out: "",
      err: "",
    });
    expect(remains(join(cwd, "killed"))).toEqual(remains(join(cwd, "whole")));
    const evaluated = await command(cwd, "evaluate", "killed", "--episodes", "2", "--json");
    expect(JSON.parse(evaluated.out).lengths).toEqual([25, 25]);
  }, 90_000);

  test("ends with exit code 130 after one Ctrl-C, at once after two, and leaves no lock", async () => {
    const cwd = temporaryDirectory();
    const LONG = [...TRAIN, "--samples", "100000"];
    const once = start(cwd, [...LONG, "--out", "once", "--json"]);
    await reached(join(cwd, "once"), 2);
    once.kill("SIGINT");
    expect(await ended(once)).toEqual({ code: 130, signal: null });
    const lines = once
      .said()
      .out.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ reason: "interrupted", iterations: lines.length - 1 });
    expect(once.said().err).toContain("stackelberg resume once");

    // An iteration that would take minutes.
    const slow = start(cwd, [...LONG, "--out", "twice", "--set", "model.minGradientSteps=100000"]);
    while (!existsSync(join(cwd, "twice", "metrics.jsonl"))) await new Promise((done) => setTimeout(done, 20));
    await new Promise((done) => setTimeout(done, 2000));
    slow.kill("SIGINT");
    await new Promise((done) => setTimeout(done, 200));
    const pressed = performance.now();
    slow.kill("SIGINT");
    expect(await ended(slow)).toEqual({ code: null, signal: "SIGINT" }); // which shells report as 130
    expect(performance.now() - pressed).toBeLessThan(20_000); // not minutes; a loaded machine needs seconds to end a process
    expect(slow.said().err).toContain("Stopped before the first iteration was complete");
    for (const run of ["once", "twice"]) expect(existsSync(join(cwd, run, "run.lock"))).toBe(false);
    expect(readEvents(join(cwd, "twice")).at(-1)).toMatchObject({ type: "end", reason: "interrupted", iteration: 0 });
  }, 60_000);
});
