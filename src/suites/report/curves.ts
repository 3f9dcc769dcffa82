import { ALGORITHMS } from "../../agents/defaults.js";
import { ConfigError } from "../../errors/errors.js";
import { suggest } from "../../errors/nearest.js";
import { curveOf, groupOf, QUANTITIES, type Quantity } from "../../runs/figure-compare.js";
import { rounded, taskMoments } from "../../runs/figure-run.js";
import { type Curve, drawFigure, PALETTE, type Panel } from "../../runs/panel.js";
import type { SuiteGame } from "../frozen-suite.js";
import type { FigureSpec } from "../suite-file.js";
import { PUBLISHED } from "./published.js";
import { lackingText, type SuiteRuns } from "./suite-runs.js";

/**
 * A suite's curves, SVG: a panel per task, in `recovery` per task and variant; a curve per way (and variant), as `plot` draws it. A published
 * curve is dashed. What is missing is said below the title.
 *
 * @throws {ConfigError} where the figure names a quantity or a published curve that there is not
 */
export function curvesFigure(all: SuiteRuns, figure: FigureSpec): string {
  const quantity = checkedQuantity(figure);
  const games = gamesOf(all, figure);
  const byVariant = figure.kind === "recovery";
  const places = [...new Set(games.map((game) => placeOf(game, byVariant)))];
  const panels = places.map((place) => {
    const here = games.filter((game) => placeOf(game, byVariant) === place);
    return panelOf(all, figure, quantity, here, place, byVariant);
  });
  return drawFigure(panels);
}

/** Published points count as near up to this multiple of the samples that were played. */
const FAR = 1.5;

/** The games that a figure is about. */
export const gamesOf = ({ suite }: SuiteRuns, { tasks }: Pick<FigureSpec, "tasks">): readonly SuiteGame[] =>
  suite.games.filter(({ task }) => tasks?.includes(task) ?? true);

const placeOf = ({ task, variant }: SuiteGame, byVariant: boolean): string =>
  byVariant && variant !== null ? `${task}, ${variant}` : task;

/** @throws {ConfigError} where there is no such quantity */
export function checkedQuantity({ name, y }: Pick<FigureSpec, "name" | "y">): Quantity {
  if (Object.hasOwn(QUANTITIES, y)) return y as Quantity;
  throw new ConfigError(`figure ${name}: y`, `there is no quantity "${y}"`, suggest(y, Object.keys(QUANTITIES)));
}

function panelOf(
  all: SuiteRuns,
  figure: FigureSpec,
  quantity: Quantity,
  games: readonly SuiteGame[],
  title: string,
  byVariant: boolean,
): Panel {
  const { label, read } = QUANTITIES[quantity];
  const labels = games.map((game) => labelOf(game, byVariant));
  const curves = games.map((game, i): Curve => {
    const runs = all.runs.filter((run) => run.game.id === game.id).map(({ data }) => data);
    const color = colourOf(game, labels, i, games);
    if (runs.length === 0) return { label: `${labels[i]} (none yet)`, color, points: [] };
    return curveOf(groupOf(labels[i], runs, read), color, true);
  });
  const published = figure.published.flatMap((name) => {
    if (!Object.hasOwn(PUBLISHED, name))
      throw new ConfigError(
        `figure ${figure.name}: published`,
        `there is no curve "${name}"`,
        suggest(name, Object.keys(PUBLISHED)),
      );
    const { task, quantity: of, ...curve } = PUBLISHED[name];
    return of === quantity && games.some(({ world }) => world.id === task) ? [curve] : [];
  });
  // A point far out would press all that was measured into a corner: it is told instead.
  const end = Math.max(...curves.flatMap(({ points, thin = [] }) => [points, ...thin].flat().map(([x]) => x)), 0);
  const isNear = ({ points }: (typeof published)[number]) => points.some(([x]) => x <= FAR * end);
  const far = published
    .filter((each) => !isNear(each))
    .map(({ label: whose, points }) => {
      const [x, y] = points[points.length - 1];
      return `${whose} ${rounded(y)} at ${x.toLocaleString("en")}`;
    });
  const lacking = lackingText(all, games);
  const moments = all.runs
    .filter(({ game }) => games.some(({ id }) => id === game.id))
    .flatMap(({ data }) => taskMoments(data));
  const first = new Map<string, number>();
  for (const { x, label: what } of moments) first.set(what, Math.min(x, first.get(what) ?? x));
  return {
    title: figure.title === undefined ? title : `${figure.title}: ${title}`,
    subtitle: [
      "bold: interquartile mean; shaded: 95 % bootstrap interval; faint: each run",
      ...(far.length === 0 ? [] : [`beyond this figure: ${far.join(", ")}`]),
      ...(lacking === "" ? [] : [lacking.length > 110 ? `${lacking.slice(0, 109)}…` : lacking]),
    ].join("\n"),
    xLabel: "real samples (control steps in the world)",
    yLabel: label,
    curves: [
      ...curves.filter(({ points, thin = [] }) => points.length + thin.length > 0),
      ...published.filter(isNear).map(
        ({ label: whose, points }, i): Curve => ({
          label: `${whose} ${rounded(points[points.length - 1][1])}`,
          color: ["#444444", "#888888", "#aaaaaa"][i % 3],
          points,
          dashed: true,
        }),
      ),
    ],
    ...(figure.threshold === undefined
      ? {}
      : { target: { value: figure.threshold, label: `threshold ${rounded(figure.threshold)}` } }),
    moments: [...first].map(([what, x]) => ({ x, label: what })),
  };
}

const labelOf = ({ way, variant }: SuiteGame, byVariant: boolean): string =>
  variant === null || byVariant ? way.toUpperCase() : `${way.toUpperCase()} ${variant}`;

/** A way keeps its colour from figure to figure; of several of one algorithm, the first. */
function colourOf(game: SuiteGame, labels: readonly string[], i: number, games: readonly SuiteGame[]): string {
  const first = games.findIndex(({ algorithm }) => algorithm === game.algorithm);
  if (first === i) return PALETTE[ALGORITHMS.indexOf(game.algorithm)];
  const others = labels.filter((_, j) => games.findIndex(({ algorithm }) => algorithm === games[j].algorithm) !== j);
  const free = PALETTE.slice(ALGORITHMS.length);
  return free[others.indexOf(labels[i]) % free.length];
}
