import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Folders of `docs/` that are made by `npm run docs`, or are the site's tools. */
export const GENERATED = ["docs/reference/", "docs/api/", "docs/project/", "docs/.vitepress/dist/"];
const NOT_PAGES = [...GENERATED, "docs/node_modules/", "docs/.vitepress/"];

const markdown = (folder: string, recursive: boolean): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return recursive && !NOT_PAGES.includes(`${path}/`) ? markdown(`${path}/`, true) : [];
    return path.endsWith(".md") ? [path] : [];
  });

/** Every page that is written by hand, from the root of the repository. */
export const DOC_PAGES: readonly string[] = [...markdown("", false), "results/README.md", ...markdown("docs/", true)];

export const readPage = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** A file that a page links to, from the root of the repository. */
export const linked = (page: string, path: string): string =>
  relative(ROOT, resolve(ROOT, dirname(page), path)).replaceAll("\\", "/");
