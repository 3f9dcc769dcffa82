import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { FONT, figureGrid } from "./figure-grid.js";

/** A path or a cloud in a plane. */
export interface PlaneCurve {
  readonly label: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly style: "line" | "steps" | "cloud" | "dashed";
}

/** A point that has a name. */
export interface PlaneMark {
  readonly label: string;
  readonly point: readonly [x: number, y: number];
  readonly symbol: "cross" | "star" | "circle";
}

/** A panel whose axes are two quantities alike, unlike the learning curves of `panel.ts`, with a legend beside it. */
export interface PlanePanel {
  readonly title: string;
  readonly subtitle: string;
  readonly x: { readonly label: string; readonly scale: "linear" | "log"; readonly domain?: readonly [number, number] };
  readonly y: { readonly label: string; readonly scale: "linear" | "log"; readonly domain?: readonly [number, number] };
  readonly curves: readonly PlaneCurve[];
  readonly marks: readonly PlaneMark[];
}

const WIDTH = 640;
const HEIGHT = 430;
const MARGIN = { top: 64, right: 190, bottom: 52, left: 68 };
const INK = "#222";
/** Height of a line of the legend, px. */
const LINE = 20;

/** Panels in two columns, as one SVG with a white ground. */
export const drawPlanes = (panels: readonly PlanePanel[]): string => figureGrid(panels.map(drawPlane), WIDTH, HEIGHT);

function drawPlane({ title, subtitle, x, y, curves, marks }: PlanePanel): string {
  const { document } = parseHTML("<html><body></body></html>");
  const shown = [...curves.flatMap(({ points }) => points), ...marks.map(({ point }) => point)];
  const domain = (axis: 0 | 1, { scale, domain: given }: PlanePanel["x"]): readonly [number, number] => {
    const entries = shown.map((point) => point[axis]);
    return given ?? around(entries, scale);
  };
  const [xDomain, yDomain] = [domain(0, x), domain(1, y)];
  const ticks = (scale: "linear" | "log", domain: readonly [number, number]) =>
    scale === "log" ? { ticks: powersOfTen(domain), tickFormat: power } : { ticks: 6 };
  const common = { labelAnchor: "center", labelArrow: "none" } as const;
  const grid = { stroke: "#eee", strokeOpacity: 1 };
  const svg = Plot.plot({
    document: document as never,
    width: WIDTH,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    style: { fontFamily: FONT, fontSize: "12px", color: INK, background: "white" },
    x: { type: x.scale, domain: [...xDomain], label: null },
    y: { type: y.scale, domain: [...yDomain], label: null },
    marks: [
      Plot.gridX({ ...grid, ticks: ticks(x.scale, xDomain).ticks }),
      Plot.gridY({ ...grid, ticks: ticks(y.scale, yDomain).ticks }),
      Plot.axisX({ ...common, ...ticks(x.scale, xDomain), label: x.label, labelOffset: 42 }),
      Plot.axisY({ ...common, ...ticks(y.scale, yDomain), label: y.label, labelOffset: 58 }),
      ...curves.flatMap((curve) => curveMarks(curve, [xDomain, yDomain])),
      ...marks.map(({ point, symbol }) =>
        Plot.dot([point], {
          x: "0",
          y: "1",
          symbol: symbol === "cross" ? "times" : symbol,
          r: symbol === "circle" ? 5 : 7,
          stroke: INK,
          strokeWidth: 2,
          ...(symbol === "star" ? { fill: "white" } : {}),
        }),
      ),
      Plot.text([title], {
        frameAnchor: "top-left",
        dy: 22 - MARGIN.top,
        fontSize: 16,
        fontWeight: "bold",
        fill: INK,
      }),
      Plot.text([subtitle], { frameAnchor: "top-left", dy: 42 - MARGIN.top, fill: "#555" }),
    ],
  });
  svg.querySelector("style")?.remove(); // rules for a page's own SVG; within another they would change its size
  return `${svg.outerHTML}${legend(curves, marks)}`;
}

type Domains = readonly [x: readonly [number, number], y: readonly [number, number]];

function curveMarks({ points, color, style }: PlaneCurve, domains: Domains) {
  const inside = points.filter((point) => point.every((z, i) => z >= domains[i][0] && z <= domains[i][1]));
  if (style === "cloud") return [Plot.dot(inside, { x: "0", y: "1", fill: color, r: 1.6, fillOpacity: 0.5 })];
  if (style !== "steps") {
    const dash = style === "dashed" ? { strokeDasharray: "5 4" } : {};
    return [Plot.line(points, { x: "0", y: "1", stroke: color, strokeWidth: 2, ...dash })];
  }
  const pieces = segments(points, domains);
  return [
    Plot.link(pieces, { x1: "0", y1: "1", x2: "2", y2: "3", stroke: color, strokeWidth: 1.4, strokeOpacity: 0.8 }),
    Plot.dot(inside, { x: "0", y: "1", fill: color, r: 2 }),
  ];
}

/** A path's pieces within the frame, [x1, y1, x2, y2]: one that runs away is cut where it leaves. */
function segments(points: PlaneCurve["points"], domains: Domains): [number, number, number, number][] {
  return points.slice(1).flatMap((to, i): [number, number, number, number][] => {
    const from = points[i];
    let [enter, leave] = [0, 1];
    for (const axis of [0, 1] as const) {
      const run = to[axis] - from[axis];
      const reach = domains[axis].map((edge) => (edge - from[axis]) / run).sort((a, b) => a - b);
      if (run !== 0) [enter, leave] = [Math.max(enter, reach[0]), Math.min(leave, reach[1])];
      else if (from[axis] < domains[axis][0] || from[axis] > domains[axis][1]) return [];
    }
    const at = (share: number) => [0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]));
    return enter < leave ? [[...at(enter), ...at(leave)] as [number, number, number, number]] : [];
  });
}

/** Names beside the panel, marks first. */
function legend(curves: readonly PlaneCurve[], marks: readonly PlaneMark[]): string {
  const left = WIDTH - MARGIN.right + 14;
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const signs = { cross: "×", star: "☆", circle: "○" } as const;
  const lines = [
    ...marks.map(({ label, symbol }) => ({ text: `${signs[symbol]} ${label}`, color: INK })),
    ...curves.map(({ label, color }) => ({ text: label, color })),
  ];
  return lines
    .map(
      ({ text, color }, i) =>
        `<text x="${left}" y="${MARGIN.top + 12 + i * LINE}" font-size="12" font-weight="bold" fill="${color}">${escaped(text)}</text>`,
    )
    .join("");
}

/** The range of the numbers with some air. */
function around(values: readonly number[], scale: "linear" | "log"): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (scale === "log") return [low / 1.3, high * 1.3];
  const air = 0.06 * (high - low) || 1;
  return [low - air, high + air];
}

function powersOfTen([low, high]: readonly [number, number]): number[] {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** 0.001 as 10⁻³. */
function power(value: number): string {
  const digits = [...String(Math.round(Math.log10(value)))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "⁻");
  return `10${digits.join("")}`;
}
