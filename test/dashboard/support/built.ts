import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** What a build is made of. */
const SOURCES = ["src", "vite.config.ts", "package-lock.json"].map(at);
/** The modes of a build, as vite.config.ts has them, and a file of each; the worker is beside the page. */
const PARTS = {
  page: "page/index.html",
  worker: "page/worker/physics-worker.js",
  report: "report/report.js",
  views: "views/views.js",
} as const;
export type BuiltPart = keyof typeof PARTS;

/** A folder with parts of what the browser gets, in folders of their names. */
export interface Built {
  readonly folder: string;
  /** Takes away what was built for the test alone. */
  dispose(): void;
}

/** What `npm run build` made, where no source is newer; else those parts are built here, for the test that asks. */
export async function builtDashboard(...parts: readonly BuiltPart[]): Promise<Built> {
  const newest = Math.max(...SOURCES.map(changed));
  const folder = at("dist/dashboard");
  if (parts.every((part) => made(join(folder, PARTS[part])) > newest)) return { folder, dispose: () => {} };
  const own = mkdtempSync(join(tmpdir(), "stackelberg-built-"));
  for (const part of parts) {
    const mode = part === "page" ? {} : { mode: part };
    await build({
      configFile: at("vite.config.ts"),
      logLevel: "error",
      ...mode,
      build: { outDir: join(own, dirname(PARTS[part])) },
    });
  }
  return { folder: own, dispose: () => rmSync(own, { recursive: true, force: true }) };
}

/** When a file was written, ms; 0 where there is none. */
const made = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** When a file, or what is in a folder, was last written to; a file that is gone shows in its folder. */
function changed(path: string): number {
  const { mtimeMs } = statSync(path);
  const inside = statSync(path).isDirectory() ? readdirSync(path) : [];
  return Math.max(mtimeMs, ...inside.map((name) => changed(join(path, name))));
}
