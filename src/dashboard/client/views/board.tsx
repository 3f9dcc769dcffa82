import { useMemo, useState } from "preact/hooks";
import type { MetricLog } from "../../shared/metric-log.js";
import type { RunDetail } from "../../shared/protocol.js";
import { Chart, type ChartProps } from "../chart.js";
import { figure, percent, signed } from "../format.js";
import type { Curve } from "../plot.js";
import type { RunViewProps } from "./run.js";

/** Who moves first, and what follows from it (section 4 of the paper). */
const ROLES: Readonly<Record<string, { readonly policy: string; readonly model: string; readonly about: string }>> = {
  pal: {
    policy: "leader",
    model: "follower",
    about: "Policy as leader: the model answers in full, then the policy moves a little.",
  },
  mal: {
    policy: "follower",
    model: "leader",
    about: "Model as leader: the policy answers in full, then the model moves a little.",
  },
  gda: { policy: "simultaneous", model: "simultaneous", about: "Both move a little, at the same time; nobody leads." },
  br: { policy: "simultaneous", model: "simultaneous", about: "Both answer in full, at the same time; nobody leads." },
};

const SYNC = "board";

/** The game: two players as lanes over the same iterations. */
export function Board({ run, log, detail }: RunViewProps) {
  const [index, setIndex] = useState<number | null>(null);
  const role = ROLES[run.identity?.algorithm ?? ""];
  const columns = useMemo(() => boardColumns(log), [log, log.lines]);
  const names = detail.state === "there" ? detail.value.task?.observations : undefined;
  const dimensions = useMemo(() => worstDimensions(log, names), [log, log.lines, names]);
  const at = index ?? log.count - 1;
  const stepSize = detail.state === "there" ? stepSizeOf(detail.value) : null;
  const common = { x: columns.x, xLabel: "iteration", sync: SYNC, onCursor: setIndex };
  const policy = (
    <section class="lane policy" key="policy" aria-label="Policy player">
      <Player name="Policy player π" role={role?.policy} aim="raises its return in the model, J(π, M)" />
      <Chart
        {...common}
        title="Promise and delivery"
        what="Return of the stochastic policy in each member of the model (thin), on average (orange), and in the world (green) over the same number of steps; dashed, whole episodes."
        good="all rise together; the world keeps what the model promises."
        curves={columns.returns}
        bands={[{ low: 0, high: 1, color: "model" }]}
        height={280}
      />
      <Chart
        {...common}
        title="Gap"
        what="J(π, M) − J(π, W), both over the steps of an imagined rollout."
        good="near 0. Far above: the policy lives on the model's errors."
        curves={columns.gap}
        level={{ value: 0, label: "" }}
        height={180}
      />
      <Steps
        log={log}
        name="kl"
        title="KL of each step"
        what="D_KL between the policies before and after each natural-gradient step."
        good="near δ/2 and never far above."
        color="policy"
        level={stepSize === null ? null : { value: stepSize / 2, label: "δ/2" }}
      />
      <Steps
        log={log}
        name="stepLength"
        title="Step length"
        what="Length of each step of θ."
        good="steady, or shrinking towards the end."
        color="policy"
      />
    </section>
  );
  const model = (
    <section class="lane model" key="model" aria-label="Model player">
      <Player name="Model player M" role={role?.model} aim="lowers its loss on the policy's own data, ℓ(M, μ)" />
      <Chart
        {...common}
        title="Loss on fresh data"
        what="Squared one-step error on the samples that are new in this iteration, as a share of their variance: before and after the fit."
        good="after is far below before, and before falls too: 1 is no better than no model."
        curves={columns.losses}
        bands={[{ low: 1, high: 0, color: "model" }]}
        log
        height={280}
      />
      <Chart
        {...common}
        title="Effort of the fit"
        what="Gradient steps of each member in this iteration."
        good="a leader takes few, a follower many."
        curves={columns.effort}
        height={180}
      />
      <Chart
        {...common}
        title="Loss by dimension"
        what="The same loss before the fit, for the entries of the observation that are predicted worst now."
        good="none stands out; 1 is no better than no model."
        curves={dimensions}
        log
        height={180}
      />
      <Chart
        {...common}
        title="Training loss"
        what="Loss on the buffer in the last epoch of the fit."
        good="not far below the loss on fresh data: else the model learns its buffer by heart."
        curves={columns.training}
        log
        height={180}
      />
    </section>
  );
  return (
    <>
      <p class="lead">{role?.about ?? "The algorithm of this run is not known to this version."}</p>
      {at >= 0 && <Glance log={log} at={at} />}
      <div class="lanes">{role?.model === "leader" ? [model, policy] : [policy, model]}</div>
      <details class="more">
        <summary>Inside the policy's steps</summary>
        <div class="grid">
          <Steps
            log={log}
            name="explainedVariance"
            title="Explained variance of the baseline"
            what="How much of the imagined returns the value function explains, after each step."
            good="towards 1."
            color="policy"
          />
          <Steps
            log={log}
            name="cgResidual"
            title="Conjugate-gradient residual"
            what="What is left of Fx = g when the solver stops, relative to g."
            good="small: the direction is the natural one."
            color="policy"
            log10
          />
          <Steps
            log={log}
            name="surrogateGain"
            title="Surrogate gain"
            what="What each step gains on its own rollouts."
            good="above 0."
            color="policy"
          />
          <Steps
            log={log}
            name="entropy"
            title="Entropy"
            what="Entropy of the policy's actions."
            good="falls slowly; a cliff means that exploring has ended."
            color="policy"
          />
        </div>
      </details>
    </>
  );
}

