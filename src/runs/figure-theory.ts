import type { TightnessPanel } from "../experiments/bounds.js";
import type { ExactStudy, Point } from "../experiments/exact-games/study.js";
import { drawPlanes, type PlanePanel } from "./figure-plane.js";
import { PALETTE } from "./panel.js";

/** How much of the plane is drawn around both equilibria and the start, as a share of their distance. */
const AIR = 1.2;

/** Each way of playing has its colour in all panels. */
const WAYS = ["PAL", "MAL", "GDA", "GDA, large steps", "BR", "PAL, total gradient"];

/** Phase portraits: a panel for each game, policy across and model upwards. */
export function portraits(studies: readonly ExactStudy[]): string {
  return drawPlanes(
    studies.map((study): PlanePanel => {
      const start = study.runs[0].path[0];
      const bounded = study.runs.filter(({ verdict }) => verdict.kind !== "diverges").flatMap(({ path }) => path);
      const range = (axis: 0 | 1): [number, number] => {
        const kept = [study.nash, study.policyLed, start].map((point) => point[axis]);
        const [low, high] = [Math.min(...kept), Math.max(...kept)];
        const [least, most] = [low - AIR * (high - low), high + AIR * (high - low)];
        const seen = bounded.map((point) => point[axis]).filter((z) => z >= least && z <= most);
        const [from, to] = [Math.min(...seen, low), Math.max(...seen, high)];
        return [from - 0.06 * (to - from), to + 0.06 * (to - from)];
      };
      return {
        title: study.name,
        subtitle: study.what,
        x: { label: study.axes[0], scale: "linear", domain: range(0) },
        y: { label: study.axes[1], scale: "linear", domain: range(1) },
        curves: study.runs.map(({ algorithm, path }) => ({
          label: algorithm,
          color: PALETTE[WAYS.indexOf(algorithm)] ?? "#666",
          points: path.slice(0, 80) as readonly Point[],
          style: "steps",
        })),
        marks: [
          { label: "start", point: start, symbol: "circle" },
          { label: "Nash equilibrium", point: study.nash, symbol: "cross" },
          { label: "policy-led equilibrium", point: study.policyLed, symbol: "star" },
        ],
      };
    }),
  );
}

const CLOUDS = ["#999999", "#E69F00"] as const;

/** left / right of each claim, over what makes it tight. */
export function tightnessFigure(panels: readonly TightnessPanel[]): string {
  return drawPlanes(
    panels.map(({ claim, what, x, y, scale, curves }): PlanePanel => {
      const [lines, clouds] = [curves.filter(({ cloud }) => !cloud), curves.filter(({ cloud }) => cloud)];
      return {
        title: claim,
        subtitle: what,
        x: { label: x, scale },
        y: { label: y, scale },
        curves: curves.map(({ label, points, cloud }) => ({
          label,
          points,
          color: cloud
            ? CLOUDS[clouds.findIndex((own) => own.label === label)]
            : PALETTE[lines.findIndex((own) => own.label === label)],
          style: cloud ? "cloud" : label === "εt" ? "dashed" : "line",
        })),
        marks: [],
      };
    }),
  );
}
