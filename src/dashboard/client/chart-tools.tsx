import { CHART_FILES } from "./chart-files.js";

/** Points of which the mean can be drawn. */
export const WINDOWS = [1, 5, 20, 100];

/** How a chart is drawn, as its reader wants it. */
export interface Look {
  readonly log: boolean;
  readonly window: number;
}

/** What can be done with a chart: its scale, smoothing, back from a closer look, and files of it. */
export function ChartTools(props: {
  readonly title: string;
  readonly look: Look;
  readonly choose: (look: Look) => void;
  readonly isZoomed: boolean;
  readonly reset: () => void;
  readonly save: (kind: keyof typeof CHART_FILES) => void;
}) {
  const { title, look, choose, isZoomed, reset, save } = props;
  return (
    <div class="tools" role="toolbar" aria-label={`Tools of ${title}`}>
      <button type="button" aria-pressed={look.log} onClick={() => choose({ ...look, log: !look.log })}>
        log scale
      </button>
      <label>
        mean of{" "}
        <select
          value={String(look.window)}
          onChange={(event) => choose({ ...look, window: Number(event.currentTarget.value) })}
        >
          {WINDOWS.map((window) => (
            <option key={window} value={String(window)}>
              {window === 1 ? "each point" : `the last ${window}`}
            </option>
          ))}
        </select>
      </label>
      <button type="button" disabled={!isZoomed} onClick={reset}>
        whole range
      </button>
      <span>
        save{" "}
        {(Object.keys(CHART_FILES) as (keyof typeof CHART_FILES)[]).map((kind) => (
          <button
            type="button"
            key={kind}
            aria-label={`Save ${title} as ${kind.toUpperCase()}`}
            onClick={() => save(kind)}
          >
            {kind.toUpperCase()}
          </button>
        ))}
      </span>
    </div>
  );
}
