import type { ExecutorContext, ExecutorKind } from "../executor.js";
import { machineOf } from "./machine.js";
import { Pool } from "./pool.js";

/** This machine: child processes of `suite run`. */
export const localKind: ExecutorKind = {
  about: "this machine: as many runs at once as its cores and memory have room for",
  options: {
    jobs: "runs at once, at most (default: as many as there is room for)",
    cores: "cores to use (default: all)",
    memory: "GiB to use (default: 90 % of what the machine has)",
  },
  async open(context: ExecutorContext) {
    const { machine, most } = machineOf(context.options, (name) => `--with ${name}`);
    return new Pool(context, machine, most);
  },
};
