// What tests ask of a page: it has the package as users have it, from what `npm run build` made.
import * as web from "stackelberg/web";
import { mountRun } from "stackelberg/web/views";

window.violations = [];
document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) =>
  window.violations.push(`${effectiveDirective} ${blockedURI}`),
);

/** Plays a run to its end, or until `at` says what to do after an iteration; gives what it said as plain data. */
async function play(run, at = {}) {
  const lines = [];
  const others = [];
  run.subscribe((event) => {
    if (event.type === "lines") lines.push(event.text);
    else if (event.type !== "progress") others.push(event.type);
  });
  try {
    for await (const { iteration } of run) {
      if (at.iteration !== iteration) continue;
      if (at.abort) at.abort.abort();
      else {
        run.pause();
        setTimeout(() => run.goOn(), 50);
      }
    }
    const [snapshot, policy] = [await run.snapshot(), await run.policy()];
    return { log: lines.join(""), others, snapshot: Array.from(snapshot), policy: Array.from(policy) };
  } finally {
    run.close();
  }
}

/** What an error is to the page's own code. */
async function failure(promise) {
  try {
    await promise;
    return "none";
  } catch (error) {
    return `${error.constructor.name} ${error.code ?? ""} ${error.message}`;
  }
}

window.tab = { ...web, mountRun, play, failure };
