import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../../../errors/errors.js";
import { forgetLock } from "../../../runs/lock.js";
import { versions } from "../../../runs/versions.js";
import { isAttached } from "../../../suites/executor.js";
import {
  type Chosen,
  EXECUTORS,
  executorKind,
  keepChoice,
  keptChoice,
  openExecutor,
} from "../../../suites/executors.js";
import { isSuite, readSuite, runOf, type Suite } from "../../../suites/frozen-suite.js";
import { BUDGETS, type Budget, PAPER_NAMES, paperSpec } from "../../../suites/paper/suites.js";
import { countStates, idleJobs, JOB_STATES, progressOf, unfinishedJobs } from "../../../suites/progress.js";
import { parseSuite, type SuiteSpec } from "../../../suites/suite-file.js";
import { collect, directoryPath, namedValues, oneOf, yamlFile } from "../../arguments.js";
import type { AddCommand, Context } from "../../command.js";
import { FAILED, INTERRUPTED } from "../../failures.js";
import type { Parts } from "../../parts.js";
import { quoted, shown } from "../../runs.js";
import { COMMAND } from "../../text.js";
import { beginSuite, runHere } from "./begin.js";
import { OWN_COMMAND, SUITES } from "./open.js";

interface Options {
  readonly budget?: Budget;
  readonly out?: string;
  readonly on?: string;
  readonly with?: readonly string[];
  readonly extend?: boolean;
  readonly takeOver?: boolean;
  readonly dashboard?: boolean;
  readonly dryRun?: boolean;
}

/** `stackelberg suite run`: begins a suite, or goes on with it. */
export const suiteRunCommand: AddCommand = (add, context) => {
  add("run")
    .summary("begin a suite or go on with it")
    .description(
      "Does all that is left of a suite: begins its runs, and goes on with those that were stopped or killed.",
    )
    .argument(
      "<suite>",
      `a suite's file in YAML or JSON, the directory of one that was begun, or a suite of the paper's: ${PAPER_NAMES.join(", ")}`,
    )
    .option("--budget <name>", `how much of a suite of the paper's: ${BUDGETS.join(", ")}`, oneOf("--budget", BUDGETS))
    .option("--out <directory>", "the suite's directory (default: suites/<name>)", directoryPath("--out"))
    .option("--on <executor>", `where runs go: ${Object.keys(EXECUTORS).join(", ")} (default: local)`)
    .option("--with <name=value>", "an option of the executor; may come several times", collect)
    .option("--extend", "add the runs that the file has and the frozen suite has not")
    .option("--take-over", "run the suite even where a process on another machine seems to do so")
    .option("--dashboard", "serve a page that shows the runs live, until the suite ends")
    .option("--dry-run", "freeze the suite and say what it would run")
    .action((what: string, options: Options) => runSuite(what, options, context));
};

async function runSuite(what: string, options: Options, context: Context): Promise<void> {
  const { terminal, loadParts, outcome } = context;
  const parts = await loadParts();
  const suite = await suiteOf(what, options, context, parts);
  const name = shown(suite.directory, terminal.cwd);
  terminal.out(`Suite ${suite.name}: ${suite.jobs.length} runs in ${name}\n`);
  if (options.dryRun) {
    terminal.out(suite.jobs.map(({ index, id }) => `${index}  ${id}\n`).join(""));
    return;
  }
  const chosen = choose(suite, options);
  const executor = await openExecutor(chosen, {
    suite,
    command: OWN_COMMAND,
    say: (text) => terminal.out(`${text}\n`),
  });
  keepChoice(suite, chosen);
  const progress = progressOf(suite);
  if (isAttached(executor))
    await runHere(suite, executor, unfinishedJobs(suite, progress), options, { terminal, parts });
  else {
    const taken = await executor.submit(idleJobs(suite, progress));
    await executor.close();
    terminal.out(
      `${taken} runs handed to ${chosen.name}. How they are:\n\n  ${COMMAND} suite status ${quoted(name)}\n`,
    );
    return;
  }
  const after = progressOf(suite);
  for (const { job, state } of after) if (state === "finished") forgetLock(runOf(suite, job.id));
  const counts = countStates(after);
  terminal.out(
    `${JOB_STATES.filter((state) => counts[state] > 0)
      .map((state) => `${counts[state]} ${state}`)
      .join(", ")}\n`,
  );
  if (counts.failed > 0) outcome.code = FAILED;
  if (counts.waiting + counts.begun > 0) {
    outcome.code = INTERRUPTED;
    terminal.err(`\nTo go on with the rest:\n\n  ${COMMAND} suite run ${quoted(name)}\n`);
  }
}

/** The frozen suite that was named: made of a file, or begun before. */
async function suiteOf(what: string, options: Options, { terminal }: Context, parts: Parts): Promise<Suite> {
  const path = resolve(terminal.cwd, what);
  const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
  for (const place of [path, resolve(terminal.cwd, SUITES, what)]) {
    if (!isSuite(place)) continue;
    const suite = readSuite(place);
    for (const change of changedVersions(suite)) warn(change);
    return suite;
  }
  const spec = specOf(what, path, options.budget);
  const directory = resolve(terminal.cwd, options.out ?? `${SUITES}/${spec.name}`);
  return beginSuite(spec, directory, options.extend ?? false, { terminal, parts });
}

function specOf(what: string, path: string, budget: Budget | undefined): SuiteSpec {
  if (PAPER_NAMES.includes(what)) {
    if (budget === undefined)
      throw new ConfigError(
        "--budget",
        `none was given for the paper's suite ${what}`,
        `Give one of ${BUDGETS.join(", ")}`,
      );
    const spec = paperSpec(what, budget);
    if (spec !== undefined) return spec;
    throw new ConfigError(what, "has no runs", `${COMMAND} theory plays it, and ${COMMAND} reproduce`);
  }
  if (existsSync(path) && statSync(path).isFile()) return parseSuite(yamlFile(what, path), what);
  throw new ConfigError(
    what,
    existsSync(path) ? "is a directory that holds no suite.json" : "there is no such file or suite",
    `Give a suite's file in YAML or JSON, the directory of one that was begun, or a suite of the paper's: ${PAPER_NAMES.join(", ")}`,
  );
}

function choose(suite: Suite, { on, with: given }: Options): Chosen {
  const kept = keptChoice(suite);
  const name = on ?? kept?.name ?? "local";
  executorKind(name);
  const options = namedValues("--with", given);
  return { name, options: given === undefined && kept?.name === name ? kept.options : options };
}

function changedVersions(suite: Suite): string[] {
  const now = versions();
  return ["stackelberg", "onnxruntime", "mujoco", "platform"]
    .filter((name) => suite.versions[name] !== undefined && suite.versions[name] !== now[name])
    .map(
      (name) => `the suite was frozen with ${name} ${suite.versions[name]}, here is ${now[name]}: numbers may differ.`,
    );
}
