/**
 * Stands for Slurm's commands: `fake-slurm.mjs <state> sbatch|squeue|scancel|scontrol …`. A file of the state for each array
 * task that is not over. `sbatch` leaves a process behind that works on the array, two tasks at once, and ends with it.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [state, command, ...line] = process.argv.slice(2);
const path = (id) => join(state, `${id}.task`);
const read = (id) => {
  try {
    return JSON.parse(readFileSync(path(id), "utf8"));
  } catch {
    return undefined; // over
  }
};
const write = (id, task) => {
  writeFileSync(`${path(id)}.new`, JSON.stringify(task));
  renameSync(`${path(id)}.new`, path(id));
};
const all = () =>
  readdirSync(state)
    .filter((name) => name.endsWith(".task"))
    .map((name) => name.slice(0, -".task".length));
const option = (name) => line.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const unfold = (list) =>
  list.split(",").flatMap((span) => {
    const [from, to = from] = span.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, k) => from + k);
  });

const COMMANDS = {
  sbatch() {
    writeFileSync(join(state, "sbatch.line"), `${JSON.stringify(line)}\n`, { flag: "a" });
    if (option("partition") === "none") {
      console.error("sbatch: error: Batch job submission failed: Invalid partition name specified");
      process.exit(1);
    }
    const array = String(process.pid);
    writeFileSync(join(state, `${array}.sh`), readFileSync(0, "utf8"));
    for (const index of unfold(option("array").split("%")[0]))
      write(`${array}_${index}`, { state: "PENDING", name: option("job-name"), restarts: 0 });
    const [file, log] = [fileURLToPath(import.meta.url), openSync(join(state, "log"), "a")];
    spawn(process.execPath, [file, state, "work", array], { detached: true, stdio: ["ignore", log, log] }).unref();
    closeSync(log);
    console.log(array);
  },
  squeue() {
    const at = line.indexOf("-j");
    if (at >= 0) return console.log(read(line[at + 1])?.state ?? "");
    for (const id of all()) {
      const task = read(id);
      if (task !== undefined && option("name").split(",").includes(task.name))
        console.log(`${id.replace("_", "|")}|${task.state}|0:01|${task.name}|None`);
    }
  },
  scancel() {
    const [, array, list] = /^(\d+)_\[(.*)\]$/.exec(line.at(-1));
    for (const index of unfold(list))
      if (read(`${array}_${index}`)?.state === option("state")) rmSync(path(`${array}_${index}`));
  },
  scontrol() {
    const task = read(line[1]);
    write(line[1], { ...task, restarts: task.restarts + 1, requeued: true });
  },
  work() {
    const array = line[0];
    let running = 0;
    const pump = () => {
      const mine = all().filter((id) => id.startsWith(`${array}_`));
      for (const id of mine) {
        const task = read(id);
        if (running >= 2 || task?.state !== "PENDING") continue;
        running++;
        write(id, { ...task, state: "RUNNING" });
        const child = spawn("sh", [join(state, `${array}.sh`)], {
          stdio: "inherit",
          env: {
            ...process.env,
            SLURM_JOB_ID: id,
            SLURM_JOB_NAME: task.name,
            SLURM_ARRAY_TASK_ID: id.split("_")[1],
            ...(task.restarts > 0 ? { SLURM_RESTART_COUNT: String(task.restarts) } : {}),
          },
        });
        child.on("close", () => {
          running--;
          const { requeued, ...after } = read(id);
          if (requeued) write(id, { ...after, state: "PENDING" });
          else rmSync(path(id));
          pump();
        });
        write(id, { ...task, state: "RUNNING", pid: child.pid });
      }
      if (mine.length > 0 && existsSync(state)) setTimeout(pump, 50);
    };
    pump();
  },
};
COMMANDS[command]();
