import { readFileSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Import, init, parse } from "es-module-lexer";
import { reasonOf } from "./files.js";

/** Our entries, as a page has them: where its build lies, and what it has of them; all, where that is not said. */
export const ENTRIES: ReadonlyMap<string, { readonly address: string; readonly has?: readonly string[] }> = new Map([
  ["stackelberg", { address: "/worker/stackelberg.js" }],
  ["stackelberg/node", { address: "/worker/stackelberg-node.js", has: ["readModel"] }],
  ["stackelberg/web", { address: "/worker/stackelberg-web.js", has: ["fetchModel"] }],
]);

/** A module of a user's own, as a page gets it. */
export interface PageModule {
  /** Its text, in which imports are addresses of this server. */
  readonly text: string;
  /** Files that it imports. */
  readonly imports: readonly string[];
  /** Files that it names by `new URL("…", import.meta.url)`, whether they are there or not. */
  readonly names: readonly string[];
  /** Why no page can run it, in a sentence; null where nothing speaks against it. */
  readonly problem: string | null;
}

/** What an import is for a page: an address, of which a file of the user's may be the source; or nothing. */
type Target = { readonly address: string; readonly file?: string } | { readonly problem: string };

/** Whether a file is text that `pageModule` reads, rather than data that a module imports. */
export const isModule = (path: string): boolean => [".js", ".mjs"].includes(extname(path));

/**
 * Reads a module for a page, in which the names of packages say nothing: what it imports of ours becomes the page's own
 * build, what it imports by a path the address of that file. Imports that may never be made (`await import(…)`) stay as they
 * are where a page has nothing for them.
 *
 * @param path of a module that Node has loaded, without links
 * @param addressOf where this server has a file
 */
export async function pageModule(path: string, addressOf: (path: string) => string): Promise<PageModule> {
  await init();
  const text = readFileSync(path, "utf8");
  const name = basename(path);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text, name);
  } catch (error) {
    return { text, imports: [], names: [], problem: `${name} cannot be read (${reasonOf(error)}).` };
  }
  const [found, , , hasSyntax] = parsed;
  const problems = hasSyntax || extname(path) === ".mjs" ? [] : [`${name} is no ES module.`];
  const [imports, names]: [string[], string[]] = [[], []];
  let [written, from] = ["", 0];
  for (const each of found) {
    if (each.type === "import-meta") names.push(...namedAt(text, each, path));
    if (each.type === "import-meta" || each.specifier === undefined || (each.type === "dynamic" && each.glob)) continue;
    const statement = text.slice(each.importStart, each.importEnd);
    const target = targetOf(each.specifier, each.type === "dynamic" ? "" : statement, path, addressOf);
    if ("problem" in target) {
      if (each.type !== "dynamic") problems.push(`${name} ${target.problem}.`);
      continue;
    }
    if (target.file !== undefined) imports.push(target.file);
    written += text.slice(from, each.start) + (each.type === "dynamic" ? `"${target.address}"` : target.address);
    from = each.end;
  }
  return { text: written + text.slice(from), imports, names, problem: problems[0] ?? null };
}

/** @param statement of a static import, whose names are looked at */
function targetOf(specifier: string, statement: string, from: string, addressOf: (path: string) => string): Target {
  const entry = ENTRIES.get(specifier);
  if (entry !== undefined) {
    const missing = entry.has && namesIn(statement).find((name) => !entry.has!.includes(name));
    if (missing === undefined) return entry;
    return { problem: `takes ${missing} of ${specifier}, which a page does not have` };
  }
  if (isBuiltin(specifier)) return { problem: `imports ${specifier}, which only Node has` };
  if (!/^(\.{0,2}\/|file:)/.test(specifier))
    return { problem: `imports ${specifier}: of packages, a page has stackelberg alone` };
  let file: string;
  try {
    file = realpathSync(fileURLToPath(new URL(specifier, pathToFileURL(from))));
  } catch {
    return { problem: `imports ${specifier}, which is not there` };
  }
  if (!isModule(file) && extname(file) !== ".json")
    return { problem: `imports ${specifier}, which is neither JavaScript nor JSON` };
  return { address: addressOf(file), file };
}

/** `a` and `b` of `import { a, b as c } from …`. */
const namesIn = (statement: string): readonly string[] =>
  (/\{([^}]*)\}\s*from/.exec(statement)?.[1] ?? "")
    .split(",")
    .map((part) => part.trim().split(/\s/)[0])
    .filter((name) => name !== "");

/** The file of `new URL("./robot.xml", import.meta.url)`. */
function namedAt(text: string, { start, end }: Import, from: string): readonly string[] {
  if (!/^\s*\.url\s*,?\s*\)/.test(text.slice(end))) return [];
  const [, , literal] = /new\s+URL\(\s*(["'`])([^"'`$\\\n]+)\1\s*,\s*$/.exec(text.slice(0, start)) ?? [];
  if (literal === undefined) return [];
  try {
    return [fileURLToPath(new URL(literal, pathToFileURL(from)))];
  } catch {
    return []; // an address elsewhere
  }
}
