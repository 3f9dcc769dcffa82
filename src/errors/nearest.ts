/** Levenshtein distance: how many single-character edits turn a into b. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** The candidate that `name` was probably meant to be: the fewest edits, at most half its length; the first of equals. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(2, name.length / 2) + 0.5;
  const [asked, ...known] = [name, ...candidates].map((each) => each.toLowerCase());
  for (const [i, candidate] of candidates.entries()) {
    if (Math.abs(known[i].length - asked.length) >= fewest) continue; // so many edits at least
    const edits = editDistance(asked, known[i]);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/**
 * `Did you mean "x"?` or the list of all: the way out for an error about an unknown name.
 *
 * @param group what stands before the one that was meant, such as `npg.`
 */
export function suggest(name: string, candidates: readonly string[], group = ""): string {
  const near = nearest(name, candidates);
  const all = candidates.length <= 12 || near === undefined ? ` Valid are ${candidates.join(", ")}` : "";
  return near === undefined ? all.trim() : `Did you mean "${group}${near}"?${all}`;
}
