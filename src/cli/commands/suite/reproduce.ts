import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError } from "../../../errors/errors.js";
import { suggest } from "../../../errors/nearest.js";
import { versions } from "../../../runs/versions.js";
import { isAttached } from "../../../suites/executor.js";
import { openExecutor } from "../../../suites/executors.js";
import type { Evidence, Theory } from "../../../suites/paper/claims.js";
import { reproduction } from "../../../suites/paper/reproduction.js";
import { BUDGETS, type Budget, PAPER_SUITES, paperSpec, paperSuite } from "../../../suites/paper/suites.js";
import { countStates, progressOf, unfinishedJobs } from "../../../suites/progress.js";
import { type Block, heading, table, text } from "../../../suites/report/document.js";
import type { SuiteRuns } from "../../../suites/report/suite-runs.js";
import { collect, directoryPath, namedValues, oneOf } from "../../arguments.js";
import type { AddCommand, Context } from "../../command.js";
import { FAILED, INTERRUPTED } from "../../failures.js";
import type { Parts } from "../../parts.js";
import { quoted, shown } from "../../runs.js";
import { COMMAND } from "../../text.js";
import { boundRows, gameRows } from "../theory.js";
import { beginSuite, runHere } from "./begin.js";
import { gathered, writeReport } from "./figure.js";
import { OWN_COMMAND } from "./open.js";

interface Options {
  readonly budget: Budget;
  readonly out?: string;
  readonly only?: readonly string[];
  readonly also?: readonly string[];
  readonly with?: readonly string[];
  readonly reportOnly?: boolean;
}

/** `stackelberg reproduce`: the paper's suites, and a report of what holds. */
export const reproduceCommand: AddCommand = (add, context) => {
  add("reproduce")
    .summary("run the paper's suites and report which claims hold")
    .description(
      "Runs the paper's suites, or goes on with them, and writes report.md and report.html: every claim, what was measured of it, and whether it holds.",
    )
    .option("--budget <name>", `how much: ${BUDGETS.join(", ")}`, oneOf("--budget", BUDGETS), "smoke")
    .option("--out <directory>", "where suites and report go (default: reproduce/<budget>)", directoryPath("--out"))
    .option("--only <names>", "some of the suites: fig2,fig4", list)
    .option(
      "--also <directory>",
      "runs made elsewhere stand in for seeds that a suite lacks; may come several times",
      collect,
    )
    .option("--with <name=value>", "an option of the local executor: jobs, cores, memory", collect)
    .option("--report-only", "run nothing: report what is there")
    .action((options: Options) => reproduce(options, context));
};

function list(words: string): readonly string[] {
  const known = Object.keys(PAPER_SUITES);
  const names = words.split(",").map((name) => name.trim());
  for (const name of names)
    if (!known.includes(name) && name !== "fig5")
      throw new ConfigError("--only", `there is no suite of the paper ${JSON.stringify(name)}`, suggest(name, known));
  return [...new Set(names.map((name) => paperSuite(name).name))];
}

async function reproduce(options: Options, context: Context): Promise<void> {
  const { terminal, loadParts, outcome } = context;
  const { budget, only = Object.keys(PAPER_SUITES), reportOnly = false } = options;
  const parts = await loadParts();
  const out = resolve(terminal.cwd, options.out ?? `reproduce/${budget}`);
  mkdirSync(out, { recursive: true });
  const suites: Record<string, SuiteRuns | undefined> = {};
  let [stopped, failed] = [false, 0];
  let theory: FullTheory | undefined;
  for (const name of only) {
    const { suite: paper } = paperSuite(name);
    if ("mdps" in paper) {
      theory = await exactPart(paper.mdps[budget], parts);
      continue;
    }
    const directory = join(out, name);
    const suite = await beginSuite(paperSpec(name, budget)!, directory, true, { terminal, parts });
    if (!reportOnly && !stopped) {
      const executor = await openExecutor(
        { name: "local", options: namedValues("--with", options.with) },
        { suite, command: OWN_COMMAND, say: (words) => terminal.out(`${name}: ${words}\n`) },
      );
      if (isAttached(executor))
        stopped = await runHere(suite, executor, unfinishedJobs(suite, progressOf(suite)), {}, { terminal, parts });
    }
    failed += countStates(progressOf(suite)).failed;
    suites[name] = await gathered(suite, options.also, context);
  }
  const evidence: Evidence = { suites, theory };
  const blocks = reproduction(evidence, theoryBlocks(theory, parts), { budget, versions: versions() });
  for (const path of writeReport(out, "Reproduction", blocks)) terminal.out(`${shown(path, terminal.cwd)}\n`);
  if (failed > 0) {
    outcome.code = FAILED;
    terminal.err(`${failed} ${failed === 1 ? "run" : "runs"} failed; \`suite status\` of each suite says why.\n`);
  }
  const left = Object.values(suites).some((all) => (all?.lacking.length ?? 0) > 0);
  if (stopped) {
    outcome.code = INTERRUPTED;
    terminal.err(
      `\nStopped. To go on:\n\n  ${COMMAND} reproduce --budget ${budget} --out ${quoted(shown(out, terminal.cwd))}\n`,
    );
  } else if (left) terminal.err("Some runs are missing; the report says which.\n");
}

/** The exact games and the bounds. */
async function exactPart(mdps: number, { theory: { exactGames, boundsTable, seeded } }: Parts): Promise<FullTheory> {
  return { games: await exactGames(), bounds: boundsTable(mdps, seeded(0).stream("bounds")), mdps };
}

interface FullTheory extends Theory {
  readonly games: Awaited<ReturnType<Parts["theory"]["exactGames"]>>;
  readonly mdps: number;
}

function theoryBlocks(
  theory: FullTheory | undefined,
  { theory: { portraits, tightnessFigure, tightness, seeded } }: Parts,
): readonly Block[] {
  if (theory === undefined) return [heading(2, "Theory"), text("Not run.")];
  const { games, bounds, mdps } = theory;
  const asTable = ([head, ...rows]: readonly (readonly string[])[]) => table(head, rows);
  return [
    heading(2, "Appendix A and exact games"),
    { kind: "figure", title: "Games with known equilibria", file: "theory-portraits.svg", svg: portraits(games) },
    asTable(gameRows(games)),
    {
      kind: "figure",
      title: "How tight the bounds are",
      file: "theory-tightness.svg",
      svg: tightnessFigure(tightness(mdps, seeded(0).stream("tightness"))),
    },
    asTable(boundRows(bounds)),
  ];
}