function Player({
  name,
  role,
  aim,
}: {
  readonly name: string;
  readonly role: string | undefined;
  readonly aim: string;
}) {
  return (
    <header>
      <h2>{name}</h2>
      {role !== undefined && <span class={`role ${role}`}>{role === "leader" ? "♛ leader" : role}</span>}
      <p class="quiet">{aim}</p>
    </header>
  );
}

/** One iteration of the game in a sentence per player. */
function Glance({ log, at }: { readonly log: MetricLog; readonly at: number }) {
  const value = (name: Parameters<MetricLog["column"]>[0]) => log.column(name)[at]!;
  const [before, after] = [value("lossBefore"), value("lossAfter")];
  const kl = log.list("kl", at);
  return (
    <dl class="tiles glance" aria-live="off">
      <div class="tile">
        <dt>Iteration</dt>
        <dd>
          <b data-tile="iteration">{figure(value("iteration"))}</b>
          <span>of {log.count}; move over a chart</span>
        </dd>
      </div>
      <div class="tile">
        <dt>Promise J(π, M)</dt>
        <dd>
          <b data-tile="promise">{figure(value("modelReturn"))}</b>
          <span>{spread(log.list("memberReturns", at))}</span>
        </dd>
      </div>
      <div class="tile">
        <dt>Delivery J(π, W)</dt>
        <dd>
          <b data-tile="delivery">{figure(log.worldAsImagined()[at])}</b>
          <span>gap {signed(value("gap"))}</span>
        </dd>
      </div>
      <div class="tile">
        <dt>Model's loss</dt>
        <dd>
          <b data-tile="loss">
            {figure(before)} → {figure(after)}
          </b>
          <span>{after < before ? `the fit takes off ${percent(1 - after / before)}` : "the fit did not help"}</span>
        </dd>
      </div>
      <div class="tile">
        <dt>KL of {kl.length} steps</dt>
        <dd>
          <b data-tile="kl">{figure(kl.reduce((sum, x) => sum + x, 0))}</b>
          <span>largest {figure(Math.max(...kl))}</span>
        </dd>
      </div>
    </dl>
  );
}

/** `4 members, 1,300 to 1,560` */
function spread(members: Float64Array): string {
  if (members.length === 0) return "";
  const [low, high] = [members.reduce((a, b) => Math.min(a, b)), members.reduce((a, b) => Math.max(a, b))];
  return `${members.length} members, ${figure(low)} to ${figure(high)}`;
}

/** δ of a run; null where its settings do not say. */
function stepSizeOf({ settings }: RunDetail): number | null {
  const value = settings.find(({ key }) => key === "npg.normalizedStepSize")?.value;
  return typeof value === "number" ? value : null;
}

/** A number per step of the policy, as marks over the iterations. */
function Steps(props: {
  readonly log: MetricLog;
  readonly name: Parameters<MetricLog["steps"]>[0];
  readonly title: string;
  readonly what: string;
  readonly good: string;
  readonly color: string;
  readonly log10?: boolean;
  readonly level?: ChartProps["level"];
}) {
  const { log, name, log10 = false, color, level = null, ...text } = props;
  const { x, curves } = useMemo(() => {
    const { x, y } = log.steps(name);
    return { x, curves: [{ label: text.title, color, y, scatter: true }] };
  }, [log, log.lines, name]);
  return <Chart {...text} x={x} xLabel="iteration" curves={curves} log={log10} level={level} height={160} />;
}

function boardColumns(log: MetricLog) {
  const members = log.listWidth("memberReturns");
  const thin = Array.from(
    { length: members },
    (_, j): Curve => ({
      label: `member ${j + 1}`,
      color: "model",
      y: log.listEntry("memberReturns", j),
      width: 0.8,
      silent: true,
    }),
  );
  const returns: Curve[] = [
    { label: "in the model", color: "model", y: log.column("modelReturn"), width: 2.5 },
    { label: "in the world, as many steps", color: "world", y: log.worldAsImagined(), width: 2.5 },
    { label: "in the world, to the end", color: "world", y: log.column("worldReturn"), width: 1, dash: [3, 4] },
    ...thin,
  ];
  const gap: Curve[] = [{ label: "gap", color: "model", y: log.column("gap") }];
  const losses: Curve[] = [
    { label: "before the fit", color: "muted", y: log.column("lossBefore") },
    { label: "after the fit", color: "model", y: log.column("lossAfter"), width: 2.5 },
  ];
  const effort: Curve[] = [{ label: "gradient steps", color: "model", y: log.column("gradientSteps") }];
  const training: Curve[] = [{ label: "training loss", color: "model", y: log.column("fitLoss") }];
  return { x: log.column("iteration"), returns, gap, losses, effort, training };
}

/** Colours for things that have none of their own. */
const SERIES = ["model", "policy", "world", "br", "muted"];

/** Loss over iterations of the dimensions with the largest loss in the last one. */
function worstDimensions(log: MetricLog, names: readonly string[] | undefined): readonly Curve[] {
  const last = log.count === 0 ? new Float64Array(0) : log.list("lossByDimension", log.count - 1);
  return Array.from(last.keys())
    .sort((a, b) => last[b]! - last[a]!)
    .slice(0, SERIES.length)
    .map((j, place) => ({
      label: names?.[j] ?? `entry ${j}`,
      color: SERIES[place]!,
      y: log.listEntry("lossByDimension", j),
      width: 1.5,
    }));
}
