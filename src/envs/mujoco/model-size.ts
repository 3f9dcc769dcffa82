import { WorldError } from "../../errors/errors.js";

/** Elements of a model after replication; compiling so many takes MuJoCo some seconds, and ten times as many minutes. */
export const MOST_ELEMENTS = 5000;

/** A comment, or a tag: closing slash, name, attributes, slash of an empty element. */
const TAG = /<!--[\s\S]*?-->|<(\/?)([\w-]+)((?:"[^"]*"|'[^']*'|[^'">])*?)(\/?)>/g;
const COUNT = /\bcount\s*=\s*["']([^"']*)["']/;
/** Elements that stand for many: their `count` is a number, or one for each direction. */
const REPEATING = new Set(["replicate", "composite", "flexcomp"]);

const repeats = (name: string, attributes: string): number => {
  const counts = REPEATING.has(name) ? COUNT.exec(attributes)?.[1] : undefined;
  const product = (counts ?? "1")
    .trim()
    .split(/\s+/)
    .map(Number)
    .reduce((a, b) => a * b, 1);
  return Number.isNaN(product) ? 1 : Math.max(1, product); // what is no number MuJoCo refuses itself
};

/** How many elements an MJCF text has once `replicate`, `composite` and `flexcomp` are written out; nested ones multiply. */
export function elementCount(mjcf: string): number {
  const factors = [1];
  let count = 0;
  for (const [, closing, name, attributes, empty] of mjcf.matchAll(TAG)) {
    if (name === undefined) continue;
    if (closing === "/") {
      if (factors.length > 1) factors.pop();
      continue;
    }
    const factor = factors[factors.length - 1] * repeats(name, attributes);
    count += factor;
    if (empty !== "/") factors.push(factor);
  }
  return count;
}

/** @throws {WorldError} where a model would take minutes to compile, or all of the memory */
export function checkSize(where: string, mjcf: string): void {
  const count = elementCount(mjcf);
  if (count <= MOST_ELEMENTS) return;
  throw new WorldError(
    where,
    `the model has ${count.toLocaleString("en")} elements once its replicate, composite and flexcomp are written out, and at most ${MOST_ELEMENTS.toLocaleString("en")} are compiled`,
    "Lower their counts, which multiply where they are nested",
  );
}
