import type { MetricLog, Scalar } from "./metric-log.js";

/** What runs are compared by, beside samples and time. */
export const COMPARED = [
  "return",
  "success",
  "worldReturn",
  "modelReturn",
  "gap",
  "lossAfter",
] as const satisfies readonly Scalar[];
export type Compared = (typeof COMPARED)[number];

/** The columns of a log that a comparison needs: a hundredth of its lines. */
export type Curves = Pick<MetricLog, "count" | "elapsed"> & {
  column(name: Compared | "samples"): Float64Array;
  last(name: Compared): number;
};

const COLUMNS = ["samples", "seconds", ...COMPARED] as const;
type ColumnName = (typeof COLUMNS)[number];

/** Columns from some iteration on, as JSON: null where there is no number. */
export interface CurvesAnswer {
  /** The log that they are of, and how much of it: see `RunEntry.metrics`. */
  readonly generation: string;
  readonly bytes: number;
  readonly columns: Readonly<Record<ColumnName, readonly (number | null)[]>>;
}

/** @param from iterations that whoever asks has */
export const columnsOf = (log: MetricLog, from: number): CurvesAnswer["columns"] =>
  Object.fromEntries(
    COLUMNS.map((name) => {
      const column = name === "seconds" ? log.elapsed() : log.column(name);
      return [name, Array.from(column.subarray(from), (value) => (Number.isNaN(value) ? null : value))];
    }),
  ) as unknown as CurvesAnswer["columns"];

/** The columns of a run that have been read. */
export class RunCurves implements Curves {
  #columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array()])) as Record<ColumnName, Float64Array>;

  get count(): number {
    return this.#columns.samples.length;
  }

  add(columns: CurvesAnswer["columns"]): void {
    for (const name of COLUMNS) {
      const [before, more] = [this.#columns[name], columns[name]];
      const grown = new Float64Array(before.length + more.length);
      grown.set(before);
      for (let i = 0; i < more.length; i++) grown[before.length + i] = more[i] ?? Number.NaN;
      this.#columns[name] = grown;
    }
  }

  column(name: Compared | "samples"): Float64Array {
    return this.#columns[name];
  }

  elapsed(): Float64Array {
    return this.#columns.seconds;
  }

  last(name: Compared): number {
    let i = this.count - 1;
    while (i >= 0 && Number.isNaN(this.#columns[name][i])) i--;
    return i;
  }
}
