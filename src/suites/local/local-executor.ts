import { ConfigError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";
import type { ExecutorContext, ExecutorKind } from "../executor.js";
import { thisMachine } from "./machine.js";
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
    const machine = thisMachine();
    const { jobs, cores, memory } = context.options;
    return new Pool(
      context,
      {
        cores: cores === undefined ? machine.cores : positive("cores", cores),
        memory: memory === undefined ? machine.memory : positive("memory", memory) * 2 ** 30,
      },
      jobs === undefined ? Number.POSITIVE_INFINITY : positive("jobs", jobs),
    );
  },
};

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1e6 && (name === "memory" || Number.isInteger(value))) return value;
  throw new ConfigError(
    `--with ${name}`,
    `must be a ${name === "memory" ? "number" : "whole number"} above 0, got ${shown(text)}`,
    `For instance --with ${name}=2`,
  );
}
