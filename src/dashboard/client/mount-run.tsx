import { render } from "preact";
import type { Progress } from "../../agents/train.js";
import type { RunStream, StreamEvent, StreamedConfig } from "../../runs/stream.js";
import { MetricLog } from "../shared/metric-log.js";
import type { RunDetail, RunEntry, SettingRow } from "../shared/protocol.js";
import { digestOf, identityOf } from "../shared/run-digest.js";
import { live } from "./live.js";
import css from "./style.css?inline";
import { type Theme, takeColoursOf } from "./theme.js";
import { Board } from "./views/board.js";
import { Problems, Status } from "./views/lights.js";
import { Overview } from "./views/overview.js";

export interface MountOptions {
  /** Default both. */
  readonly views?: readonly ("overview" | "board")[];
  /** Default `system`. */
  readonly theme?: Theme;
}

/** A run's views in a page. */
export interface MountedRun {
  setTheme(theme: Theme): void;
  unmount(): void;
}

/** ms */
const MOMENT = 60;
let mounted = 0;

/**
 * Shows a run in an element of any page, as the dashboard does, and follows its stream: health lights, learning curve,
 * times, game board. Styles stay within: the views lie in a shadow root.
 */
export function mountRun(element: HTMLElement, stream: RunStream, options: MountOptions = {}): MountedRun {
  const { views = ["overview", "board"], theme = "system" } = options;
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const place = document.createElement("div");
  place.className = "mounted";
  root.append(place);
  element.append(host);
  takeColoursOf(host);
  const run = new WatchedRun(`mounted-${++mounted}`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    timer = undefined;
    render(<MountedViews run={run} views={views} />, place);
  };
  const leave = stream.subscribe((event) => {
    run.hear(event);
    timer ??= setTimeout(draw, MOMENT);
  });
  const setTheme = (next: Theme) => {
    host.dataset.theme = next;
    document.dispatchEvent(new Event("themechange"));
  };
  setTheme(theme);
  return {
    setTheme,
    unmount() {
      leave();
      clearTimeout(timer);
      render(null, place);
      live.release(run.id);
      host.remove();
    },
  };
}

/** What a stream has said of its run. */
class WatchedRun {
  readonly id: string;
  readonly log = new MetricLog();
  readonly warnings: string[] = [];
  config: StreamedConfig | undefined;
  progress: Progress | undefined;
  kept: number | undefined;
  isPaused = false;

  constructor(id: string) {
    this.id = id;
  }

  hear(event: StreamEvent): void {
    if (event.type === "config") this.config = event.config;
    else if (event.type === "lines") this.log.add(event.text);
    else if (event.type === "progress") this.progress = event.progress;
    else if (event.type === "paused") this.isPaused = event.is;
    else if (event.type === "kept") this.kept = event.iteration;
    else this.warnings.push(event.text);
  }

  /** As the dashboard lists it. */
  entry(): RunEntry {
    const { id, log, config } = this;
    const status = log.end?.reason ?? (this.isPaused ? "paused" : "running");
    return {
      id,
      name: "",
      path: "",
      status,
      identity: config === undefined ? null : identityOf(config, config.solvedReturn ?? null),
      digest: digestOf(log, status, 0, config?.settings.data.maxSamples),
      problems: this.warnings,
      metrics: { generation: id, bytes: 1 },
      checkpoints: [],
    };
  }

  detail(): RunDetail {
    return {
      settings: rowsOf(this.config?.settings ?? {}),
      config: this.config,
      checkpoints: [],
      task: null,
      problems: [],
    };
  }
}

/** Settings by name, without what the server knows of them besides. */
const rowsOf = (settings: object): readonly SettingRow[] =>
  Object.entries(settings).flatMap(([group, values]) =>
    Object.entries(values as object).map(([name, value]) => ({
      key: `${group}.${name}`,
      value,
      help: "",
      origin: "",
      own: false,
    })),
  );

function MountedViews({ run, views }: { readonly run: WatchedRun } & Required<Pick<MountOptions, "views">>) {
  const entry = run.entry();
  live.adopt({ version: "", roots: [], runs: [entry] }, run.id, run.log);
  const view = { run: entry, log: run.log, detail: { state: "there", value: run.detail() } as const };
  return (
    <>
      <div class="run-head">
        <Status status={entry.status} />
        <span class="quiet" role="status">
          {entry.status === "running" && progressOf(run.progress)}
          {run.kept !== undefined && ` Kept up to iteration ${run.kept}.`}
        </span>
      </div>
      <Problems problems={entry.problems} />
      {views.includes("overview") && <Overview {...view} />}
      {views.includes("board") && (
        <>
          <h2 class="part">Game board</h2>
          <Board {...view} />
        </>
      )}
    </>
  );
}

/** `Iteration 3: improve, 2 of 4.` */
const progressOf = (progress: Progress | undefined): string =>
  progress === undefined
    ? "Starting …"
    : `Iteration ${progress.iteration}: ${progress.phase}, ${progress.done} of ${progress.total}.`;
