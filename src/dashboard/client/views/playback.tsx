/** Starts and stops. */
export function PlayButton({ plays, toggle }: { readonly plays: boolean; toggle(): void }) {
  return (
    <button type="button" class="play" onClick={toggle} aria-label={plays ? "Pause" : "Play"}>
      {plays ? "❚❚" : "►"}
    </button>
  );
}

/** World time per wall time: one of `speeds`. */
export function SpeedChoice({
  speed,
  speeds,
  choose,
}: {
  readonly speed: number;
  readonly speeds: readonly number[];
  choose(speed: number): void;
}) {
  return (
    <label>
      Speed{" "}
      <select value={String(speed)} onChange={(event) => choose(Number(event.currentTarget.value))}>
        {speeds.map((value) => (
          <option key={value} value={String(value)}>
            {value}×
          </option>
        ))}
      </select>
    </label>
  );
}
