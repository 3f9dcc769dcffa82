import { useState } from "preact/hooks";
import { medianReach } from "../../../experiments/samples-to-threshold.js";
import { reached } from "../../shared/compare.js";
import type { GroupsProps } from "../compared.js";
import { count, duration } from "../format.js";

/** When each group first reached a level. */
export function Threshold({ groups, quantity, axis, solved }: GroupsProps) {
  const best = Math.max(...groups.flatMap(({ points }) => points.map(({ value }) => value)), Number.NEGATIVE_INFINITY);
  const proposed =
    solved !== null && solved <= best
      ? solved
      : Number.isFinite(best)
        ? Number((best > 0 ? 0.9 * best : 1.1 * best).toPrecision(2))
        : 0;
  const [typed, setTyped] = useState<string | null>(null);
  const level = typed === null || typed === "" ? proposed : Number(typed);
  const show = (value: number) => (axis === "samples" ? count(value) : duration(value));
  return (
    <section class="panel">
      <h2>{axis === "samples" ? "Samples" : "Time"} to a threshold</h2>
      <p class="about">
        Where each seed's evaluation first reaches the level, and the median: a run that ended before counts as one that
        takes longer than it was. <span class="aim">Good: small, and all seeds get there.</span>
      </p>
      <div class="controls">
        <label>
          Level{" "}
          <input type="number" value={level} step="any" onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="across" tabIndex={0} aria-label="Each group's way to the level">
        <table>
          <thead>
            <tr>
              <th scope="col">group</th>
              <th scope="col">seeds there</th>
              <th scope="col">median</th>
              <th scope="col">each seed</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => {
              const places = group.runs.map(({ log }) => reached(log, quantity, level, axis));
              const { median, censored } = medianReach(places);
              return (
                <tr key={group.name}>
                  <th scope="row">{group.name}</th>
                  <td>
                    {places.length - censored} of {places.length}
                  </td>
                  <td data-threshold={group.name}>{Number.isNaN(median) ? "–" : show(median)}</td>
                  <td>{places.map(({ x, reached: there }) => `${there ? "" : "> "}${show(x)}`).join(", ")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </section>
  );
}
