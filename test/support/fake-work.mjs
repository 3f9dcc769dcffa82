/**
 * Stands for `stackelberg suite work <suite> --index i` in the contract of executors: a line of `started` for each start,
 * then what `plans/<id>` says, a word per attempt: `done`, `failed`, `settings`, `diverged`, `busy`, `killed`, `again`, or
 * `long`, which goes on until it is asked to stop or its run is cancelled. The last word holds for all attempts after.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const at = process.argv.indexOf("work");
const directory = process.argv[at + 1];
const index = Number(process.argv[process.argv.indexOf("--index") + 1]);
const { id } = JSON.parse(readFileSync(join(directory, "suite.json"), "utf8")).jobs[index];
mkdirSync(directory, { recursive: true });
if (existsSync(join(directory, "cancelled", id))) process.exit(0);
process.once("disconnect", () => process.exit(130));
process.on("SIGTERM", () => {
  appendFileSync(join(directory, "stopped"), `${id}\n`);
  process.exit(130);
});
appendFileSync(join(directory, "started"), `${id}\n`);
const starts = readFileSync(join(directory, "started"), "utf8")
  .split("\n")
  .filter((line) => line === id).length;
const plan = existsSync(join(directory, "plans", id))
  ? readFileSync(join(directory, "plans", id), "utf8")
      .trim()
      .split(" ")
  : ["done"];
const word = plan[Math.min(starts, plan.length) - 1];
if (word === "long") {
  setInterval(() => {
    if (existsSync(join(directory, "cancelled", id))) process.exit(0);
  }, 20);
} else if (word === "killed") {
  process.kill(process.pid, "SIGKILL");
} else {
  setTimeout(() => process.exit({ done: 0, failed: 1, settings: 2, diverged: 3, busy: 75, again: 130 }[word]), 20);
}
