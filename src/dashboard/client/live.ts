import { useEffect, useState } from "preact/hooks";
import { MetricLog } from "../shared/metric-log.js";
import type { Failure, LiveState, RunEntry } from "../shared/protocol.js";

/** A run's log as far as this page has read it. */
interface Reading {
  generation: string;
  bytes: number;
  log: MetricLog;
  busy: boolean;
  /** Whether all that was there when it was asked for has arrived: part of a log is never shown. */
  whole: boolean;
  /** Pages that show it. */
  users: number;
}

/** What comes within so long is drawn together, ms: what is opened, and lines that a run under way writes, some seconds apart. */
const MOMENT = 40;
const NEWS = 250;

/**
 * What the page knows of the server: the list of runs, pushed, and the logs of the runs on show, fetched from the last
 * byte that was read. The browser connects again by itself; the first push of a new server says how far each run is.
 */
class Live {
  state: LiveState | undefined;
  connected = false;
  readonly #readings = new Map<string, Reading>();
  readonly #listeners = new Set<() => void>();
  #source: EventSource | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;

  connect(): void {
    this.#source ??= new EventSource("/api/live");
    this.#source.onopen = () => this.#connection(true);
    this.#source.onerror = () => this.#connection(false);
    this.#source.onmessage = ({ data }) => {
      this.state = JSON.parse(data as string) as LiveState;
      this.connected = true;
      for (const id of this.#readings.keys()) {
        this.#forget(id);
        void this.#read(id);
      }
      this.#tell();
    };
  }

  /** Takes a state and one run's log as they are, beside those it has: a report brings them and asks no server. */
  adopt(state: LiveState, id: string, log: MetricLog): void {
    const others = this.state?.runs.filter((run) => run.id !== id) ?? [];
    this.state = { ...state, runs: [...others, ...state.runs] };
    const { generation, bytes } = state.runs.find((run) => run.id === id)!.metrics;
    this.#readings.set(id, { generation, bytes: Math.max(1, bytes), log, busy: false, whole: true, users: 1 });
  }

  /** Lets a run go that was adopted. */
  release(id: string): void {
    this.#readings.delete(id);
    if (this.state !== undefined) this.state = { ...this.state, runs: this.state.runs.filter((run) => run.id !== id) };
  }

  #connection(is: boolean): void {
    if (this.#source?.readyState === EventSource.CLOSED) {
      // Refused outright, as by a server that is just starting: the browser gives up there, we do not.
      this.#source = undefined;
      setTimeout(() => this.connect(), 1000);
    }
    if (this.connected === is) return;
    this.connected = is;
    this.#tell();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Has everything drawn anew, once for all that arrives within a moment: ten runs write ten lines at about the same time. */
  #tell(within = MOMENT): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      for (const listener of this.#listeners) listener();
    }, within);
  }

  /** The log of a run, once it has been read to its end; it then grows line by line. */
  log(id: string): MetricLog | undefined {
    const reading = this.#readings.get(id);
    return reading?.whole ? reading.log : undefined;
  }

  /** Reads a run's log and keeps it up to date until the function it returns is called. */
  watch(id: string): () => void {
    const reading = this.#readings.get(id) ?? { ...nothingRead(), users: 0 };
    reading.users++;
    this.#readings.set(id, reading);
    this.#forget(id);
    void this.#read(id);
    return () => {
      reading.users--;
    };
  }

  #metrics(id: string): RunEntry["metrics"] | undefined {
    return this.state?.runs.find((run) => run.id === id)?.metrics;
  }

  /** Begins again where the log is another file than the one that was read. */
  #forget(id: string): void {
    const [reading, metrics] = [this.#readings.get(id), this.#metrics(id)];
    if (reading === undefined || metrics === undefined || reading.generation === metrics.generation) return;
    const { busy } = reading;
    Object.assign(reading, { ...nothingRead(), busy, generation: metrics.generation });
  }

  /** Reads what a log has more than is here; once more where it has grown meanwhile. */
  async #read(id: string): Promise<void> {
    const [reading, metrics] = [this.#readings.get(id), this.#metrics(id)];
    if (reading === undefined || reading.users === 0 || reading.busy || metrics === undefined) return;
    if (metrics.bytes <= reading.bytes || metrics.generation !== reading.generation) return;
    const { log, whole } = reading;
    let grown = false;
    reading.busy = true;
    try {
      const response = await fetch(`/api/runs/${id}/metrics?from=${reading.bytes}`);
      if (!response.ok) {
        reading.whole = true; // it cannot be read, and its run says why
        this.#tell();
        return;
      }
      const bytes = await response.arrayBuffer();
      grown = bytes.byteLength > 0;
      if (reading.log === log) {
        log.add(new TextDecoder().decode(bytes));
        reading.bytes += bytes.byteLength;
        reading.whole ||= !grown || reading.bytes >= metrics.bytes;
      }
      if (reading.whole) this.#tell(whole ? NEWS : MOMENT);
    } catch {
      // The server is gone for now; the next push asks again.
    } finally {
      reading.busy = false;
    }
    if (grown) void this.#read(id);
  }
}

const nothingRead = () => ({ generation: "", bytes: 0, log: new MetricLog(), busy: false, whole: false });

export const live = new Live();

/** Draws the caller anew whenever something arrives. */
export function useLive(): Live {
  const [, redraw] = useState(0);
  useEffect(() => {
    const stop = live.subscribe(() => redraw((n) => n + 1));
    redraw((n) => n + 1); // what arrived between the first drawing and now
    return stop;
  }, []);
  return live;
}

/** The logs of some runs, kept up to date while the caller is on the page; undefined until they are read to the end. */
export function useLogs(ids: readonly string[]): readonly (MetricLog | undefined)[] {
  useLive();
  const key = ids.join(" ");
  useEffect(() => {
    const stops = key === "" ? [] : key.split(" ").map((id) => live.watch(id));
    return () => {
      for (const stop of stops) stop();
    };
  }, [key]);
  return ids.map((id) => live.log(id));
}

/** What a fetch is at: its answer, or what went wrong in words. */
export type Fetched<T> =
  | { readonly state: "waiting" }
  | { readonly state: "there"; readonly value: T }
  | { readonly state: "failed"; readonly error: string };

/** JSON from the server, fetched again when the address changes; null asks for nothing. */
export function useFetched<T>(address: string | null): Fetched<T> {
  const [answer, setAnswer] = useState<{ readonly address: string | null; readonly fetched: Fetched<T> }>({
    address: null,
    fetched: { state: "waiting" },
  });
  useEffect(() => {
    if (address === null) return;
    const leave = new AbortController();
    fetchJson<T>(address, leave.signal).then(
      (value) => setAnswer({ address, fetched: { state: "there", value } }),
      (error: Error) => {
        if (!leave.signal.aborted) setAnswer({ address, fetched: { state: "failed", error: error.message } });
      },
    );
    return () => leave.abort();
  }, [address]);
  return answer.address === address ? answer.fetched : { state: "waiting" };
}

/** @throws {Error} with the server's own words where it refuses */
export async function fetchJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(address, signal === undefined ? {} : { signal });
  if (!response.ok) throw new Error(await failure(response));
  return (await response.json()) as T;
}

/** What the server says went wrong. */
export async function failure(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Failure).error;
  } catch {
    return `the server answered ${response.status}`;
  }
}
