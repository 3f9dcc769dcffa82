import type { RunEntry } from "../shared/protocol.js";

/** By what the table of runs can be sorted. */
export const COLUMNS = {
  name: { title: "run", of: ({ path }) => path },
  task: { title: "task", of: ({ identity }) => identity?.task },
  way: { title: "way", of: ({ identity }) => identity?.algorithm },
  seed: { title: "seed", of: ({ identity }) => identity?.seed },
  status: { title: "state", of: ({ status }) => status },
  return: { title: "return", of: ({ digest }) => digest.evaluation?.mean },
  success: { title: "success", of: ({ digest }) => digest.evaluation?.success },
  samples: { title: "samples", of: ({ digest }) => digest.samples },
  players: {
    title: "players",
    of: ({ identity }) => identity && `${identity.players.policy.name} ${identity.players.model.name}`,
  },
  settings: { title: "preset, settings", of: ({ identity }) => identity && settingsOf(identity) },
  time: { title: "time", of: ({ digest }) => digest.seconds },
  begun: { title: "begun", of: ({ identity }) => identity?.created },
} as const satisfies Readonly<
  Record<string, { readonly title: string; of(run: RunEntry): string | number | null | undefined }>
>;
export type Column = keyof typeof COLUMNS;

/** Its preset, and what else sets it apart. */
export const settingsOf = ({ preset, differs }: NonNullable<RunEntry["identity"]>): string =>
  [preset, ...Object.entries(differs).map(([key, value]) => `${key}=${value}`)].join(" · ");

/** A column, and whether it goes down: `return`, `-return`. */
export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

export function orderOf(text: string): Order {
  const column = text.replace(/^-/, "");
  return Object.hasOwn(COLUMNS, column)
    ? { column: column as Column, down: text.startsWith("-") }
    : { column: "name", down: false };
}

const text = new Intl.Collator("en", { numeric: true });

/** Runs in an order; those that have no such value come last, and equals stay as they were. */
export function ordered(runs: readonly RunEntry[], { column, down }: Order): readonly RunEntry[] {
  const { of } = COLUMNS[column];
  const keyed = runs.map((run) => ({ run, key: of(run) ?? null }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    const order =
      typeof a.key === "number" && typeof b.key === "number"
        ? a.key - b.key
        : text.compare(String(a.key), String(b.key));
    return down ? -order : order;
  });
  return keyed.map(({ run }) => run);
}
