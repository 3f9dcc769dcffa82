import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Cursor } from "./cursor.js";
import { compact } from "./format.js";
import { colour, useColours } from "./theme.js";

/** One curve. */
export interface Curve {
  readonly label: string;
  /** A colour of style.css by name, or #rrggbb. */
  readonly color: string;
  /** NaN leaves a gap. */
  readonly y: ArrayLike<number>;
  readonly width?: number;
  readonly dash?: readonly number[];
  /** Half as strong as others. */
  readonly faint?: boolean;
  /** Marks only, no line. */
  readonly scatter?: boolean;
  /** Not named below the chart. */
  readonly silent?: boolean;
  /** Lines go across points that have no number. */
  readonly bridge?: boolean;
}

/** What a drawing is of. */
export interface PlotProps {
  /** Ascending. */
  readonly x: ArrayLike<number>;
  readonly xLabel: string;
  /** What the vertical axis is, with its unit. */
  readonly yLabel: string;
  readonly curves: readonly Curve[];
  /** A shaded range between two of the curves, by their places. */
  readonly bands?: readonly { readonly low: number; readonly high: number; readonly color: string }[];
  readonly log?: boolean;
  readonly height?: number;
  /** Charts of the same name move their cursors together. */
  readonly sync?: string;
  /** A level to compare with. */
  readonly level?: { readonly value: number; readonly label: string } | null;
  /** A place on the horizontal axis that several drawings share: a line stands there, and a click moves it. */
  readonly cursor?: Cursor;
}

/** Keeps a drawing in `place`: made anew where its form changes, else only given the new numbers. */
export function usePlot(
  place: { readonly current: HTMLDivElement | null },
  props: PlotProps,
  hidden: ReadonlySet<string>,
  onIndex: (index: number | null) => void,
) {
  const plot = useRef<uPlot | null>(null);
  const [isZoomed, setZoomed] = useState(false);
  const zoomed = useRef(false);
  zoomed.current = isZoomed;
  const colours = useColours();
  const { x, curves, log = false, height = 240, sync, bands = [], level, xLabel, yLabel } = props;
  const hear = useRef(onIndex);
  hear.current = onIndex;
  const data = useMemo(() => plotData(x, curves, log), [x, log, ...curves.map(({ y }) => y)]);
  const form = JSON.stringify([
    curves.map(({ y: _, ...form }) => form),
    [...hidden],
    bands,
    level,
    xLabel,
    yLabel,
    log,
    height,
    sync,
    colours,
    x.length > 0,
  ]);
  const last = useRef<typeof data | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const options = plotOptions(element.clientWidth, props, hidden, (i) => hear.current(i));
    const made = new uPlot(options, data, element);
    setZoomed(false);
    made.hooks.setScale = [(of, scale) => scale === "x" && setZoomed(isPartOf(of))];
    plot.current = made;
    last.current = data;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    const leave = props.cursor === undefined ? () => {} : drawCursor(made, props.cursor);
    return () => {
      leave();
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [form]);
  useEffect(() => {
    if (last.current === data) return;
    last.current = data;
    plot.current?.setData(data, !zoomed.current);
    if (zoomed.current) plot.current?.redraw(); // who looks closer goes on looking there
  }, [data]);
  const reset = () => plot.current?.setData(plot.current.data);
  return { plot, isZoomed, reset };
}

/** Whether only a part of the data is on show. */
function isPartOf({ scales: { x }, data: [places] }: uPlot): boolean {
  if (x.min == null || x.max == null || places.length === 0) return false;
  return x.min > places[0] || x.max < places[places.length - 1];
}

/** A line across a drawing at the cursor's place, moved without drawing anything else anew. */
function drawCursor(plot: uPlot, cursor: Cursor): () => void {
  const line = document.createElement("div");
  line.className = "marker";
  plot.over.append(line);
  const move = () => {
    line.style.transform = `translateX(${plot.valToPos(cursor.value, "x")}px)`;
  };
  const pick = (event: MouseEvent) =>
    cursor.set(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x"));
  plot.over.addEventListener("click", pick);
  plot.hooks.setScale = [...(plot.hooks.setScale ?? []), move];
  const stop = cursor.subscribe(move);
  move();
  return stop;
}

/** uPlot reads null as a gap; on a log axis nothing at or below 0 can be drawn. */
function plotData(x: ArrayLike<number>, curves: readonly Curve[], log: boolean): uPlot.AlignedData {
  const usable = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) || (log && value <= 0) ? null : value;
  const columns = curves.map(({ y }) => Array.from({ length: x.length }, (_, i) => usable(y[i])));
  return [Array.from(x), ...columns] as uPlot.AlignedData;
}

/** The title of an axis. */
const titled = (label: string): uPlot.Axis => ({
  label,
  labelSize: 16,
  labelGap: 0,
  labelFont: "12px system-ui, sans-serif",
});

