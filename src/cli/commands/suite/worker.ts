import { hostname } from "node:os";
import { resolve } from "node:path";
import { machineOf } from "../../../suites/local/machine.js";
import { ADDRESS_VARIABLE, queueAddress } from "../../../suites/queue/address.js";
import { QUEUE_NAME, queueName } from "../../../suites/queue/connect.js";
import { forgetSuite } from "../../../suites/queue/forget.js";
import { QueueWorker } from "../../../suites/queue/queue-worker.js";
import { directoryPath, wholeNumber } from "../../arguments.js";
import type { AddCommand, Context } from "../../command.js";
import { INTERRUPTED } from "../../failures.js";
import { count } from "../../text.js";
import { OWN_COMMAND } from "./open.js";

interface Options {
  readonly name?: string;
  readonly jobs?: string;
  readonly cores?: string;
  readonly memory?: string;
  readonly patience: number;
  readonly untilEmpty?: boolean;
  readonly forget?: string;
}

/** Seconds without a sign of life after which a worker's runs are given to others. */
const PATIENCE = 30;

/** `stackelberg suite worker`: takes runs from a queue, on any machine that sees the suites' folder. */
export const suiteWorkerCommand: AddCommand = (add, context) => {
  add("worker")
    .summary("take runs from a queue and work on them")
    .description(
      "Takes runs that `suite run --on queue` handed in, from any suite whose folder this machine sees at the same place, until it is stopped. " +
        "Ctrl-C: each run finishes its iteration and goes back to the queue; twice: at once.",
    )
    .argument(
      "[url]",
      `where the queue is: redis://host:6379 or postgres://user@host/database (default: what ${ADDRESS_VARIABLE} says)`,
    )
    .option("--name <queue>", `the queue's name (default: ${QUEUE_NAME})`)
    .option("--jobs <n>", "runs at once, at most (default: as many as there is room for)")
    .option("--cores <n>", "cores to use (default: all)")
    .option("--memory <GiB>", "GiB to use (default: 90 % of what the machine has)")
    .option("--until-empty", "end when nothing waits in the queue and nothing is under way anywhere")
    .option(
      "--patience <seconds>",
      "seconds without a sign of life after which a worker's runs are given to others",
      wholeNumber("--patience", 1, 86_400),
      PATIENCE,
    )
    .option(
      "--forget <directory>",
      "take out of the queue what waits of a suite that was removed, and end",
      directoryPath("--forget"),
    )
    .action((url: string | undefined, options: Options) => work(url, options, context));
};

async function work(url: string | undefined, options: Options, { terminal, outcome }: Context): Promise<void> {
  const { name, patience, untilEmpty = false, forget, ...room } = options;
  const place = { address: queueAddress(url, "url", process.env), name: queueName("--name", name) };
  if (forget !== undefined) {
    const removed = await forgetSuite(place, resolve(terminal.cwd, forget));
    terminal.out(`${count(removed)} runs taken out of the queue\n`);
    return;
  }
  const { machine, most } = machineOf(room, (option) => `--${option}`);
  const worker = await QueueWorker.open({
    place: { ...place, worker: `${hostname()}:${process.pid}`, patience: patience * 1000 },
    command: OWN_COMMAND,
    machine,
    most,
    untilEmpty,
    say: (text) => terminal.out(`${text}\n`),
  });
  terminal.out(`Worker ${hostname()}:${process.pid} takes runs from ${place.address.shown}, queue ${place.name}\n`);
  let stops = 0;
  const stopListening = terminal.onSignal(() => {
    stops++;
    worker.stop();
    if (stops === 1)
      terminal.err(
        "Stopping: each run finishes its iteration and goes back to the queue. Again to stop at once; that loses these iterations and nothing else.\n",
      );
  });
  try {
    await worker.run();
  } finally {
    stopListening();
  }
  if (stops > 0) outcome.code = INTERRUPTED;
}
