import { existsSync, readdirSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where things are, and what pages of the repository are called on the site. */
export const DOCS = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const ROOT = resolve(DOCS, "..");

/** Pages of the repository outside `docs/`, and where the site has them: made by `generate/root-pages.mjs`. */
export const ROOT_PAGES = {
  "ARCHITECTURE.md": "project/architecture.md",
  "CONTRIBUTING.md": "project/contributing.md",
  "CHANGELOG.md": "project/changelog.md",
  "results/README.md": "project/results.md",
};

/** Sections of the README that pages link to, and who tells the same on the site. */
const README_SECTIONS = { "pal-or-mal": "choosing.md#which-way", results: "project/results.md" };

/**
 * Where a link of a page leads on the site: to a page, to a file of the repository that is no page, or elsewhere.
 *
 * @param from the page's file, absolute
 * @param href as it is written: a relative path, with a section or without
 */
export function destination(from, href) {
  if (/^[a-z]+:|^[#/]/i.test(href)) return { kind: "elsewhere", href };
  const [path, section] = href.split("#");
  const target = resolve(dirname(from), decodeURI(path));
  const name = relative(ROOT, target).replaceAll("\\", "/");
  const anchor = section === undefined ? "" : `#${section}`;
  const page = (inDocs) => ({ kind: "page", href: `/${inDocs.replace(/README\.md$/, "index.md")}${anchor}` });
  if (Object.hasOwn(ROOT_PAGES, name)) return page(ROOT_PAGES[name]);
  if (name === "README.md")
    return Object.hasOwn(README_SECTIONS, section ?? "")
      ? { kind: "page", href: `/${README_SECTIONS[section]}` }
      : { kind: "page", href: "/index.md" };
  if (!name.startsWith("docs/") && name !== "docs") return { kind: "source", path: name };
  const inDocs = name.slice("docs/".length);
  if (inDocs.endsWith(".md")) return page(inDocs);
  if (existsSync(target) && /^[\w/-]+$/.test(inDocs)) {
    const first = readdirSync(target).filter((file) => file.endsWith(".md"));
    return page(`${inDocs}/${first.includes("README.md") ? "README.md" : first.sort()[0]}`);
  }
  return { kind: "elsewhere", href };
}
