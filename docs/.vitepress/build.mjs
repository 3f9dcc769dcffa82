/**
 * `npm run docs`: installs the site's tools where they are not there, builds the package where it is not built, makes the pages that are
 * generated, and the site in `docs/.vitepress/dist`. With `--dev`, a server that shows edits instead.
 */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DOCS, ROOT } from "./lib/places.mjs";

const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" });
const newer = (file, than) => existsSync(file) && statSync(file).mtimeMs >= statSync(than).mtimeMs;

if (!newer(join(DOCS, "node_modules/.package-lock.json"), join(DOCS, "package-lock.json")))
  run("npm", ["ci", "--no-audit", "--no-fund"], DOCS);
if (!process.argv.includes("--no-build")) run("npm", ["run", "--silent", "build"], ROOT);
run("node", [".vitepress/generate/main.mjs"], DOCS);
run(join(DOCS, "node_modules/.bin/vitepress"), [process.argv.includes("--dev") ? "dev" : "build", "."], DOCS);
