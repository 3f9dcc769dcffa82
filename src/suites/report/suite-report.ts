import type { FirstReach } from "../../experiments/samples-to-threshold.js";
import type { Interval } from "../../math/stratified-bootstrap.js";
import { countStates, JOB_STATES, progressOf } from "../progress.js";
import type { FigureSpec } from "../suite-file.js";
import { checkedQuantity, curvesFigure, gamesOf } from "./curves.js";
import { type Block, heading, table, text } from "./document.js";
import { lookAheadFigure, lookAheadTable } from "./look-ahead.js";
import { perturbedFigure, perturbedTable } from "./perturbed.js";
import { PUBLISHED } from "./published.js";
import { gameRows, linesOf, recoveryOf } from "./statistics.js";
import { elsewhereText, lackingText, type SuiteRuns } from "./suite-runs.js";

/** The figures of a suite: those that its file asks for, or the return where it asks for none. */
export const figuresOf = ({ suite }: SuiteRuns): readonly FigureSpec[] =>
  suite.figures.length > 0
    ? suite.figures
    : [{ name: suite.name, kind: "curves", y: "return", published: [], episodes: 10 }];

/** One figure as SVG. */
export const drawSuiteFigure = (all: SuiteRuns, figure: FigureSpec): string =>
  figure.kind === "rollout-error"
    ? lookAheadFigure(all, figure)
    : figure.kind === "perturbed"
      ? perturbedFigure(all, figure)
      : curvesFigure(all, figure);

/** All that a suite has, as a report. */
export function suiteReport(all: SuiteRuns): readonly Block[] {
  const { suite } = all;
  const counts = countStates(progressOf(suite));
  const blocks: Block[] = [
    heading(1, suite.name),
    ...(suite.about === "" ? [] : [text(suite.about)]),
    text(
      `${suite.jobs.length} runs: ${JOB_STATES.filter((state) => counts[state] > 0)
        .map((state) => `${counts[state]} ${state}`)
        .join(", ")}. Frozen ${suite.created.slice(0, 10)} with ${Object.entries(suite.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}.`,
    ),
  ];
  const lacking = lackingText(all, suite.games);
  if (lacking !== "") blocks.push(text(`What is missing: ${lacking}.`));
  const elsewhere = elsewhereText(all);
  if (elsewhere !== "") blocks.push(text(`Runs made elsewhere: ${elsewhere}.`));
  for (const figure of figuresOf(all)) blocks.push(...figureBlocks(all, figure));
  return blocks;
}

/** A figure with the numbers that belong to it. */
export function figureBlocks(all: SuiteRuns, figure: FigureSpec): readonly Block[] {
  const title = [figure.title ?? figure.name, ...(figure.tasks?.length === 1 ? figure.tasks : [])].join(": ");
  const svg = drawSuiteFigure(all, figure);
  const sources = figure.published.map((name) => `${PUBLISHED[name].label}: ${PUBLISHED[name].source}.`);
  return [
    heading(2, title),
    { kind: "figure", title, file: `${figure.name}.svg`, svg },
    ...(sources.length === 0 ? [] : [text([...new Set(sources)].join(" "))]),
    tableOf(all, figure),
  ];
}

function tableOf(all: SuiteRuns, figure: FigureSpec): Block {
  switch (figure.kind) {
    case "rollout-error":
      return lookAheadTable(all, figure);
    case "perturbed":
      return perturbedTable(all, figure);
    case "recovery":
      return recoveryTable(all, figure);
    case "curves":
      return scoreTable(all, figure);
  }
}

function scoreTable(all: SuiteRuns, figure: FigureSpec): Block {
  const rows = gameRows(all, { ...figure, y: checkedQuantity(figure) }, gamesOf(all, figure));
  const level = figure.threshold;
  return table(
    [
      "task",
      "way",
      "seeds",
      `${figure.y} at the end`,
      "mean height of the curve",
      ...(level === undefined ? [] : [`samples to ${level}, median`, "each seed"]),
    ],
    rows.map(({ game, seeds, last, area, reach, reaches }) => [
      game.task,
      [game.way.toUpperCase(), ...(game.variant === null ? [] : [game.variant])].join(" "),
      String(seeds),
      intervalText(last),
      intervalText(area),
      ...(reach === null ? [] : [reachMedianText(reach), reaches.map(reachText).join(", ")]),
    ]),
  );
}

function recoveryTable(all: SuiteRuns, figure: FigureSpec): Block {
  const quantity = checkedQuantity(figure);
  return table(
    ["change", "way", "seed", "before", "worst after", "samples until recovered"],
    gamesOf(all, figure).flatMap((game) => {
      const [change] = game.settings.task.changes;
      if (change === undefined) return [];
      return linesOf(all, game, quantity).map((line) => {
        const recovery = recoveryOf(line, change.atSamples);
        return [
          game.variant ?? game.task,
          game.way.toUpperCase(),
          String(line.seed),
          ...(recovery === undefined
            ? ["", "", "not so far yet"]
            : [short(recovery.before), short(recovery.worst), reachText(recovery.back)]),
        ];
      });
    }),
  );
}

export const short = (value: number): string =>
  Number.isNaN(value)
    ? "unknown"
    : Math.abs(value) >= 1000
      ? Math.round(value).toLocaleString("en")
      : String(Number(value.toPrecision(3)));

/** `0.95 (0.9 to 0.98)`; without an interval where there are too few seeds. */
export const intervalText = ({ value, low, high }: Interval): string =>
  Number.isNaN(low) || Number.isNaN(value) ? short(value) : `${short(value)} (${short(low)} to ${short(high)})`;

/** `5,500`, or `> 10,000` of a run that went so far without. */
export const reachText = ({ x, reached }: FirstReach): string => `${reached ? "" : "> "}${short(x)}`;

export const reachMedianText = ({
  median,
  censored,
  runs,
}: {
  readonly median: number;
  readonly censored: number;
  readonly runs: number;
}): string =>
  `${Number.isNaN(median) ? "not known" : short(median)}${censored === 0 ? "" : ` (${censored} of ${runs} did not come there)`}`;
