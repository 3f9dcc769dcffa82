import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { IterationEvent } from "../../../src/runs/events.js";
import { iterationsOf, readEvents } from "../../../src/runs/metrics-log.js";

/** The command as people start it, with everything real, on the smallest run that still plays the whole game. */
const MAIN = resolve("dist/cli/main.js");
const SMALL = ["model.hidden=[8]", "model.epochs=2", "model.ensembleSize=2", "policy.hidden=[8]", "value.hidden=[8]"];
const SHORT = [
  "npg.trajectoriesPerModel=4",
  "npg.steps=2",
  "data.initialSamples=50",
  "data.samplesPerIteration=50",
  "evaluation.episodes=2",
];
export const TRAIN = [
  "train",
  "pal",
  "point-mass",
  "--seed",
  "7",
  "--samples",
  "400",
  ...[...SMALL, ...SHORT].flatMap((each) => ["--set", each]),
];

export function start(
  cwd: string,
  line: readonly string[],
  input: "ignore" | "pipe" = "ignore",
): ChildProcess & { readonly said: () => { out: string; err: string } } {
  const child = spawn(process.execPath, [MAIN, ...line], { cwd, stdio: [input, "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout!.on("data", (chunk) => (out += chunk));
  child.stderr!.on("data", (chunk) => (err += chunk));
  return Object.assign(child, { said: () => ({ out, err }) });
}

export const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on("close", (code, signal) => done({ code, signal })),
  );

export async function command(cwd: string, ...line: string[]) {
  const child = start(cwd, line);
  return { ...(await ended(child)), ...child.said() };
}

/** Waits until the log of a run has so many iterations. */
export async function reached(run: string, iterations: number): Promise<void> {
  const log = join(run, "metrics.jsonl");
  const count = () => (existsSync(log) ? readFileSync(log, "utf8").split('"type":"iteration"').length - 1 : 0);
  while (count() < iterations) await new Promise((done) => setTimeout(done, 5));
}

const undated = ({ seconds, ...event }: IterationEvent) => event;

/** All of a run that does not depend on time. */
export function remains(run: string) {
  const checkpoints = readdirSync(join(run, "checkpoints")).sort();
  const tensors = checkpoints.flatMap((k) =>
    readdirSync(join(run, "checkpoints", k)).map((name) => [
      k,
      name,
      readFileSync(join(run, "checkpoints", k, name)).toString("base64"),
    ]),
  );
  const networks = ["policy.onnx", "model.onnx"]
    .filter((name) => existsSync(join(run, name))) // planners are no network, and who learns from samples alone has no model
    .map((name) => [name, readFileSync(join(run, name)).toString("base64")]);
  return { metrics: iterationsOf(readEvents(run)).map(undated), tensors, networks };
}
