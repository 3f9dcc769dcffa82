import { spawnSync } from "node:child_process";

/** The interpreter of tests that need one: `STACKELBERG_PYTHON`, else `python3`. */
export const PYTHON = process.env.STACKELBERG_PYTHON ?? "python3";

/** Why tests that need a Python package cannot run here; undefined where they can. */
export function without(name: string): string | undefined {
  const { error, status } = spawnSync(PYTHON, ["-c", `import ${name}`]);
  if (error !== undefined) return `there is no ${PYTHON}; STACKELBERG_PYTHON names another`;
  return status === 0 ? undefined : `${PYTHON} has no ${name}; STACKELBERG_PYTHON names another interpreter`;
}
