import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { FONT, figureGrid } from "./figure-grid.js";

/** One curve of a panel, in data coordinates. */
export interface Curve {
  readonly label: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** Where the line goes on with less behind it: dashed, from its last point. */
  readonly tail?: readonly (readonly [x: number, y: number])[];
  /** Faint companions of the main line: single seeds. */
  readonly thin?: readonly (readonly (readonly [number, number])[])[];
  /** A shaded range around the line. */
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
}

export interface Panel {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
  /** A value to compare with: a horizontal line and what it is. */
  readonly target?: { readonly value: number; readonly label: string } | undefined;
  /** Moments at which something happened: vertical lines and what it was. */
  readonly moments?: readonly { readonly x: number; readonly label: string }[];
}

const WIDTH = 760;
const HEIGHT = 430;
const MARGIN = { top: 64, right: 185, bottom: 52, left: 68 };
const INK = "#222";
/** Height of a line of the subtitle, px: there is room for two above the plot. */
const SUBTITLE_LINE = 12;
/** Height of a line of labels, px. */
const LINE = 16;
/** Width of a letter of a label, bold, px: none of the fonts in use is wider on the whole. */
const LETTER = 7.4;
/** From the end of the axis to the labels, px. */
const GAP = 10;

/**
 * Colours that people with colour blindness tell apart: Okabe and Ito's, then darker and brighter ones. The first are the ways' own
 * (`ALGORITHMS`), those that are left are for whoever else is drawn.
 */
export const PALETTE = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#666666",
  "#2A1A99",
  "#7A0A2E",
  "#A046E8",
  "#B3A25E",
  "#D01038",
  "#00C800",
  "#F800A8",
  "#100030",
] as const;

