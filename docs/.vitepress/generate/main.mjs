/** Makes the pages that are not written by hand: settings, commands, pages of the repository outside `docs/`, the library's API. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOCS } from "../lib/places.mjs";
import { commandsPage } from "./commands.mjs";
import { rootPages } from "./root-pages.mjs";
import { settingsPage } from "./settings.mjs";

for (const folder of ["reference", "project", "api"]) rmSync(join(DOCS, folder), { recursive: true, force: true });
const pages = [
  ...rootPages(),
  { to: "reference/settings.md", text: settingsPage() },
  { to: "reference/commands.md", text: await commandsPage() },
];
for (const { to, text } of pages) {
  mkdirSync(dirname(join(DOCS, to)), { recursive: true });
  writeFileSync(join(DOCS, to), text);
}
execFileSync(join(DOCS, "node_modules/.bin/typedoc"), ["--options", ".vitepress/typedoc.json"], { cwd: DOCS, stdio: "inherit" });
