import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DOCS } from "./places.mjs";

/**
 * The pages of each part of the site, in their order; pages of a folder that are not named follow by their names. Groups stay open, because
 * the theme's groups that close are a button in a button.
 */
const PARTS = [
  {
    text: "Guide",
    pages: ["tutorial", "choosing", "does-not-learn", "own-task", "own-player", "tasks", "suites", "cli", "runs", "dashboard"],
    folder: "",
  },
  { text: "To play with", pages: ["explore/quadratic-game", "explore/bounds"], folder: "explore" },
  { text: "Players", pages: ["players/README"], folder: "players" },
  { text: "Tasks of the paper", pages: [], folder: "tasks" },
  {
    text: "Paper",
    pages: ["paper/figures", "paper/pal", "paper/mal", "paper/gda", "paper/br", "paper/stackelberg", "paper/robust", "paper/theory", "paper/bound-meter", "paper/presets", "paper/evidence", "paper/departures", "paper/notation"],
    folder: "paper",
  },
  { text: "Reference", pages: ["reference/settings", "reference/commands", "glossary"], folder: "reference", also: "api" },
  {
    text: "Project",
    pages: ["project/results", "project/changelog", "project/architecture", "project/contributing", "benchmarks", "soak"],
    folder: "project",
  },
  { text: "Decisions", pages: [], folder: "decisions" },
];

const placed = new Set(PARTS.flatMap(({ pages }) => pages));
const pagesOf = (folder) =>
  existsSync(join(DOCS, folder))
    ? readdirSync(join(DOCS, folder))
        .filter((file) => file.endsWith(".md"))
        .map((file) => `${folder === "" ? "" : `${folder}/`}${file.slice(0, -3)}`)
        .sort()
    : [];

/** A page's first heading. */
export function titleOf(page) {
  const text = readFileSync(join(DOCS, `${page}.md`), "utf8");
  const title = text.match(/^title: (.*)$/m)?.[1] ?? text.match(/^# (.*)$/m)?.[1] ?? page;
  return title.replaceAll("`", "");
}

const linkTo = (page) => ({ text: titleOf(page), link: `/${page.replace(/README$/, "")}` });

/** The site's pages at the left of each page: those of its part, and the way back. */
export function sidebar() {
  const api = join(DOCS, "api/typedoc-sidebar.json");
  const parts = PARTS.map(({ text, pages, folder, also }) => {
    const others = pagesOf(folder).filter((page) => !placed.has(page) && page !== "index");
    const items = [...pages.filter((page) => existsSync(join(DOCS, `${page}.md`))), ...others].map(linkTo);
    const more = also === "api" && existsSync(api) ? [{ text: "Library (API)", link: "/api/" }] : [];
    return [text, { text, items: [...items, ...more] }];
  });
  const part = Object.fromEntries(parts);
  const of = (...names) => names.map((name) => part[name]).filter(({ items }) => items.length > 0);
  return {
    "/api/": [{ text: "Library (API)", link: "/api/" }], // and its names, by ApiNames.vue
    "/players/": of("Players", "Guide"),
    "/tasks/": of("Tasks of the paper", "Guide"),
    "/paper/": of("Paper", "To play with"),
    "/reference/": of("Reference", "Guide"),
    "/project/": of("Project", "Decisions"),
    "/decisions/": of("Decisions", "Project"),
    "/": of("Guide", "To play with", "Players", "Reference"),
  };
}
