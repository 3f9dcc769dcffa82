import { useMemo } from "preact/hooks";
import type { MetricLog } from "../shared/metric-log.js";
import { useChoice } from "./address.js";

/** What the horizontal axis of a run's charts can be. */
const AXES = {
  iterations: { label: "iteration", of: (log: MetricLog) => log.column("iteration") },
  samples: { label: "real samples", of: (log: MetricLog) => log.column("samples") },
  time: { label: "time [h]", of: (log: MetricLog) => log.elapsed().map((seconds) => seconds / 3600) },
} as const;
type Name = keyof typeof AXES;

/** The horizontal axis that the reader has chosen for all charts of a view, and where to choose it. */
export function useHorizontal(log: MetricLog, otherwise: Name) {
  const [chosen, choose] = useChoice("over", otherwise);
  const name: Name = Object.hasOwn(AXES, chosen) ? (chosen as Name) : otherwise;
  const { label, of } = AXES[name];
  const x = useMemo(() => of(log), [log, log.lines, name]);
  return { x, xLabel: label, name, choose };
}

export function HorizontalChoice({ name, choose }: { readonly name: Name; readonly choose: (name: string) => void }) {
  return (
    <label>
      Over{" "}
      <select value={name} onChange={(event) => choose(event.currentTarget.value)}>
        {(Object.keys(AXES) as Name[]).map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
