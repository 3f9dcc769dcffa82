import { appendFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CSV_HEADER, csvLine } from "./csv.js";
import type { IterationEvent, RunEvent } from "./events.js";
import { writeAtomic } from "./files.js";
import { fileVersionRecord, iterationRecord } from "./tensorboard.js";

const TENSORBOARD = /^events\.out\.tfevents\.\d+\.stackelberg$/;

/**
 * `metrics.csv` and the TensorBoard file: other views of `metrics.jsonl`, which alone counts. They are made anew when a
 * run begins or resumes and grow by one iteration at a time.
 */
export class DerivedFiles {
  readonly #csv: string;
  readonly #tensorboard: string;
  /** The time of the last record, s since 1970: start of the run plus the seconds of its iterations. */
  #time: number;

  constructor(run: string, events: readonly RunEvent[]) {
    const start = events.find((event) => event.type === "start");
    const now = Date.now() / 1000;
    this.#time = start === undefined ? now : Date.parse(start.date) / 1000;
    let csv = CSV_HEADER;
    const records = [fileVersionRecord(this.#time)];
    for (const event of events) {
      if (event.type !== "iteration") continue;
      csv += csvLine(event);
      records.push(this.#record(event));
    }
    // A name of its own at each resume: a TensorBoard that is looking goes on to the new file.
    for (const entry of readdirSync(run, { withFileTypes: true })) {
      if (entry.isFile() && TENSORBOARD.test(entry.name)) rmSync(join(run, entry.name));
    }
    this.#csv = join(run, "metrics.csv");
    this.#tensorboard = join(run, `events.out.tfevents.${Math.floor(now)}.stackelberg`);
    writeAtomic(this.#csv, csv);
    writeAtomic(this.#tensorboard, Buffer.concat(records));
  }

  add(event: IterationEvent): void {
    appendFileSync(this.#csv, csvLine(event));
    appendFileSync(this.#tensorboard, this.#record(event));
  }

  #record(event: IterationEvent): Uint8Array {
    this.#time += event.seconds.total;
    return iterationRecord(event, this.#time);
  }
}
