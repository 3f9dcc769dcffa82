/** Makes what is not written by hand: pages of settings, commands and the library's API, pages of the repository outside `docs/`, the style of formulas. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOCS, ROOT } from "../lib/places.mjs";
import { commandsPage } from "./commands.mjs";
import { rootPages } from "./root-pages.mjs";
import { settingsPage } from "./settings.mjs";

for (const folder of ["reference", "project", "api", "public"]) rmSync(join(DOCS, folder), { recursive: true, force: true });
const pages = [
  ...rootPages(),
  { to: "reference/settings.md", text: settingsPage() },
  { to: "reference/commands.md", text: await commandsPage() },
];
const katex = join(DOCS, "node_modules/katex/dist");
for (const part of ["katex.min.css", "fonts"]) cpSync(join(katex, part), join(DOCS, "public/katex", part), { recursive: true });
cpSync(join(ROOT, "src/dashboard/client/icon.svg"), join(DOCS, "public/icon.svg"));
for (const { to, text } of pages) {
  mkdirSync(dirname(join(DOCS, to)), { recursive: true });
  writeFileSync(join(DOCS, to), text);
}
execFileSync(join(DOCS, "node_modules/.bin/typedoc"), ["--options", ".vitepress/typedoc.json"], { cwd: DOCS, stdio: "inherit" });
