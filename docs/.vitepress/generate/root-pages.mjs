import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { DOCS, ROOT, ROOT_PAGES } from "../lib/places.mjs";

/** Pages of the repository that lie outside `docs/`, with their links as they are from their place on the site. */
export const rootPages = () =>
  Object.entries(ROOT_PAGES).map(([from, to]) => ({ to, text: moved(readFileSync(join(ROOT, from), "utf8"), from, to) }));

function moved(text, from, to) {
  const link = (whole, before, path, section = "") =>
    /^[a-z]+:|^\//i.test(path) || path === ""
      ? whole
      : `${before}${relative(dirname(join(DOCS, to)), resolve(ROOT, dirname(from), path)).replaceAll("\\", "/")}${section})`;
  return text
    .split(/(```.*?```)/s)
    .map((part) => (part.startsWith("```") ? part : part.replace(/(\]\()([^)#\s]*)(#[^)\s]*)?\)/g, link)))
    .join("");
}