function plotOptions(
  width: number,
  { curves, bands = [], log = false, height = 240, sync, level, x, xLabel, yLabel }: PlotProps,
  hidden: ReadonlySet<string>,
  onIndex: (index: number | null) => void,
): uPlot.Options {
  const [ink, grid, card] = [colour("muted"), colour("grid"), colour("card")];
  const axis: uPlot.Axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    font: "12px system-ui, sans-serif",
    values: (_, splits) => splits.map((value) => (value === null ? "" : compact(value))),
  };
  const few = x.length < 60;
  return {
    width: Math.max(width, 120),
    height,
    legend: { show: false },
    padding: [10, 12, 0, 0],
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: true, y: false },
      ...(sync === undefined ? {} : { sync: { key: sync, setSeries: false } }),
    },
    scales: {
      x: { time: false },
      y: {
        ...(log ? { distr: 3 } : {}),
        range: (_, low, high) => yRange(low, high, log, level?.value),
      },
    },
    axes: [
      { ...axis, ...titled(xLabel), size: 30, space: 60 },
      {
        ...axis,
        ...titled(yLabel),
        size: 50,
        space: 34,
        ...(log ? { splits: (_u, _i, low, high) => decades(low, high) } : {}),
      },
    ],
    series: [
      {},
      ...curves.map(({ label, color, width = 2, dash, faint, scatter, bridge }): uPlot.Series => {
        const stroke = `${colour(color)}${faint ? "80" : ""}`;
        return {
          label,
          stroke,
          width,
          show: !hidden.has(label),
          spanGaps: bridge ?? false,
          ...(dash === undefined ? {} : { dash: [...dash] }),
          ...(scatter ? { paths: () => null } : {}),
          points: {
            show: scatter !== true && few && width >= 2 && dash === undefined,
            size: 5,
            stroke,
            fill: card,
            width: 1.5,
          },
        };
      }),
    ],
    bands: bands.map(({ low, high, color }) => ({ series: [high + 1, low + 1], fill: `${colour(color)}33` })),
    hooks: {
      setCursor: [(plot) => onIndex(plot.cursor.left! < 0 ? null : (plot.cursor.idx ?? null))],
      drawSeries: [(plot, i) => curves[i - 1]?.scatter && drawMarks(plot, i, colour(curves[i - 1].color))],
      ...(level ? { draw: [(plot) => drawLevel(plot, level, ink)] } : {}),
    },
  };
}

/** Powers of ten on a log axis, at most eight. */
function decades(low: number, high: number): number[] {
  const [first, last] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const stride = Math.max(1, Math.ceil((last - first) / 8));
  return Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, i) => 10 ** (first + i * stride));
}

function yRange(low: number | null, high: number | null, log: boolean, level: number | undefined): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return log ? [0.1, 1] : [0, 1];
  if (log) return [10 ** Math.floor(Math.log10(low) - 1e-9), 10 ** Math.ceil(Math.log10(high) + 1e-9)];
  const [from, to] = level === undefined ? [low, high] : [Math.min(low, level), Math.max(high, level)];
  const pad = from === to ? Math.abs(from) * 0.1 || 1 : (to - from) * 0.06;
  return [from >= 0 && from < pad * 4 ? 0 : from - pad, to + pad];
}

/** Side of a mark, CSS px. */
const MARK = 4;

/**
 * The points of a curve as squares. Of those that would lie on one another only one is drawn: ten thousand steps take no
 * longer than the area of the chart.
 */
function drawMarks(plot: uPlot, series: number, color: string): void {
  const { ctx, bbox, data } = plot;
  const [x, y] = [data[0], data[series]];
  const size = Math.round(MARK * devicePixelRatio);
  const columns = Math.ceil(bbox.width / size) + 1;
  const taken = new Set<number>();
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  for (let i = 0; i < x.length; i++) {
    const value = y[i];
    if (value === null || value === undefined) continue;
    const [left, top] = [plot.valToPos(x[i], "x", true), plot.valToPos(value, "y", true)];
    const cell = Math.floor((2 * (left - bbox.left)) / size) + 2 * columns * Math.floor((2 * (top - bbox.top)) / size);
    if (taken.has(cell)) continue;
    taken.add(cell);
    ctx.fillRect(left - size / 2, top - size / 2, size, size);
  }
  ctx.restore();
}

/** A dashed line across the chart at one value, with its name where curves that have come to it do not pass. */
function drawLevel(
  plot: uPlot,
  { value, label }: { readonly value: number; readonly label: string },
  ink: string,
): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(value, "y", true);
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = ink;
  ctx.setLineDash([2 * ratio, 4 * ratio]);
  ctx.lineWidth = ratio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.textAlign = "right";
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.fillText(label, bbox.left + bbox.width - 6 * ratio, y + 14 * ratio);
  ctx.restore();
}
