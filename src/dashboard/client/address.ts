import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

/** Where the reader is and what was chosen there, as the part of the address after `#`: `/run/ab12/lab?checkpoint=40`. */
export interface Place {
  /** The path, cut at its slashes. */
  readonly path: readonly string[];
  readonly choices: URLSearchParams;
}

/** Reads the part of an address after its `#`. What is no address of ours is the first page. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decoded), choices: new URLSearchParams(query) };
}

/** The address of a place: choices that are null are left out. */
export function hashOf(path: readonly string[], choices: Readonly<Record<string, string | null>> = {}): string {
  const given = Object.entries(choices).filter((entry): entry is [string, string] => entry[1] !== null);
  const query = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${query === "" ? "" : `?${query}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a per cent sign that is only one
  }
}

/** Tells views in this page that the address has been replaced; the browser tells of the rest. */
const REPLACED = "addresschange";

/** The place that the address names, drawn anew when it changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => setHash(location.hash);
    change(); // it may have changed since this was drawn: effects run later
    addEventListener("hashchange", change);
    addEventListener(REPLACED, change);
    return () => {
      removeEventListener("hashchange", change);
      removeEventListener(REPLACED, change);
    };
  }, []);
  return placeOf(hash);
}

/** How a choice is kept: as a step that Back goes back, or in place of the one before, as while somebody types. */
export type Step = "step" | "in place";

/** Changes choices of this place; those that are null go back to what goes without saying. */
export function choose(changes: Readonly<Record<string, string | null>>, step: Step = "step"): void {
  const { path, choices } = placeOf(location.hash);
  const hash = hashOf(path, { ...Object.fromEntries(choices), ...changes });
  if (hash === hashOf(path, Object.fromEntries(choices))) return;
  if (step === "step") location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    dispatchEvent(new Event(REPLACED));
  }
}

/**
 * One choice of a place as a piece of state that stands in the address.
 *
 * @param otherwise what goes without saying, and is not in the address
 */
export function useChoice(
  name: string,
  otherwise: string,
  step: Step = "step",
): readonly [value: string, set: (value: string) => void] {
  const value = usePlace().choices.get(name) ?? otherwise;
  return [value, (next) => choose({ [name]: next === otherwise ? null : next }, step)];
}

const namesIn = (text: string): readonly string[] => text.split(",").filter(Boolean);

/** A choice of several names, in the order in which they were chosen. */
export function useNames(name: string): readonly [names: ReadonlySet<string>, flip: (...names: string[]) => void] {
  const [text] = useChoice(name, "");
  const names = useMemo(() => new Set(namesIn(text)), [text]);
  const flip = useCallback(
    (...changed: string[]) => {
      const next = new Set(namesIn(placeOf(location.hash).choices.get(name) ?? "")); // as it is when it is called
      for (const each of changed) if (!next.delete(each)) next.add(each);
      choose({ [name]: next.size === 0 ? null : [...next].join() }, "in place");
    },
    [name],
  );
  return [names, flip];
}