/** 500, 1k, 2.5k, 1M: the steps of an axis. */
function compact(value: number): string {
  const [size, unit] = Math.abs(value) >= 1e6 ? [1e6, "M"] : Math.abs(value) >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / size).toPrecision(4))}${unit}`;
}

/** Panels side by side and below each other, as one SVG with a white ground, so that it reads on any page. */
export const drawFigure = (panels: readonly Panel[]): string => figureGrid(panels.map(drawPanel), WIDTH, HEIGHT);

function drawPanel({ title, subtitle, xLabel, yLabel, curves, target, moments = [] }: Panel): string {
  const { document } = parseHTML("<html><body></body></html>");
  const everyPoint = curves.flatMap(({ points, tail = [], thin = [] }) => [points, tail, ...thin].flat());
  const ys = [
    ...everyPoint.map(([, y]) => y),
    ...curves.flatMap(({ band = [] }) => band.flatMap(({ low, high }) => [low, high])),
    ...(target === undefined ? [] : [target.value]),
  ];
  const yDomain = padded(ys);
  const xMax = Math.max(1, ...everyPoint.map(([x]) => x));
  const top = MARGIN.top + SUBTITLE_LINE * Math.max(0, subtitle.split("\n").length - 2);
  const ends = dodge(curves, yDomain, HEIGHT - top - MARGIN.bottom);

  const svg = Plot.plot({
    document: document as never,
    width: WIDTH,
    height: HEIGHT,
    marginTop: top,
    marginRight: Math.max(MARGIN.right, GAP + LETTER * Math.max(0, ...curves.map(({ label }) => label.length))),
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    style: { fontFamily: FONT, fontSize: "12px", color: INK, background: "white" },
    x: { domain: [0, xMax], label: null },
    y: { domain: yDomain, label: null },
    marks: [
      Plot.gridY({ stroke: "#ddd", strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({
        ticks: 7,
        tickFormat: compact,
        label: xLabel,
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 42,
      }),
      Plot.axisY({ ticks: 6, tickSize: 0, label: yLabel, labelAnchor: "center", labelArrow: "none", labelOffset: 58 }),
      ...(target === undefined ? [] : targetMarks(target, xMax)),
      Plot.ruleX(moments, { x: "x", stroke: "#888", strokeDasharray: "6 3" }),
      ...moments.map((moment) => {
        const left = moment.x > 0.75 * xMax; // of the line, where there is room
        return Plot.text([moment], {
          x: "x",
          text: "label",
          frameAnchor: "top",
          textAnchor: left ? "end" : "start",
          dx: left ? -5 : 5,
          dy: 2,
          fill: "#666",
        });
      }),
      ...curves.flatMap(({ band, color }) =>
        band === undefined ? [] : [Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.15 })],
      ),
      ...curves.flatMap(({ thin = [], color }) =>
        thin.map((line) => Plot.lineY(line, { x: "0", y: "1", stroke: color, strokeWidth: 0.8, strokeOpacity: 0.45 })),
      ),
      ...curves.flatMap(({ tail = [], points, color }) =>
        tail.length === 0
          ? []
          : [
              Plot.lineY([...points.slice(-1), ...tail], {
                x: "0",
                y: "1",
                stroke: color,
                strokeWidth: 2,
                strokeDasharray: "5 4",
              }),
            ],
      ),
      ...curves.flatMap(({ points, color, dashed }) => [
        Plot.lineY(points, {
          x: "0",
          y: "1",
          stroke: color,
          strokeWidth: 2,
          ...(dashed ? { strokeDasharray: "5 4" } : {}),
        }),
        ...(points.length <= 40 ? [Plot.dot(points, { x: "0", y: "1", fill: color, r: dashed ? 1.8 : 2.6 })] : []),
      ]),
      Plot.text(ends, {
        x: () => xMax,
        y: "y",
        text: "label",
        fill: "color",
        textAnchor: "start",
        dx: GAP,
        fontWeight: "bold",
      }),
      Plot.text([title], {
        frameAnchor: "top-left",
        dy: 22 - top,
        dx: 0,
        fontSize: 16,
        fontWeight: "bold",
        fill: INK,
      }),
      Plot.text([subtitle], { frameAnchor: "top-left", dy: 42 - top, fill: "#555" }),
    ],
  });
  svg.querySelector("style")?.remove(); // rules for a page's own SVG; within another they would change its size
  return String(svg.outerHTML);
}

function targetMarks(
  { value, label }: { readonly value: number; readonly label: string },
  xMax: number,
): Plot.Markish[] {
  return [
    Plot.ruleY([value], { stroke: "#888", strokeDasharray: "2 3" }),
    Plot.text([label], {
      x: () => xMax,
      y: () => value,
      text: (d: string) => d,
      textAnchor: "end",
      dy: -8,
      fill: "#666",
    }),
  ];
}

/** The range of the numbers with 4 % of air; never empty. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const air = 0.04 * (high - low) || Math.max(1, 0.04 * Math.abs(high));
  return [low - air, high + air];
}

/**
 * Labels at the heights of the curves' last points, y in data coordinates. Those that would overlap move apart around
 * their common middle, the others stay where they are (isotonic regression); all stay below the top.
 *
 * @param height of the plot, px
 */
function dodge(
  curves: readonly Curve[],
  [low, high]: readonly [number, number],
  height: number,
): { label: string; color: string; y: number }[] {
  const gap = (LINE * (high - low)) / height;
  const lines = curves
    .flatMap(({ label, color, points, tail = [], thin = [] }) => {
      const end = [...thin.flat(), ...points, ...tail].pop(); // the last of the companions where there is no main line
      return end === undefined ? [] : [{ label, color, y: end[1] }];
    })
    .sort((a, b) => a.y - b.y);
  const blocks: { sum: number; size: number }[] = [];
  for (const [i, { y }] of lines.entries()) {
    blocks.push({ sum: y - i * gap, size: 1 });
    for (let b = blocks.length - 1; b > 0; b--) {
      const [below, above] = [blocks[b - 1], blocks[b]];
      if (below.sum / below.size <= above.sum / above.size) break;
      blocks.splice(b - 1, 2, { sum: below.sum + above.sum, size: below.size + above.size });
    }
  }
  const levels = blocks.flatMap(({ sum, size }) => Array<number>(size).fill(sum / size));
  return lines.map((line, i) => ({ ...line, y: Math.min(levels[i] + i * gap, high - (lines.length - 1 - i) * gap) }));
}
