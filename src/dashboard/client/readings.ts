import type { RunEntry } from "../shared/protocol.js";

/** Something that is read of a run's log, and grows as the log does. */
export interface Kind<Content> {
  empty(): Content;
  /** Where what is more than has been read stands. */
  address(run: string, content: Content, bytes: number): string;
  /** Takes an answer in. @returns the bytes of the log that content then is of: no more than before where nothing was new */
  take(content: Content, read: RunEntry["metrics"], answer: Response): Promise<number>;
}

/** What has been read of a run. */
interface Reading<Content> {
  generation: string;
  bytes: number;
  content: Content;
  busy: boolean;
  /** Whether all that was there when it was asked for has arrived: part of it is never shown. */
  whole: boolean;
  /** Pages that show it. */
  users: number;
}

/** What is read of the runs on show: fetched from where it was read to, and begun again where a log is another file. */
export class Readings<Content> {
  readonly #kind: Kind<Content>;
  readonly #metricsOf: (run: string) => RunEntry["metrics"] | undefined;
  readonly #tell: (isNews: boolean) => void;
  readonly #readings = new Map<string, Reading<Content>>();

  /** @param tell hears of what has come: of something that is shown already, or is new on the page */
  constructor(
    kind: Kind<Content>,
    metricsOf: (run: string) => RunEntry["metrics"] | undefined,
    tell: (isNews: boolean) => void,
  ) {
    this.#kind = kind;
    this.#metricsOf = metricsOf;
    this.#tell = tell;
  }

  /** Undefined until it has been read to its end. */
  of(run: string): Content | undefined {
    const reading = this.#readings.get(run);
    return reading?.whole ? reading.content : undefined;
  }

  /** Reads of a run and keeps it up to date until the function it returns is called. */
  watch(run: string): () => void {
    const reading = this.#readings.get(run) ?? { ...this.#nothing(), users: 0 };
    reading.users++;
    this.#readings.set(run, reading);
    this.#forget(run);
    void this.#read(run);
    return () => {
      reading.users--;
    };
  }

  /** Reads on, where logs have grown; what nobody shows of runs that are gone is forgotten. */
  refresh(): void {
    for (const [run, { users }] of this.#readings) {
      if (users === 0 && this.#metricsOf(run) === undefined) {
        this.#readings.delete(run);
        continue;
      }
      this.#forget(run);
      void this.#read(run);
    }
  }

  /** Takes what somebody has read. */
  adopt(run: string, { generation, bytes }: RunEntry["metrics"], content: Content): void {
    this.#readings.set(run, { generation, bytes: Math.max(1, bytes), content, busy: false, whole: true, users: 1 });
  }

  release(run: string): void {
    this.#readings.delete(run);
  }

  #nothing() {
    return { generation: "", bytes: 0, content: this.#kind.empty(), busy: false, whole: false };
  }

  /** Begins again where the log is another file than the one that was read. */
  #forget(run: string): void {
    const [reading, metrics] = [this.#readings.get(run), this.#metricsOf(run)];
    if (reading === undefined || metrics === undefined || reading.generation === metrics.generation) return;
    const { busy } = reading;
    Object.assign(reading, { ...this.#nothing(), busy, generation: metrics.generation });
  }

  /** Reads what there is more than is here; once more where it has grown meanwhile. */
  async #read(run: string): Promise<void> {
    const [reading, metrics] = [this.#readings.get(run), this.#metricsOf(run)];
    if (reading === undefined || reading.users === 0 || reading.busy || metrics === undefined) return;
    if (metrics.bytes <= reading.bytes || metrics.generation !== reading.generation) return;
    const { content, generation, bytes, whole } = reading;
    let grown = false;
    reading.busy = true;
    try {
      const answer = await fetch(this.#kind.address(run, content, bytes));
      if (!answer.ok) {
        reading.whole = true; // it cannot be read, and its run says why
        this.#tell(false);
        return;
      }
      const now = await this.#kind.take(content, { generation, bytes }, answer);
      grown = now > bytes;
      if (reading.content === content) {
        reading.bytes = now;
        reading.whole ||= !grown || now >= metrics.bytes;
      }
      if (reading.whole) this.#tell(whole);
    } catch {
      // The server is gone for now; the next push asks again.
    } finally {
      reading.busy = false;
    }
    if (grown) void this.#read(run);
  }
}
