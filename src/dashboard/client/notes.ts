import { useEffect, useState } from "preact/hooks";

/** What a reader has written about a run. */
export interface Note {
  readonly text: string;
  readonly tags: readonly string[];
  /** Left out of the list until hidden runs are asked for. */
  readonly hidden: boolean;
}

/** What the file of all notes says that it is. */
const FORMAT = "stackelberg-notes/1";
const KEY = "stackelberg-notes";
const NO_NOTE: Note = { text: "", tags: [], hidden: false };

type Notes = Readonly<Record<string, Note>>;

/** Reads notes as they are stored or were saved; what is none of a note is left out. */
export function parseNotes(json: string): Notes {
  let stored: unknown;
  try {
    stored = JSON.parse(json);
  } catch {
    return {};
  }
  const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isGroup(stored) || stored.format !== FORMAT || !isGroup(stored.runs)) return {};
  return Object.fromEntries(
    Object.entries(stored.runs)
      .filter((entry): entry is [string, Readonly<Record<string, unknown>>] => isGroup(entry[1]))
      .map(([path, { text, tags, hidden }]) => [
        path,
        {
          text: typeof text === "string" ? text : "",
          tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
          hidden: hidden === true,
        },
      ]),
  );
}

export const formatNotes = (runs: Notes): string => JSON.stringify({ format: FORMAT, runs }, null, 1);

/** `later seed lr`: words, each once. */
export const tagsOf = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/**
 * Notes on runs, by path, in this browser: the server that the page comes from reads and never writes. Kept by path
 * rather than by the page's own name for a run, so that a file of them can be read by people and on other machines.
 */
class NoteBook {
  #notes: Notes | undefined;
  readonly #listeners = new Set<() => void>();

  get all(): Notes {
    try {
      this.#notes ??= parseNotes(localStorage.getItem(KEY) ?? "");
    } catch {
      this.#notes ??= {}; // storage is switched off: notes then hold for this visit
    }
    return this.#notes;
  }

  of(path: string): Note {
    return this.all[path] ?? NO_NOTE;
  }

  write(path: string, change: Partial<Note>): void {
    const note = { ...this.of(path), ...change };
    const { [path]: _, ...others } = this.all;
    const isEmpty = note.text === "" && note.tags.length === 0 && !note.hidden;
    this.#set(isEmpty ? others : { ...others, [path]: note });
  }

  /** Takes notes from a file; those of runs that are not in it stay. @returns how many came */
  add(json: string): number {
    const read = parseNotes(json);
    this.#set({ ...this.all, ...read });
    return Object.keys(read).length;
  }

  #set(notes: Notes): void {
    this.#notes = notes;
    try {
      localStorage.setItem(KEY, formatNotes(notes));
    } catch {
      // they hold for this visit
    }
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notes that another tab has written. */
  forget(): void {
    this.#notes = undefined;
    for (const listener of this.#listeners) listener();
  }
}

export const notes = new NoteBook();

/** Draws the caller anew whenever a note changes, in this tab or another. */
export function useNotes(): NoteBook {
  const [, redraw] = useState(0);
  useEffect(() => {
    const elsewhere = ({ key }: StorageEvent) => key === KEY && notes.forget();
    addEventListener("storage", elsewhere);
    const stop = notes.subscribe(() => redraw((n) => n + 1));
    return () => {
      removeEventListener("storage", elsewhere);
      stop();
    };
  }, []);
  return notes;
}
