import type { Light } from "../../shared/health.js";
import type { RunStatus } from "../../shared/protocol.js";

const SIGNS: Readonly<Record<Light["level"], string>> = { good: "●", warn: "▲", bad: "■" };
const NAMES: Readonly<Record<Light["name"], string>> = {
  numbers: "Numbers",
  progress: "Progress",
  divergence: "Divergence",
  model: "Model",
  gap: "Gap",
  critics: "Critics",
  entropy: "Entropy",
  return: "Return",
};

/** Health lights with their sentences. Each level has a shape of its own beside its colour. */
export function Lights({ lights }: { readonly lights: readonly Light[] }) {
  return (
    <ul class="lights" aria-label="Health">
      {lights.map(({ name, level, text }) => (
        <li key={name} class={level}>
          <span aria-hidden="true">{SIGNS[level]}</span>
          <b>{NAMES[name]}</b> {text}
        </li>
      ))}
    </ul>
  );
}

/** The same as a row of signs; the sentences of those that are not good stand in the label. */
export function LightRow({ lights }: { readonly lights: readonly Light[] }) {
  const wrong = lights.filter(({ level }) => level !== "good").map(({ name, text }) => `${NAMES[name]}: ${text}`);
  const label = wrong.length === 0 ? "all well" : wrong.join("; ");
  return (
    <span class="light-row" role="img" aria-label={label} title={label}>
      {lights.map(({ name, level }) => (
        <i key={name} class={level}>
          {SIGNS[level]}
        </i>
      ))}
    </span>
  );
}

export const Status = ({ status }: { readonly status: RunStatus }) => <span class={`status ${status}`}>{status}</span>;

/** What is wrong with the files of a run, in sentences. */
export function Problems({ problems }: { readonly problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <div class="problems" role="alert">
      <b>Not everything could be read; the rest is below.</b>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}
