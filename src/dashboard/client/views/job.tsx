import type { Followed } from "../followed.js";
import { percent } from "../format.js";

/** How far the server is with something, with a button that stops it, or one that begins again. */
export function JobLine(props: {
  readonly job: Followed<unknown, unknown>;
  readonly cancel: () => void;
  readonly again: () => void;
  /** What is shown meanwhile, where something is. */
  readonly partial?: string;
}) {
  const { job, cancel, again, partial } = props;
  if (job.state === "there") return null;
  if (job.state === "failed") {
    return (
      <p class="problems" role="alert">
        {job.error}
      </p>
    );
  }
  if (job.state === "cancelled") {
    return (
      <p class="job" role="status">
        Cancelled: the server has stopped.{" "}
        <button type="button" onClick={again}>
          Compute it
        </button>
      </p>
    );
  }
  return (
    <p class="job">
      <progress value={job.share} max={1} aria-label={job.doing} />
      <span>
        {job.doing} · {percent(job.share)}
        {job.part !== undefined && partial !== undefined && <b> · Partial: {partial}</b>}
      </span>
      <button type="button" onClick={cancel}>
        Cancel
      </button>
    </p>
  );
}
