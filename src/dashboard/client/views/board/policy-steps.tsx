import { useMemo } from "preact/hooks";
import type { List } from "../../../shared/metric-log.js";
import type { RunDetail } from "../../../shared/protocol.js";
import { Chart, type ChartProps } from "../../chart.js";
import { figure } from "../../format.js";
import { Tile } from "../tile.js";
import { type LaneProps, numberSet } from "./lane.js";
import type { PolicyView } from "./policy-views.js";

/** Policy players that take a few large steps on imagined rollouts, or one on real ones: a number per step. */
export const stepView: PolicyView = {
  name: "steps",
  has: (log) => log.listWidth("kl") > 0,
  Tile: ({ log, at }) => {
    const kl = log.list("kl", at);
    const sum = kl.reduce((total, x) => total + x, 0);
    const most = kl.length === 0 ? Number.NaN : Math.max(...kl);
    return <Tile name={`KL of ${kl.length} steps`} sign="kl" value={figure(sum)} note={`largest ${figure(most)}`} />;
  },
  Charts: ({ log, detail }) => (
    <>
      <Steps
        log={log}
        name="kl"
        title="KL of each step"
        yLabel="KL [nat]"
        what="KL divergence between the policies before and after each step."
        good="near the dotted line, and never far above."
        level={klLevel(detail)}
      />
      <Steps
        log={log}
        name="stepLength"
        title="Step length"
        yLabel="|Δθ|"
        what="Length of each step of θ."
        good="steady, or shrinking towards the end."
      />
    </>
  ),
  inside: "Inside the policy's steps",
  Inside: ({ log }) => (
    <>
      <Steps
        log={log}
        name="explainedVariance"
        title="Explained variance of the baseline"
        yLabel="share of variance"
        what="How much of the returns of a step's rollouts the value function explains, before it is fitted to them."
        good="towards 1."
      />
      <Steps
        log={log}
        name="cgResidual"
        title="Conjugate-gradient residual"
        yLabel="relative residual"
        what="What is left of Fx = g when the solver stops, relative to g."
        good="small: the direction is the natural one."
        log10
      />
      <Steps
        log={log}
        name="surrogateGain"
        title="Surrogate gain"
        yLabel="advantage"
        what="What each step gains on its own rollouts."
        good="above 0."
      />
      <Steps
        log={log}
        name="entropy"
        title="Entropy"
        yLabel="entropy [nat]"
        what="Entropy of the policy's actions."
        good="falls slowly; a cliff means that exploring has ended."
      />
    </>
  ),
};

/** How far a step is meant to go, by the settings of whoever takes it. */
function klLevel(detail: RunDetail | null): ChartProps["level"] {
  const [most, target, own, onReal] = [
    "trpo.maxKl",
    "ppo.targetKl",
    "npg.normalizedStepSize",
    "naturalStep.normalizedStepSize",
  ].map((key) => numberSet(detail, key));
  const delta = own ?? onReal;
  if (most !== null) return { value: most, label: "δ" };
  if (target !== null) return { value: target, label: "target" };
  return delta === null ? null : { value: delta / 2, label: "δ/2" };
}

/** A number per step of the policy, as marks over the iterations; nothing where none can be drawn. */
function Steps(
  props: Pick<LaneProps, "log"> & {
    readonly name: List;
    readonly title: string;
    readonly yLabel: string;
    readonly what: string;
    readonly good: string;
    readonly log10?: boolean;
    readonly level?: ChartProps["level"];
  },
) {
  const { log, name, log10 = false, level = null, ...text } = props;
  const { x, curves } = useMemo(() => {
    const { x, y } = log.steps(name);
    return { x, curves: [{ label: text.title, color: "policy", y, scatter: true }] };
  }, [log, log.lines, name]);
  if (!curves[0].y.some((value) => (log10 ? value > 0 : !Number.isNaN(value)))) return null;
  return <Chart {...text} x={x} xLabel="iteration" curves={curves} log={log10} level={level} height={160} />;
}
