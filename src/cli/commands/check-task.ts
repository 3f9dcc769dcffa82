import { collect, taskOptions, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { FAILED, usersLine } from "../failures.js";
import { shown } from "../runs.js";
import { loadTask } from "../task-source.js";
import { table } from "../text.js";

interface Options {
  readonly taskOption?: readonly string[];
  readonly episodes?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** `stackelberg check-task`: whether a task keeps its promises. */
export const checkTaskCommand: AddCommand = (add, { terminal, loadParts, outcome }) => {
  add("check-task")
    .summary("check whether a task keeps its promises")
    .description(
      "Plays a task and checks that reward, termination and success computed from observations are the world's own, and more.",
    )
    .argument("<task>", "a name, or the path of your own module: ./my-task.mjs")
    .option("--task-option <name=value>", "an option of the task; may come several times", collect)
    .option(
      "--episodes <n>",
      "how many whole episodes to play with each of two policies (default: 1, and at least 1000 steps)",
      wholeNumber("--episodes", 1),
    )
    .option("--seed <n>", "all chance comes from it", wholeNumber("--seed", 0))
    .option("--json", "one JSON object instead of text")
    .action(async (name: string, options: Options) => {
      const parts = await loadParts();
      const { task } = await loadTask(name, taskOptions(options.taskOption), terminal.cwd, parts);
      const compute = task.graphs && (await parts.openNodeCompute({ workers: 1 }));
      const result = await parts
        .checkTask(task, undefined, {
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          ...(options.episodes === undefined ? {} : { steps: options.episodes * task.horizon }),
          ...(compute && { compute }),
          describe: (error) => {
            const line = error instanceof Error ? usersLine(error) : undefined;
            return `${line === undefined ? "" : `${shown(line, terminal.cwd)}: `}${error instanceof Error ? error.message : String(error)}`;
          },
        })
        .finally(() => compute?.close());
      outcome.code = result.passed ? 0 : FAILED;
      if (options.json) {
        terminal.out(`${JSON.stringify(result)}\n`);
        return;
      }
      const failures = result.checks.filter(({ passed }) => !passed).length;
      terminal.out(table(result.checks.map(({ name, passed, detail }) => [passed ? "ok" : "FAILED", name, detail])));
      terminal.out(
        failures === 0
          ? `${result.task} keeps its promises.\n`
          : `${result.task} fails ${failures} of ${result.checks.length} checks.\n`,
      );
    });
};
