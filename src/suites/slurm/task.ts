import { spawn } from "node:child_process";
import { workCommand } from "../executor.js";
import { gameOf, jobOf, readSuite } from "../frozen-suite.js";
import { beforeAttempt, type Settled, settle } from "../settle.js";
import { slurm } from "./slurm-command.js";

/**
 * What an array job executes on its machine, `task.js <suite> <place> <command…>`: starts `suite work` as its child, hands
 * Slurm's TERM on to it, and goes by its exit code. It is a process of its own because a run that is killed, for its memory
 * say, cannot have itself tried again.
 */
const [directory, place, ...command] = process.argv.slice(2);
const suite = readSuite(directory);
const job = jobOf(suite, Number(place));
const cores = Number(process.env.SLURM_CPUS_PER_TASK ?? gameOf(suite, job).cores);

let stopped = false;
let stop = (): void => {};
process.on("SIGTERM", () => {
  if (stopped) return;
  stopped = true;
  stop();
});

/** One attempt. @returns what is next, and its exit code */
function attempt(): Promise<{ readonly settled: Settled; readonly code: number }> {
  const [program, ...line] = [...workCommand({ suite, command }, job), "--attached", "--workers", String(cores)];
  const before = beforeAttempt(suite, job);
  return new Promise((resolve) => {
    const child = spawn(program, line, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    stop = () => child.kill("SIGTERM");
    child.on("error", (error) => console.error(`${job.id}: ${error.message}`)); // `close` follows
    child.on("close", (code, signal) => {
      // A run that is stopped before it listens ends by the signal, and has lost nothing.
      const exit = stopped && signal === "SIGTERM" ? { code: 143 } : { code, signal };
      resolve({ settled: settle(suite, job, before, exit), code: exit.code ?? 1 });
    });
  });
}

/** Queues this job again, unless Slurm itself is ending it: then it was cancelled, or Slurm queues it again. */
async function requeue(): Promise<void> {
  const id = process.env.SLURM_JOB_ID!;
  if ((await slurm("squeue", ["-h", "-j", id, "-o", "%T"])).trim() === "RUNNING")
    await slurm("scontrol", ["requeue", id]);
}

for (;;) {
  const { settled, code } = await attempt();
  if (settled === "over") {
    process.exitCode = code;
    break;
  }
  if (settled === "again" && !stopped) continue;
  try {
    await requeue();
  } catch (error) {
    console.error(`${job.id}: stopped, and could not be queued again: ${(error as Error).message}`);
    process.exitCode = code;
  }
  break;
}
