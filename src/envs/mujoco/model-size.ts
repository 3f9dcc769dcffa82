import { WorldError } from "../../errors/errors.js";
import { attributeOf, type MjcfTag, tagsOf } from "./mjcf-tags.js";
import { type ModelSource, placesOfInclude, textOf } from "./model-source.js";

/** Elements of a model after replication; compiling so many takes MuJoCo some seconds, and ten times as many minutes. */
export const MOST_ELEMENTS = 5000;

/** Elements that stand for many: their `count` is a number, or one for each direction. */
const REPEATING = new Set(["replicate", "composite", "flexcomp"]);

const repeats = (tag: MjcfTag): number => {
  const counts = REPEATING.has(tag.name) ? attributeOf(tag, "count") : undefined;
  const product = (counts ?? "1")
    .trim()
    .split(/\s+/)
    .map(Number)
    .reduce((a, b) => a * b, 1);
  return Number.isNaN(product) ? 1 : Math.max(1, product); // what is no number MuJoCo refuses itself
};

/**
 * How many elements a model has once `replicate`, `composite` and `flexcomp` are written out, and each include is in its
 * place; nested repeats multiply.
 */
export function elementCount({ mjcf, files = {} }: ModelSource): number {
  const included = new Set<string>();
  const countOf = (by: string, text: string): number => {
    const factors = [1];
    let count = 0;
    for (const tag of tagsOf(text)) {
      if (tag.isClosing) {
        if (factors.length > 1) factors.pop();
        continue;
      }
      const factor = factors[factors.length - 1] * repeats(tag);
      const file = tag.name === "include" ? attributeOf(tag, "file") : undefined;
      const place =
        file === undefined ? undefined : placesOfInclude(file, by, "").find((path) => Object.hasOwn(files, path));
      if (place === undefined) count += factor;
      else if (!included.has(place)) {
        included.add(place);
        count += factor * countOf(place, textOf(files[place]));
      }
      if (!tag.isEmpty) factors.push(factor);
    }
    return count;
  };
  return countOf("", mjcf);
}

/** @throws {WorldError} where a model would take minutes to compile, or all of the memory */
export function checkSize(where: string, source: ModelSource): void {
  const count = elementCount(source);
  if (count <= MOST_ELEMENTS) return;
  throw new WorldError(
    where,
    `the model has ${count.toLocaleString("en")} elements once its replicate, composite and flexcomp are written out, and at most ${MOST_ELEMENTS.toLocaleString("en")} are compiled`,
    "Lower their counts, which multiply where they are nested",
  );
}
