import { useEffect, useState } from "preact/hooks";
import { MetricLog } from "../shared/metric-log.js";
import type { Failure, LiveState } from "../shared/protocol.js";
import { type CurvesAnswer, RunCurves } from "../shared/run-curves.js";
import { type Kind, Readings } from "./readings.js";

/** What comes within so long is drawn together, ms: what is opened, and lines that a run under way writes, some seconds apart. */
const MOMENT = 40;
const NEWS = 250;

/** All that a log says, line by line. */
const LOGS: Kind<MetricLog> = {
  empty: () => new MetricLog(),
  address: (run, _, bytes) => `/api/runs/${run}/metrics?from=${bytes}`,
  async take(log, { bytes }, answer) {
    const lines = await answer.arrayBuffer();
    log.add(new TextDecoder().decode(lines));
    return bytes + lines.byteLength;
  },
};

/** What of it is compared: of a hundred runs, all that is needed is fewer bytes than one of their logs has. */
const CURVES: Kind<RunCurves> = {
  empty: () => new RunCurves(),
  address: (run, { count }) => `/api/runs/${run}/curves?from=${count}`,
  async take(curves, read, answer) {
    const { generation, bytes, columns } = (await answer.json()) as CurvesAnswer;
    if (generation !== read.generation) return read.bytes; // another log by now: the next push says so
    curves.add(columns);
    return bytes;
  },
};

/**
 * What the page knows of the server: the list of runs, pushed, and the logs and curves of the runs on show. The browser connects again by itself; the first push of a new server says how far each run is.
 */
class Live {
  state: LiveState | undefined;
  connected = false;
  readonly logs = this.#readings(LOGS);
  readonly curves = this.#readings(CURVES);
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
      this.logs.refresh();
      this.curves.refresh();
      this.#tell();
    };
  }

  /** Takes a state and one run's log as they are, beside those it has: a report brings them and asks no server. */
  adopt(state: LiveState, id: string, log: MetricLog): void {
    const others = this.state?.runs.filter((run) => run.id !== id) ?? [];
    this.state = { ...state, runs: [...others, ...state.runs] };
    this.logs.adopt(id, state.runs.find((run) => run.id === id)!.metrics, log);
  }

  /** Lets a run go that was adopted. */
  release(id: string): void {
    this.logs.release(id);
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

  #readings<Content>(kind: Kind<Content>): Readings<Content> {
    return new Readings(
      kind,
      (id) => this.state?.runs.find((run) => run.id === id)?.metrics,
      (isNews) => this.#tell(isNews ? NEWS : MOMENT),
    );
  }
}

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
export const useLogs = (ids: readonly string[]) => useReadings(live.logs, ids);

/** The same of their curves alone. */
export const useCurves = (ids: readonly string[]) => useReadings(live.curves, ids);

function useReadings<Content>(readings: Readings<Content>, ids: readonly string[]): readonly (Content | undefined)[] {
  useLive();
  const key = ids.join(" ");
  useEffect(() => {
    const stops = key === "" ? [] : key.split(" ").map((id) => readings.watch(id));
    return () => {
      for (const stop of stops) stop();
    };
  }, [key]);
  return ids.map((id) => readings.of(id));
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
