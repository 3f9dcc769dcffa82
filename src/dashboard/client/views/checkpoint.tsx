import { useState } from "preact/hooks";
import type { RunEntry } from "../../shared/protocol.js";
import { useChoice } from "../address.js";

/** The checkpoint on show: the newest, until somebody chooses one that is there. Null where there is none. */
export function useCheckpoint(
  run: RunEntry,
): readonly [checkpoint: number | null, choose: (iteration: number) => void] {
  const [text, setText] = useChoice("checkpoint", "");
  const chosen = /^\d+$/.test(text) ? Number(text) : null;
  const choose = (iteration: number) => setText(String(iteration));
  const there = chosen !== null && run.checkpoints.includes(chosen);
  // A run under way drops old checkpoints as it writes new ones: what was opened first stays on show while it is there.
  const [first, setFirst] = useState<number | null>(run.checkpoints[0] ?? null);
  const newest = run.checkpoints[0] ?? null;
  if (first === null || !run.checkpoints.includes(first)) {
    if (newest !== first) setFirst(newest);
    return [there ? chosen : newest, choose];
  }
  return [there ? chosen : first, choose];
}

/** In place of what needs a checkpoint. */
export function NoCheckpoint({ run: { status } }: { readonly run: RunEntry }) {
  return (
    <p class="empty">
      {status === "running"
        ? "No checkpoint yet: the first is written at the end of the first iteration."
        : "This directory holds no checkpoint, so there are no networks to play or to measure. Curves and settings need none."}
    </p>
  );
}

export function CheckpointChoice(props: {
  readonly run: RunEntry;
  readonly value: number;
  readonly choose: (iteration: number) => void;
}) {
  return (
    <label>
      Checkpoint{" "}
      <select value={String(props.value)} onChange={(event) => props.choose(Number(event.currentTarget.value))}>
        {props.run.checkpoints.map((iteration) => (
          <option key={iteration} value={String(iteration)}>
            iteration {iteration}
          </option>
        ))}
      </select>
    </label>
  );
}
