import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { saveChart } from "./chart-files.js";
import { ChartTools, type Look } from "./chart-tools.js";
import type { Cursor } from "./cursor.js";
import { figure } from "./format.js";
import { type Curve, type PlotProps, usePlot } from "./plot.js";
import { smoothed } from "./smoothed.js";

export interface ChartProps extends PlotProps {
  readonly title: string;
  /** What is this? */
  readonly what: string;
  /** What is good? */
  readonly good: string;
  /** Hears which point is looked at; null when none is. */
  readonly onCursor?: (index: number | null) => void;
}

/** A chart with what it is and what is good, its values at the cursor, and the same numbers as a table. */
export function Chart(given: ChartProps) {
  const { title, what, good, x, xLabel } = given;
  const [look, setLook] = useState<Look>({ log: given.log ?? false, window: 1 });
  const curves = useMemo(
    () => given.curves.map((curve) => (curve.scatter ? curve : { ...curve, y: smoothed(curve.y, look.window) })),
    [look.window, given.curves],
  );
  const props: ChartProps = { ...given, curves, log: look.log };
  const place = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { plot, isZoomed, reset } = usePlot(place, props, hidden, (i) => {
    setIndex(i);
    props.onCursor?.(i);
  });
  const moment = useMoment(props.cursor, x);
  const looked = index ?? moment;
  const shown = looked ?? x.length - 1;
  const valueAt = (y: ArrayLike<number>) => y[looked ?? lastNumber(y)];
  const named = curves.filter(({ silent }) => silent !== true);
  const toggle = (label: string) => {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    setHidden(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (plot.current === null || (step === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    if (props.cursor !== undefined && step !== undefined) return props.cursor.set(x[clamp(shown + step, x.length)]);
    const at = step === undefined ? -10 : plot.current.valToPos(x[clamp(shown + step, x.length)], "x");
    plot.current.setCursor({ left: at, top: plot.current.bbox.height / 4 });
  };
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p class="about">
          {`${what} `}
          <span class="aim">Good: {good}</span>
        </p>
      </figcaption>
      {x.length === 0 ? (
        <p class="empty">No numbers yet.</p>
      ) : (
        <>
          <section
            class="plot"
            ref={place}
            aria-label={`${title}: ${summary(named, x, xLabel)}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the chart's cursor
            tabIndex={0}
            onKeyDown={onKeyDown}
          />
          <ul class="legend">
            <li class="at">
              {xLabel} {figure(x[shown])}
            </li>
            {named.map(({ label, color, y, dash, scatter }) => (
              <li key={label}>
                <button
                  type="button"
                  aria-pressed={!hidden.has(label)}
                  onClick={() => toggle(label)}
                  title="Show or hide"
                >
                  <i
                    class={scatter ? "dot" : dash ? "dashed" : "line"}
                    style={{ color: color.startsWith("#") ? color : `var(--${color})` }}
                  />
                  <span>{label}</span> <b data-series={label}>{figure(valueAt(y))}</b>
                </button>
              </li>
            ))}
          </ul>
          <details class="more-tools">
            <summary>Scale, smoothing, files</summary>
            <ChartTools
              title={title}
              look={look}
              choose={setLook}
              isZoomed={isZoomed}
              reset={reset}
              save={(kind) => void saveChart({ ...props, curves: shownOf(curves, hidden) }, kind)}
            />
          </details>
          <Numbers {...props} />
        </>
      )}
    </figure>
  );
}

/** Curves as they are drawn: those that the reader has hidden keep their place and have no numbers. */
const shownOf = (curves: readonly Curve[], hidden: ReadonlySet<string>): readonly Curve[] =>
  curves.map((curve) =>
    hidden.has(curve.label) ? { ...curve, silent: true, y: new Float64Array(curve.y.length).fill(Number.NaN) } : curve,
  );

/** A chart's numbers need not be written anew with every picture of a replay, ms. */
const READABLE = 100;

/** The point at a shared cursor, some times a second while it moves; null where there is no cursor. */
function useMoment(cursor: Cursor | undefined, x: ArrayLike<number>): number | null {
  const [moment, setMoment] = useState<number | null>(null);
  useEffect(() => {
    if (cursor === undefined) return setMoment(null);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      timer = undefined;
      setMoment(nearest(x, cursor.value));
    };
    read();
    const stop = cursor.subscribe(() => (timer ??= setTimeout(read, READABLE)));
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [cursor, x]);
  return moment;
}

/** The place of the value next to `at` in an ascending column. */
function nearest(x: ArrayLike<number>, at: number): number | null {
  let i = 0;
  while (i + 1 < x.length && Math.abs(x[i + 1] - at) <= Math.abs(x[i] - at)) i++;
  return x.length === 0 ? null : i;
}

/** The place of the last number of a curve; −1 where there is none. */
function lastNumber(y: ArrayLike<number>): number {
  let i = y.length - 1;
  while (i >= 0 && Number.isNaN(y[i])) i--;
  return i;
}

const clamp = (i: number, length: number) => Math.min(Math.max(i, 0), length - 1);

/** The last value of every curve, in words. */
function summary(curves: readonly Curve[], x: ArrayLike<number>, xLabel: string): string {
  const last = curves.map(({ label, y }) => `${label} ${figure(y[lastNumber(y)])}`);
  return `${last.join(", ")} at ${xLabel} ${figure(x[x.length - 1])}. Arrow keys move along the curve.`;
}

/** Rows shown of a table: the newest. */
const ROWS = 100;

/** The numbers of a chart as a table, when asked for. */
function Numbers({ title, x, xLabel, curves }: ChartProps) {
  const [open, setOpen] = useState(false);
  const first = Math.max(0, x.length - ROWS);
  return (
    <details class="numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Numbers</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll" tabIndex={0} aria-label={`Numbers of ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{xLabel}</th>
                {curves.map(({ label }) => (
                  <th scope="col" key={label}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: x.length - first }, (_, k) => x.length - 1 - k).map((i) => (
                <tr key={i}>
                  <th scope="row">{figure(x[i])}</th>
                  {curves.map(({ label, y }) => (
                    <td key={label}>{Number.isNaN(y[i]) ? "–" : String(y[i])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
