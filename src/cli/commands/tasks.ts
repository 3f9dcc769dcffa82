import { ALGORITHMS } from "../../agents/defaults.js";
import { isChoice } from "../../envs/options.js";
import { ConfigError } from "../../errors/errors.js";
import { printable } from "../../errors/printable.js";
import type { Task } from "../../mdp/task.js";
import { collect, taskOptions } from "../arguments.js";
import type { AddCommand } from "../command.js";
import type { Parts } from "../parts.js";
import { loadTask } from "../task-source.js";
import { figure, table } from "../text.js";

interface Options {
  readonly taskOption?: readonly string[];
  readonly json?: boolean;
  readonly mjcf?: boolean;
}

/** `stackelberg tasks`: the worlds that come with the package. */
export const tasksCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("tasks")
    .summary("list the tasks, or show one")
    .description(
      "Lists the tasks that come with the package, or shows one: its observations, actions, options and presets.",
    )
    .argument("[task]", "a name, or the path of a module")
    .option("--task-option <name=value>", "an option of the task, such as era=exact; may come several times", collect)
    .option("--mjcf", "print the task's MuJoCo model (MJCF)")
    .option("--json", "JSON instead of text")
    .action(async (name: string | undefined, options: Options) => {
      const parts = await loadParts();
      if (name === undefined) {
        if (options.mjcf)
          throw new ConfigError("--mjcf", "needs a task", "For instance `stackelberg tasks hopper --mjcf`");
        const tasks = parts.taskIds().map((id) => parts.createTask(id));
        terminal.out(options.json ? `${JSON.stringify(tasks.map(brief))}\n` : list(tasks));
        return;
      }
      const { task, module } = await loadTask(name, taskOptions(options.taskOption), terminal.cwd, parts);
      const known = module === null ? parts.taskOptions(task.id) : {};
      if (options.mjcf) {
        if (task.mjcf === undefined) throw new ConfigError(task.id, "is not a MuJoCo model", "Leave --mjcf out");
        terminal.out(`${task.mjcf().trimEnd()}\n`);
      } else {
        const described = () => printable(describe(task, known, parts), Number.POSITIVE_INFINITY); // a module's own words
        terminal.out(options.json ? `${JSON.stringify(whole(task, known, parts))}\n` : described());
      }
    });
};

const brief = (task: Task) => ({
  id: task.id,
  title: task.title,
  observation: task.observation.size,
  action: task.action.size,
  horizon: task.horizon,
  controlStep: task.controlStep,
});

/** JSON has no infinite numbers: no bound is null. */
const bounds = ({ size, names, low, high }: Task["action"]) => ({
  size,
  names,
  low: low.map(finite),
  high: high.map(finite),
});
const finite = (value: number) => (Number.isFinite(value) ? value : null);

type TaskOptions = ReturnType<Parts["taskOptions"]>;

/** Options by kind: words to choose from, and numbers within bounds. */
const optionsByKind = (options: TaskOptions) => ({
  choices: Object.fromEntries(Object.entries(options).filter(([, option]) => isChoice(option))),
  numbers: Object.fromEntries(Object.entries(options).filter(([, option]) => !isChoice(option))),
});

const whole = (task: Task, known: TaskOptions, { presetNames }: Parts) => ({
  ...brief(task),
  observation: bounds(task.observation),
  action: bounds(task.action),
  options: task.options,
  ...optionsByKind(known),
  solvedReturn: task.solvedReturn ?? null,
  hasSuccess: task.isSuccess !== undefined,
  goalError: task.goalError?.name ?? null,
  presets: presetNames(task),
});

function list(tasks: readonly Task[]): string {
  const rows = tasks.map((task) => [
    task.id,
    `${task.observation.size} → ${task.action.size}`,
    `${task.horizon} × ${task.controlStep} s`,
    task.title,
  ]);
  return `${table([["task", "observation → action", "episode", ""], ...rows])}\nstackelberg tasks <task> shows one of them; stackelberg train <${ALGORITHMS.join("|")}> <task> begins a run.\n`;
}

function describe(task: Task, known: TaskOptions, { presetNames }: Parts): string {
  const space = ({ names, low, high }: Task["action"]) =>
    table(names.map((name, i) => [`  ${name}`, `${bound(low[i])} … ${bound(high[i])}`]));
  const facts = [
    ["episode", `at most ${task.horizon} steps of ${task.controlStep} s`],
    ["success", task.isSuccess === undefined ? "not defined" : "defined"],
    ...(task.goalError === undefined ? [] : [["error", task.goalError.name]]),
    ...(task.solvedReturn === undefined ? [] : [["solved", `at a mean return of ${figure(task.solvedReturn)}`]]),
    ["presets", presetNames(task).join(", ")],
    ...Object.entries(known).map(([option, kind]) => [
      `option ${option}`,
      `${isChoice(kind) ? kind.join(", ") : `${kind.about}, ${kind.low} to ${kind.high}`}${task.options[option] === undefined ? "" : ` (here: ${task.options[option]})`}`,
    ]),
  ];
  return `${task.id}: ${task.title}\n\n${table(facts)}\nobservation (${task.observation.size})\n${space(task.observation)}\naction (${task.action.size})\n${space(task.action)}`;
}

const bound = (value: number) => (value === Infinity ? "∞" : value === -Infinity ? "−∞" : String(value));
