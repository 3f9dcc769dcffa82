/**
 * Training in a browser tab: a run in workers of this page, its views, and its newest policy at work.
 *
 *   npx vite examples/web           in this repository, after `npm run build`
 */
import { forgetRun, keptRuns, resumeInTab, trainInTab } from "stackelberg/web";
import { mountRun } from "stackelberg/web/views";
import { Pendulum } from "./pendulum.js";

const NAME = "pendulum";
const at = (id) => document.getElementById(id);
const pendulum = new Pendulum(at("pendulum"), at("said"));
let run;
let isPaused = false;

async function start() {
  at("start").disabled = true;
  const isKept = (await keptRuns()).includes(NAME);
  run = isKept ? resumeInTab(NAME) : trainInTab({ task: "inverted-pendulum", algorithm: "pal", seed: 0, keep: NAME });
  at("pause").disabled = false;
  mountRun(at("views"), run);
  for await (const { iteration, evaluation } of run) {
    document.title = `iteration ${iteration}: return ${evaluation?.return.mean.toFixed(0) ?? "–"}`;
    await pendulum.play(await run.policy());
  }
  at("pause").disabled = true;
}

const told = (error) => {
  at("problem").textContent = error.message;
};
at("start").onclick = () => start().catch(told);
at("pause").onclick = () => {
  isPaused = !isPaused;
  if (isPaused) run.pause();
  else run.goOn();
  at("pause").textContent = isPaused ? "Go on" : "Pause";
};
at("forget").onclick = async () => {
  run?.close();
  await forgetRun(NAME).catch(told);
  location.reload();
};

if ((await keptRuns().catch(() => [])).includes(NAME)) at("start").textContent = "Go on";
