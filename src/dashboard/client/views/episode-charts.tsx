import { useMemo, useState } from "preact/hooks";
import type { SceneReport, ShownEpisode } from "../../shared/protocol.js";
import { Chart } from "../chart.js";
import type { Cursor } from "../cursor.js";
import { ghostColour } from "../ghosts.js";
import type { Curve } from "../plot.js";

interface ChartsProps {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly shown: readonly { readonly ghost: ShownEpisode; readonly i: number }[];
}

/** What happens over the steps of the episode, with the moment on show. */
export function EpisodeCharts({ report, cursor, shown }: ChartsProps) {
  const [entry, setEntry] = useState(0);
  const key = shown.map(({ i }) => i).join();
  const steps = Math.max(report.world.rewards.length, ...report.ghosts.map(({ rewards }) => rewards.length));
  const charts = useMemo(() => {
    const x = Float64Array.from({ length: steps + 1 }, (_, t) => t);
    const padded = (values: readonly number[], lead: number) => {
      const column = new Float64Array(steps + 1).fill(Number.NaN);
      column.set(values, lead);
      return column;
    };
    const curves = (of: (episode: ShownEpisode) => readonly number[], lead: number): Curve[] => [
      { label: "in the world", color: "world", y: padded(of(report.world), lead), width: 2 },
      ...shown.map(
        ({ ghost, i }): Curve => ({ label: ghost.name, color: ghostColour(i), y: padded(of(ghost), lead), width: 1 }),
      ),
    ];
    const summed = ({ rewards }: ShownEpisode) => {
      let sum = 0;
      return rewards.map((reward) => (sum += reward));
    };
    return {
      x,
      reward: curves(({ rewards }) => rewards, 1),
      gathered: curves(summed, 1),
      terms: Object.keys(report.world.terms ?? {}).map(
        (name, i): Curve => ({
          label: name,
          color: TERM_COLOURS[i % TERM_COLOURS.length]!,
          y: padded(report.world.terms![name]!, 1),
          width: 1.5,
        }),
      ),
      observation: curves(({ observations }) => observations[entry]!, 0),
      success: report.world.successes === null ? null : curves(({ successes }) => (successes ?? []).map(Number), 1),
      goal: report.world.goalErrors === null ? null : curves(({ goalErrors }) => goalErrors ?? [], 0),
    };
  }, [report, key, entry]);
  const summed = report.stride === 1 ? "" : ` Sums of ${report.stride} steps each.`;
  const common = {
    x: charts.x,
    xLabel: report.stride === 1 ? "step" : `${report.stride} steps`,
    cursor,
    sync: "scene",
    height: 150,
  };
  return (
    <div class="stage-charts">
      {charts.goal !== null && (
        <Chart
          {...common}
          title={capital(report.goalName ?? "distance to the goal")}
          what="How far the state is from the goal."
          good="goes to 0."
          curves={charts.goal}
        />
      )}
      {charts.success !== null && (
        <Chart
          {...common}
          title="Success"
          what="1 where the state counts as success."
          good="1 at the end."
          curves={charts.success}
          height={110}
        />
      )}
      {charts.terms.length > 1 && (
        <Chart
          {...common}
          title="Reward terms"
          what={`What the reward of each step in the world is the sum of.${summed}`}
          good="the term that is the task's aim carries it."
          curves={charts.terms}
        />
      )}
      <Chart
        {...common}
        title="Reward"
        what={`R(s, a, s′) of each step.${summed}`}
        good="the members agree with the world."
        curves={charts.reward}
      />
      <Chart
        {...common}
        title="Return so far"
        what="Sum of rewards up to here."
        good="the lines stay together: the model's promise is kept."
        curves={charts.gathered}
      />
      <div>
        <label class="check">
          State entry{" "}
          <select value={String(entry)} onChange={(event) => setEntry(Number(event.currentTarget.value))}>
            {report.names.map((name, j) => (
              <option key={name} value={String(j)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Chart
          {...common}
          title={report.names[entry] ?? ""}
          what="One entry of the observation, in the world and as each member imagines it."
          good="the members stay with the world for long."
          curves={charts.observation}
        />
      </div>
    </div>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const TERM_COLOURS = ["world", "policy", "model", "br", "muted"];
