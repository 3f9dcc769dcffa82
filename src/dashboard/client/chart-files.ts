import type { ChartProps } from "./chart.js";
import { download } from "./download.js";
import { curvesSvg, type SvgCurve } from "./svg.js";
import { colour } from "./theme.js";

type Drawn = Pick<ChartProps, "title" | "x" | "xLabel" | "yLabel" | "curves" | "bands" | "log">;

/** What is on show, as SVG. */
export function chartSvg({ title, x, xLabel, yLabel, curves, bands = [], log = false }: Drawn): string {
  const shades = bands.map(({ low, high, color }): SvgCurve => {
    const none = new Float64Array(x.length).fill(Number.NaN);
    return { label: "", silent: true, color: colour(color), x, y: none, low: curves[low].y, high: curves[high].y };
  });
  const lines = curves.map(({ label, color, y, dash, width, scatter, silent }): SvgCurve => {
    const look = { dash, ...(width === undefined ? {} : { width }), ...(scatter ? { scatter } : {}) };
    return { label, color: colour(color), x, y, ...look, ...(silent ? { silent } : {}) };
  });
  return curvesSvg({ title, xLabel, yLabel, log, curves: [...shades, ...lines] });
}

/** The numbers on show, a row for each place; a cell is empty where there is none. */
export function chartCsv({ x, xLabel, curves }: Pick<Drawn, "x" | "xLabel" | "curves">): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from(x, (at, i) => [at, ...curves.map(({ y }) => (Number.isNaN(y[i]) ? "" : y[i]))].join());
  return `${[[xLabel, ...curves.map(({ label }) => label)].map(quoted).join(), ...rows].join("\n")}\n`;
}

/** Times as many pixels as the SVG is wide and high. */
const SHARPNESS = 2;

/** An SVG as PNG. */
async function png(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SHARPNESS * image.width, SHARPNESS * image.height];
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error("the picture is too large")) : resolve(blob)),
      "image/png",
    ),
  );
}

/** Ways to save a chart. */
export const CHART_FILES = {
  svg: async (drawn: Drawn) => new Blob([chartSvg(drawn)], { type: "image/svg+xml" }),
  png: async (drawn: Drawn) => png(chartSvg(drawn)),
  csv: async (drawn: Drawn) => new Blob([chartCsv(drawn)], { type: "text/csv" }),
} as const;

export async function saveChart(drawn: Drawn, kind: keyof typeof CHART_FILES): Promise<void> {
  const name = drawn.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  download(`${name || "chart"}.${kind}`, await CHART_FILES[kind](drawn));
}
