import { useMemo, useState } from "preact/hooks";
import type { SceneReport, ShownEpisode } from "../../shared/protocol.js";
import { Chart, type ChartProps } from "../chart.js";
import type { Cursor } from "../cursor.js";
import { ghostColour } from "../ghosts.js";
import type { Curve } from "../plot.js";
import { EntryChoice } from "./entry-choice.js";

interface ChartsProps {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly shown: readonly { readonly ghost: ShownEpisode; readonly i: number }[];
}

/** What happens over the steps of the episode, with the moment on show. */
export function EpisodeCharts(props: ChartsProps) {
  const { report, shown } = props;
  const key = shown.map(({ i }) => i).join();
  const columns = useMemo(() => episodeColumns(props), [report, key]);
  const summed = report.stride === 1 ? "" : ` Sums of ${report.stride} steps each.`;
  const common = commonOf(props, columns.x);
  return (
    <div class="stage-charts">
      <GoalCharts {...props} columns={columns} />
      {columns.terms.length > 1 && (
        <Chart
          {...common}
          title="Reward terms"
          yLabel="reward"
          what={`What the reward of each step in the world is the sum of.${summed}`}
          good="the term that is the task's aim carries it."
          curves={columns.terms}
        />
      )}
      <Chart
        {...common}
        title="Reward"
        yLabel="reward"
        what={`R(s, a, s′) of each step.${summed}`}
        good="the members agree with the world."
        curves={columns.reward}
      />
      <Chart
        {...common}
        title="Return so far"
        yLabel="return"
        what="Sum of rewards up to here."
        good="the lines stay together: the model's promise is kept."
        curves={columns.gathered}
      />
      <EntryChart {...props} x={columns.x} />
    </div>
  );
}

/** How near the goal is, of tasks that have one. */
function GoalCharts(props: ChartsProps & { readonly columns: ReturnType<typeof episodeColumns> }) {
  const { x, goal, success } = props.columns;
  const common = commonOf(props, x);
  return (
    <>
      {goal !== null && (
        <Chart
          {...common}
          title={capital(props.report.goalName ?? "distance to the goal")}
          yLabel={props.report.goalName ?? "distance"}
          what="How far the state is from the goal."
          good="goes to 0."
          curves={goal}
        />
      )}
      {success !== null && (
        <Chart
          {...common}
          title="Success"
          yLabel="success"
          what="1 where the state counts as success."
          good="1 at the end."
          curves={success}
          height={110}
        />
      )}
    </>
  );
}

/** One entry of the state, to be chosen. */
function EntryChart(props: ChartsProps & { readonly x: Float64Array }) {
  const { report, shown, x } = props;
  const [entry, setEntry] = useState(0);
  const key = shown.map(({ i }) => i).join();
  const curves = useMemo(
    () => episodeCurves(props, x.length, ({ observations }) => observations[entry], 0),
    [report, key, entry],
  );
  return (
    <div>
      <EntryChoice label="State entry" names={report.names} value={entry} choose={(next) => setEntry(next ?? 0)} />
      <Chart
        {...commonOf(props, x)}
        title={report.names[entry] ?? ""}
        yLabel={report.names[entry] ?? ""}
        what="One entry of the observation, in the world and as each member imagines it."
        good="the members stay with the world for long."
        curves={curves}
      />
    </div>
  );
}

/** What all charts of an episode have in common. */
const commonOf = (
  { report, cursor }: ChartsProps,
  x: Float64Array,
): Pick<ChartProps, "x" | "xLabel" | "cursor" | "sync" | "height"> => ({
  x,
  xLabel: report.stride === 1 ? "step" : `${report.stride} steps`,
  cursor,
  sync: "scene",
  height: 150,
});

/** Everything over the steps of the longest episode, as curves. */
function episodeColumns(props: ChartsProps) {
  const { world, ghosts } = props.report;
  const places = 1 + Math.max(world.rewards.length, ...ghosts.map(({ rewards }) => rewards.length));
  const curves = (of: (episode: ShownEpisode) => readonly number[], lead: number) =>
    episodeCurves(props, places, of, lead);
  return {
    x: Float64Array.from({ length: places }, (_, t) => t),
    reward: curves(({ rewards }) => rewards, 1),
    gathered: curves(running, 1),
    terms: Object.entries(world.terms ?? {}).map(
      ([label, values], i): Curve => ({
        label,
        color: TERM_COLOURS[i % TERM_COLOURS.length],
        y: padded(values, 1, places),
        width: 1.5,
      }),
    ),
    success: world.successes === null ? null : curves(({ successes }) => (successes ?? []).map(Number), 1),
    goal: world.goalErrors === null ? null : curves(({ goalErrors }) => goalErrors ?? [], 0),
  };
}

/** The same of the world and of every member on show. @param lead places before the first value */
function episodeCurves(
  { report, shown }: ChartsProps,
  places: number,
  of: (episode: ShownEpisode) => readonly number[],
  lead: number,
): Curve[] {
  return [
    { label: "in the world", color: "world", y: padded(of(report.world), lead, places), width: 2 },
    ...shown.map(
      ({ ghost, i }): Curve => ({
        label: ghost.name,
        color: ghostColour(i),
        y: padded(of(ghost), lead, places),
        width: 1,
      }),
    ),
  ];
}

function padded(values: readonly number[], lead: number, places: number): Float64Array {
  const column = new Float64Array(places).fill(Number.NaN);
  column.set(values, lead);
  return column;
}

/** Sums up to each step. */
function running({ rewards }: ShownEpisode): number[] {
  let sum = 0;
  return rewards.map((reward) => {
    sum += reward;
    return sum;
  });
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const TERM_COLOURS = ["world", "policy", "model", "br", "muted"];
