import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "../download.js";
import type { Film } from "../film.js";
import { percent } from "../format.js";
import type { StageView } from "../stage-view.js";

/** Where to look from; degrees. */
const SIDES = {
  "as the task has it": {},
  "from the side": { azimuth: -90, elevation: 5 },
  "from the front": { azimuth: 0, elevation: 5 },
  "from above": { azimuth: -90, elevation: 89 },
} as const;

/** What the eye can do with a replay: where it looks from, whether it goes along, the way gone, and a film. */
export function StageTools(props: {
  readonly view: { readonly current: StageView | null };
  /** Whether the scene has something that the camera goes along with. */
  readonly canFollow: boolean;
  /** Whether contacts are drawn; null where nobody knows them. */
  readonly contacts: { readonly shown: boolean; show(is: boolean): void } | null;
  /** Where the body was; null where nobody knows. */
  readonly trail: Parameters<StageView["trail"]>[0];
  readonly film: (onProgress: (share: number) => void) => Film;
}) {
  const { view, canFollow, contacts, trail } = props;
  const [follows, setFollows] = useState(true);
  const [withTrail, setTrail] = useState(false);
  const [filmed, setFilmed] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const film = useRef<Film | null>(null);
  useEffect(() => () => film.current?.cancel(), []);
  const record = async () => {
    setProblem("");
    try {
      film.current = props.film(setFilmed);
      const made = await film.current.done;
      if (made !== null) download(`episode.${made.type.includes("mp4") ? "mp4" : "webm"}`, made);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    film.current = null;
    setFilmed(null);
  };
  return (
    <div class="controls stage-tools">
      {Object.entries(SIDES).map(([name, from]) => (
        <button type="button" key={name} onClick={() => view.current?.look(from)}>
          {name}
        </button>
      ))}
      {canFollow && (
        <label class="check">
          <input
            type="checkbox"
            checked={follows}
            onChange={(event) => {
              setFollows(event.currentTarget.checked);
              view.current?.follow(event.currentTarget.checked);
            }}
          />{" "}
          go along
        </label>
      )}
      {trail !== null && (
        <label class="check">
          <input
            type="checkbox"
            checked={withTrail}
            onChange={(event) => {
              setTrail(event.currentTarget.checked);
              view.current?.trail(event.currentTarget.checked ? trail : null);
            }}
          />{" "}
          the way gone
        </label>
      )}
      {contacts !== null && (
        <label class="check">
          <input
            type="checkbox"
            checked={contacts.shown}
            onChange={(event) => contacts.show(event.currentTarget.checked)}
          />{" "}
          contacts
        </label>
      )}
      {filmed === null ? (
        <button type="button" onClick={() => void record()}>
          Save a video
        </button>
      ) : (
        <button type="button" onClick={() => film.current?.cancel()}>
          Filming {percent(filmed)}: cancel
        </button>
      )}
      {problem !== "" && <span role="alert">{problem}</span>}
    </div>
  );
}
