import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunEntry } from "../../shared/protocol.js";
import { count, duration, figure, percent } from "../format.js";
import { type Note, tagsOf, notes as written } from "../notes.js";
import { COLUMNS, type Column, type Order, settingsOf } from "../run-order.js";
import { LightRow, Status } from "./lights.js";
import { NoteField } from "./note-field.js";

export interface RunTableProps {
  readonly runs: readonly RunEntry[];
  readonly order: Order;
  readonly sort: (order: Order) => void;
  readonly selected: ReadonlySet<string>;
  readonly flip: (...ids: string[]) => void;
  readonly noteOf: (path: string) => Note;
}

/** Of the columns: the box, those of `COLUMNS`, health, tags, note, hide; rem. */
const WIDTHS = [2.5, 20, 11, 11, 4, 7, 6, 6, 7, 11, 16, 6, 10, 8, 9, 14, 4];

/** Columns that stand to the right. */
const NUMBERS: ReadonlySet<Column> = new Set(["seed", "return", "success", "samples", "time"]);

/** Runs as rows: to be sorted by a click on a column, chosen, tagged and written about. */
export function RunTable({ runs: given, order, sort, selected, flip, noteOf }: RunTableProps) {
  const { runs, hold } = useHeld(given);
  const { drawn, more } = useGrowing(runs, `${order.column} ${order.down}`);
  const chosen = runs.filter(({ id }) => selected.has(id));
  const all = runs.length > 0 && chosen.length === runs.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="across run-table" tabIndex={0} aria-label="Runs as a table">
      <table>
        <colgroup>
          {WIDTHS.map((width, i) => (
            <col key={i} style={{ width: `${width}rem` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <input
                type="checkbox"
                aria-label={all ? "Choose none" : "Choose all that are shown"}
                checked={all}
                onChange={() =>
                  flip(...(all ? chosen : runs.filter(({ id }) => !selected.has(id))).map(({ id }) => id))
                }
              />
            </th>
            {(Object.keys(COLUMNS) as Column[]).map((column) => (
              <Heading key={column} column={column} order={order} sort={sort} />
            ))}
            <th scope="col">health</th>
            <th scope="col">tags</th>
            <th scope="col">note</th>
            <th scope="col">
              <span class="unseen">hide</span>
            </th>
          </tr>
        </thead>
        <tbody
          onFocusIn={({ target }) => hold((target as HTMLElement).matches('[type="text"]'))}
          onFocusOut={() => hold(false)}
        >
          {drawn.map((run, place) => (
            // A row is of its place and not of its run: to sort is to write other words into it, and no row is made or moved.
            <Row key={place} run={run} isSelected={selected.has(run.id)} flip={flip} note={noteOf(run.path)} />
          ))}
          {drawn.length < runs.length && (
            <tr ref={more}>
              <td colSpan={WIDTHS.length}>{runs.length - drawn.length} more</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

/** Runs as they come; in the order that they have while somebody writes about one of them, so that it stays where it is. */
function useHeld(given: readonly RunEntry[]) {
  const [isHeld, hold] = useState(false);
  const last = useRef(given);
  const now = isHeld ? new Map(given.map((run) => [run.id, run])) : null;
  last.current = now === null ? given : last.current.map((run) => now.get(run.id) ?? run);
  return { runs: last.current, hold };
}

/** Rows that are made at once: as many as the window has room for, and not the row after, so that no more come before it is scrolled. */
const screenful = () => Math.ceil(innerHeight / ROW);
/** The least height of a row, px. */
const ROW = 34;
/** More rows are made when the last is so near to the screen, px. */
const NEAR = 100;

/** The first of some runs, and more of them once the row after the last comes near the screen. @param order another one begins anew */
function useGrowing(runs: readonly RunEntry[], order: string) {
  const more = useRef<HTMLTableRowElement>(null);
  const [made, setMade] = useState({ order, rows: 0 });
  const rows = made.order === order ? Math.max(made.rows, screenful()) : screenful();
  const drawn = runs.slice(0, rows);
  useEffect(() => {
    if (more.current === null) return;
    const near = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setMade({ order, rows: rows + screenful() }),
      { rootMargin: `0px 0px ${NEAR}px 0px` },
    );
    near.observe(more.current);
    return () => near.disconnect();
  }, [order, rows, runs.length]);
  return { drawn, more };
}

function Heading({ column, order, sort }: Pick<RunTableProps, "order" | "sort"> & { readonly column: Column }) {
  const isSorted = order.column === column;
  return (
    <th
      scope="col"
      class={NUMBERS.has(column) ? "number" : ""}
      aria-sort={!isSorted ? "none" : order.down ? "descending" : "ascending"}
    >
      <button type="button" onClick={() => sort({ column, down: isSorted && !order.down })}>
        {COLUMNS[column].title}
        <span aria-hidden="true">{!isSorted ? "" : order.down ? " ▼" : " ▲"}</span>
      </button>
    </th>
  );
}

interface RowProps extends Pick<RunTableProps, "flip"> {
  readonly run: RunEntry;
  readonly isSelected: boolean;
  readonly note: Note;
}

/** Drawn anew only where its own run, note or choice has changed. */
const Row = memo(
  ({ run, isSelected, flip, note }: RowProps) => {
    const { identity, digest, path } = run;
    return (
      <tr data-run={path} class={note.hidden ? "hidden-run" : ""}>
        <td>
          <input type="checkbox" aria-label={`Choose ${path}`} checked={isSelected} onChange={() => flip(run.id)} />
        </td>
        <th scope="row">
          <a href={`#/run/${run.id}`} title={path}>
            {path}
          </a>
        </th>
        <td>{identity?.task ?? "–"}</td>
        <td>
          <b class={`algorithm ${identity?.algorithm ?? ""}`}>{identity?.algorithm.toUpperCase() ?? "?"}</b>
        </td>
        <td class="number">{identity?.seed ?? "–"}</td>
        <td>
          <Status status={run.status} />
        </td>
        <td class="number">{figure(digest.evaluation?.mean)}</td>
        <td class="number">{digest.evaluation?.success == null ? "–" : percent(digest.evaluation.success)}</td>
        <td class="number">{count(digest.samples)}</td>
        <td>{identity === null ? "–" : `${identity.players.policy.name}, ${identity.players.model.name}`}</td>
        <td>{identity === null ? "–" : settingsOf(identity)}</td>
        <td class="number">{duration(digest.seconds)}</td>
        <td>{identity === null ? "–" : identity.created.slice(0, 16).replace("T", " ")}</td>
        <td>
          <LightRow lights={digest.lights} />
        </td>
        <td>
          <NoteField
            kind="tags"
            label={`Tags of ${path}`}
            value={note.tags.join(" ")}
            keep={(text) => written.write(path, { tags: tagsOf(text) })}
          />
        </td>
        <td>
          <NoteField
            kind="note"
            label={`Note on ${path}`}
            value={note.text}
            keep={(text) => written.write(path, { text: text.trim() })}
          />
        </td>
        <td>
          <button type="button" class="plain" onClick={() => written.write(path, { hidden: !note.hidden })}>
            {note.hidden ? "show" : "hide"}
          </button>
        </td>
      </tr>
    );
  },
  (before, after) => before.run === after.run && before.isSelected === after.isSelected && before.note === after.note,
);
