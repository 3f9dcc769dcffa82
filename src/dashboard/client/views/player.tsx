import { useEffect, useRef, useState } from "preact/hooks";
import type { SceneReport } from "../../shared/protocol.js";
import type { Cursor } from "../cursor.js";
import { PlayButton, SpeedChoice } from "./playback.js";

/** World time per wall time. */
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

/** Plays, stops, and moves through the episode; slow motion. */
export function Player({
  report,
  cursor,
  steps,
}: {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly steps: number;
}) {
  const [plays, setPlays] = useState(false);
  const [speed, setSpeed] = useState(1);
  const slider = useRef<HTMLInputElement>(null);
  const clock = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    const show = () => {
      if (slider.current !== null) slider.current.value = String(Math.round(cursor.value));
      if (clock.current !== null)
        clock.current.textContent = `step ${Math.round(cursor.value) * report.stride} · ${(cursor.value * report.controlStep).toFixed(2)} s`;
    };
    show();
    return cursor.subscribe(show);
  }, [cursor]);
  useEffect(() => {
    if (!plays) return;
    if (cursor.value >= steps) cursor.set(0);
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(now) {
      cursor.set(cursor.value + (Math.min(now - last, 200) / 1000) * (speed / report.controlStep));
      last = now;
      if (cursor.value >= steps) setPlays(false);
      else frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [plays, speed, cursor]);
  return (
    <div class="controls player">
      <PlayButton plays={plays} toggle={() => setPlays(!plays)} />
      <input
        ref={slider}
        class="scrub"
        type="range"
        min={0}
        max={steps}
        step={1}
        aria-label="Step"
        onInput={(event) => cursor.set(Number(event.currentTarget.value))}
      />
      <output ref={clock} class="clock" />
      <SpeedChoice speed={speed} speeds={SPEEDS} choose={setSpeed} />
    </div>
  );
}
