import { metricsPath } from "../../runs/metrics-log.js";
import { MetricLog } from "../shared/metric-log.js";
import { isRefused, isSame, reasonOf, type Seen, seenAt, wholeLines } from "./files.js";

/** Read at a time, bytes: no line is as long. */
export const PIECE = 2 ** 24;

/** The `metrics.jsonl` of a run, read as it grows. */
export class LogFile {
  log = new MetricLog();
  /** Names the content as far as it has only grown. */
  generation = "none";
  /** Bytes of whole lines read. */
  bytes = 0;
  /** Why it cannot be read, or not to its end. */
  problem: string | undefined;
  /** Which file it is. */
  #file = "none";
  #seen: Seen | undefined;
  readonly #path: string;

  constructor(run: string) {
    this.#path = metricsPath(run);
  }

  /** Reads the whole lines that are new since the last look. */
  look(): Seen {
    const seen = seenAt(this.#path);
    if (isSame(seen, this.#seen)) return seen;
    this.#seen = seen;
    this.problem = undefined;
    const { stat, kind, why } = seen;
    const file = stat === undefined ? "none" : `${stat.ino}-${Math.round(stat.birthtimeMs)}`;
    const shrunk = file === this.#file && this.bytes > (stat?.size ?? 0);
    if (file !== this.#file || shrunk) {
      this.generation = shrunk ? `${this.generation}+` : file;
      this.#file = file;
      this.bytes = 0;
      this.log = new MetricLog();
    }
    if (kind === "file") this.#read(stat!.size);
    else if (kind !== "nothing") {
      this.problem = `metrics.jsonl cannot be read (${why ?? (kind === "directory" ? "it is a directory" : "it is a pipe, a socket or a device")})`;
    }
    return seen;
  }

  #read(size: number): void {
    try {
      while (this.bytes < size) {
        const end = Math.min(size, this.bytes + PIECE);
        const lines = wholeLines(this.#path, this.bytes, end);
        if (lines.length === 0 && end < size) {
          this.problem = `metrics.jsonl, after line ${this.log.lines}: no line ends within ${PIECE} bytes; the rest is left out`;
        }
        if (lines.length === 0) return;
        this.log.add(lines.toString("utf8"));
        this.bytes += lines.length;
      }
    } catch (error) {
      if (isRefused(error)) this.#seen = undefined; // asked again at the next look
      this.problem = `metrics.jsonl cannot be read (${reasonOf(error)})`;
    }
  }
}
