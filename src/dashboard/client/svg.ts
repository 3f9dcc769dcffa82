import { compact } from "./format.js";

/** One curve of an exported figure, in data coordinates. */
export interface SvgCurve {
  readonly label: string;
  /** #rrggbb */
  readonly color: string;
  readonly x: ArrayLike<number>;
  /** What is NaN is no point. */
  readonly y: ArrayLike<number>;
  /** So many of its points are joined by a line; from the last of them on it is faint. Default: all. */
  readonly solid?: number;
  /** px */
  readonly dash?: readonly number[] | undefined;
  /** px; default 2.2 */
  readonly width?: number;
  /** Marks instead of a line. */
  readonly scatter?: boolean;
  /** Not named in the legend. */
  readonly silent?: boolean;
  /** A band around it, a number per point of it; NaN where there is none. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** Faint companions: single runs. */
  readonly thin?: readonly Points[];
}

interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** What a figure says beside its curves. */
export interface SvgFigure {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly SvgCurve[];
  /** A logarithmic vertical axis. */
  readonly log?: boolean;
}

const [WIDTH, HEIGHT] = [860, 480];
const MARGIN = { top: 48, right: 24, bottom: 52, left: 72 };
const INK = "#222222";

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

/** About `count` round numbers from `low` to `high`. */
function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** Least and most of some columns, without what is no number; `otherwise` where there is none. */
function range(columns: readonly ArrayLike<number>[], usable: (value: number) => boolean): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      if (!usable(column[i])) continue;
      low = Math.min(low, column[i]);
      high = Math.max(high, column[i]);
    }
  }
  return low > high ? null : [low, high];
}

/** A figure of curves with bands as SVG on a white ground, so that it reads on any page. */
export function curvesSvg({ title, xLabel, yLabel, curves, log = false }: SvgFigure): string {
  const drawn = curves.filter(({ x }) => x.length > 0);
  const companions = drawn.flatMap(({ thin = [], color }) => thin.map((line) => ({ ...line, color })));
  const usable = (value: number) => Number.isFinite(value) && (!log || value > 0);
  const [xLow, xHigh] = range(
    [...drawn, ...companions].map(({ x }) => x),
    Number.isFinite,
  ) ?? [0, 1];
  const ys = [...drawn.flatMap(({ y, low = [], high = [] }) => [y, low, high]), ...companions.map(({ y }) => y)];
  const [least, most] = range(ys, usable) ?? (log ? [0.1, 1] : [0, 1]);
  const scaled = (y: number) => (log ? Math.log10(y) : y);
  const [yLow, yHigh] = log
    ? [Math.floor(scaled(least) - 1e-9), Math.ceil(scaled(most) + 1e-9)]
    : [least >= 0 && least < (most - least) / 2 ? 0 : least, most];
  const px = (x: number) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * (x - xLow)) / (xHigh - xLow || 1);
  const py = (y: number) =>
    HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * (scaled(y) - yLow)) / (yHigh - yLow || 1);
  const point = (x: number, y: number) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`;
  const points = ({ x, y }: Points, from = 0, to = x.length) =>
    Array.from({ length: to - from }, (_, i) => from + i)
      .filter((i) => usable(y[i]))
      .map((i) => point(x[i], y[i]));
  const bands = drawn.flatMap(({ x, low, high, color }) => {
    if (low === undefined || high === undefined) return [];
    const around = [...points({ x, y: high }), ...points({ x, y: low }).reverse()].join(" ");
    return [`<polygon points="${around}" fill="${color}" fill-opacity="0.18"/>`];
  });
  const levels = log ? Array.from({ length: yHigh - yLow + 1 }, (_, i) => 10 ** (yLow + i)) : ticks(yLow, yHigh, 6);
  const grid = [
    ...levels.map(
      (y) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" stroke="#e4e8ee"/>` +
        `<text x="${MARGIN.left - 8}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${compact(y)}</text>`,
    ),
    ...ticks(xLow, xHigh, 8).map(
      (x) =>
        `<text x="${px(x).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${compact(x)}</text>`,
    ),
  ];
  const dashes = (dash: SvgCurve["dash"]) => (dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`);
  const lines = drawn.flatMap(({ x, y, color, dash, width = 2.2, scatter, solid = x.length }) => {
    if (scatter) {
      return points({ x, y }).map((at) => {
        const [cx, cy] = at.split(",");
        return `<circle cx="${cx}" cy="${cy}" r="2" fill="${color}"/>`;
      });
    }
    const part = (from: number, to: number, look: string) =>
      from + 1 < to && width > 0
        ? `<polyline points="${points({ x, y }, from, to).join(" ")}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${dashes(dash)}${look}/>`
        : "";
    return [part(0, solid, ""), part(Math.max(0, solid - 1), x.length, ' stroke-opacity="0.5"')];
  });
  const legend = drawn
    .filter(({ silent }) => silent !== true)
    .map(({ label, color, dash }, i) => {
      const y = MARGIN.top + 10 + 20 * i;
      return (
        `<line x1="${MARGIN.left + 12}" x2="${MARGIN.left + 36}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3"${dashes(dash)}/>` +
        `<text x="${MARGIN.left + 44}" y="${y + 4}">${escaped(label)}</text>`
      );
    });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${MARGIN.left}" y="28" font-size="17" font-weight="600">${escaped(title)}</text>`,
    ...grid,
    `<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 12}" text-anchor="end">${escaped(xLabel)}</text>`,
    `<text x="16" y="${MARGIN.top - 8}">${escaped(yLabel)}</text>`,
    ...bands,
    ...companions.map(
      (curve) =>
        `<polyline points="${points(curve).join(" ")}" fill="none" stroke="${curve.color}" stroke-width="0.9" stroke-opacity="0.6"/>`,
    ),
    ...lines,
    ...legend,
    "</svg>\n",
  ].join("\n");
}
