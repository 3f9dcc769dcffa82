import { compact } from "./format.js";

/** One curve of an exported figure, in data coordinates. */
export interface SvgCurve {
  readonly label: string;
  /** #rrggbb */
  readonly color: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** So many of its points are joined by a line; from the last of them on it is dashed. Default: all. */
  readonly solid?: number;
  /** A band around it, a number per point of it; NaN where there is none. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** Faint companions: single runs. What is NaN is no point. */
  readonly thin?: readonly Points[];
}

interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

const [WIDTH, HEIGHT] = [860, 480];
const MARGIN = { top: 48, right: 24, bottom: 52, left: 72 };
const INK = "#222222";

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

/** A line without what is no point of it. */
function known({ x, y }: Points): Points {
  const points = Array.from(x, (at, i) => [at, y[i]] as const).filter(([, value]) => !Number.isNaN(value));
  return { x: points.map(([at]) => at), y: points.map(([, value]) => value) };
}

/** About `count` round numbers from `low` to `high`. */
function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** A figure of curves with bands as SVG on a white ground, so that it reads on any page. */
export function curvesSvg(title: string, xLabel: string, yLabel: string, curves: readonly SvgCurve[]): string {
  const drawn = curves.filter(({ x }) => x.length > 0);
  const companions = drawn.flatMap(({ thin = [], color }) => thin.map((line) => ({ ...known(line), color })));
  const xs = [...drawn, ...companions].flatMap(({ x }) => Array.from(x));
  const ys = [...drawn.flatMap(({ y, low = [], high = [] }) => [y, low, high]), ...companions.map(({ y }) => y)]
    .flatMap((values) => Array.from(values))
    .filter((y) => !Number.isNaN(y));
  const [xLow, xHigh] = [Math.min(0, ...xs), Math.max(1e-9, ...xs)];
  const [yLow, yHigh] = ys.length === 0 ? [0, 1] : [Math.min(0, ...ys), Math.max(...ys)];
  const px = (x: number) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * (x - xLow)) / (xHigh - xLow || 1);
  const py = (y: number) =>
    HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * (y - yLow)) / (yHigh - yLow || 1);
  const point = (x: number, y: number) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`;
  const line = ({ x, y }: Points) => Array.from(x, (at, i) => point(at, y[i])).join(" ");
  const bands = drawn.flatMap(({ x, low, high, color }) => {
    if (low === undefined || high === undefined) return [];
    const edge = (y: ArrayLike<number>) =>
      Array.from(x, (at, i) => (Number.isNaN(y[i]) ? "" : point(at, y[i]))).filter((each) => each !== "");
    const points = [...edge(high), ...edge(low).reverse()].join(" ");
    return [`<polygon points="${points}" fill="${color}" fill-opacity="0.18"/>`];
  });
  const grid = [
    ...ticks(yLow, yHigh, 6).map(
      (y) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" stroke="#e4e8ee"/>` +
        `<text x="${MARGIN.left - 8}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${compact(y)}</text>`,
    ),
    ...ticks(xLow, xHigh, 8).map(
      (x) =>
        `<text x="${px(x).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${compact(x)}</text>`,
    ),
  ];
  const legend = drawn.map(
    ({ label, color }, i) =>
      `<rect x="${MARGIN.left + 12}" y="${MARGIN.top + 8 + 20 * i}" width="16" height="4" fill="${color}"/>` +
      `<text x="${MARGIN.left + 36}" y="${MARGIN.top + 14 + 20 * i}">${escaped(label)}</text>`,
  );
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
        `<polyline points="${line(curve)}" fill="none" stroke="${curve.color}" stroke-width="0.9" stroke-opacity="0.6"/>`,
    ),
    ...drawn.flatMap(({ x, y, color, solid = x.length }) => {
      const part = (from: number, to: number, dash: string) =>
        from + 1 < to
          ? `<polyline points="${line({ x: Array.from(x).slice(from, to), y: Array.from(y).slice(from, to) })}" fill="none" stroke="${color}" stroke-width="2.2" stroke-linejoin="round"${dash}/>`
          : "";
      return [part(0, solid, ""), part(Math.max(0, solid - 1), x.length, ' stroke-dasharray="6 5"')];
    }),
    ...legend,
    "</svg>\n",
  ].join("\n");
}
