import { hostname } from "node:os";
import { afterWork } from "./executor.js";
import { runOf, type Suite, type SuiteJob } from "./frozen-suite.js";
import { type Failure, type FailureKind, failureOf, isCancelled, isFinal, noteFailure } from "./marks.js";
import { comeTo } from "./progress.js";

/** What an engine does with a run whose attempt ended: nothing more, or hands it in again, at once or after a while. */
export type Settled = "over" | "again" | "later";

/** What is known of a run before an attempt: to tell whether the attempt itself left word of its failure. */
export const beforeAttempt = (suite: Suite, job: SuiteJob): Failure | undefined => failureOf(suite, job.id);

/**
 * Goes by the exit code of `suite work`, in the same way for every engine. Where the attempt could not leave word of its
 * failure, this does: killed from outside, say.
 */
export function settle(
  suite: Suite,
  job: SuiteJob,
  before: Failure | undefined,
  exit: { readonly code: number | null; readonly signal?: NodeJS.Signals | null },
): Settled {
  const after = afterWork(exit.code, exit.signal);
  if (after === "done" || isCancelled(suite, job.id)) return "over";
  if (after === "again") return "again";
  if (after === "later") return "later";
  const said = failureOf(suite, job.id);
  const isNew = said !== undefined && JSON.stringify(said) !== JSON.stringify(before);
  const kind: FailureKind = after === "never" ? "settings" : after === "killed" ? "killed" : "failed";
  const failure = isNew ? said : noted(suite, job, kind, exit);
  return isFinal(failure, suite.attempts) ? "over" : "again";
}

const noted = (
  suite: Suite,
  job: SuiteJob,
  kind: FailureKind,
  { code, signal }: { readonly code: number | null; readonly signal?: NodeJS.Signals | null },
): Failure =>
  noteFailure(suite, job.id, {
    kind,
    iteration: comeTo(runOf(suite, job.id)).iteration,
    message:
      kind === "killed"
        ? `ended by ${signal ?? "SIGKILL"}: from outside, or because memory ran out`
        : `ended with exit code ${code}; its log says why`,
    date: new Date().toISOString(),
    host: hostname(),
  });
