import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { ROOT } from "../../support/doc-pages.js";
import type { Block } from "./blocks.js";

/** Longest that a block may take, ms: what is longer is an example, which test/examples.test.ts runs. */
const LONGEST = 60_000;

/** A script of a page as a file of a project beside which the package lies. */
export interface Script {
  readonly block: Block;
  readonly file: string;
  /** Whether it stands in a file of `examples/`, and is run there. */
  readonly isExample: boolean;
}

/** The scripts of `examples/` by name, without their head comments. */
const examples = (): readonly (readonly [name: string, text: string])[] =>
  readdirSync(join(ROOT, "examples"))
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => [name, readFileSync(join(ROOT, "examples", name), "utf8").replace(/^\/\*\*\n.*?\n \*\/\n/s, "")]);

/**
 * A project per page in a new directory, with a file per block: of the name of its example, or in its first line (`// my-player.mjs`), else of its line.
 * Names of packages are found as in a project that has installed them.
 */
export function writeScripts(blocks: readonly Block[]): {
  readonly directory: string;
  readonly scripts: readonly Script[];
} {
  const directory = mkdtempSync(join(tmpdir(), "stackelberg-docs-"));
  mkdirSync(join(directory, "node_modules"));
  const packages: readonly (readonly [string, string])[] = [
    ["stackelberg", ROOT],
    ["zod", join(ROOT, "node_modules/zod")],
    ["@types", join(ROOT, "node_modules/@types")],
  ];
  for (const [name, path] of packages) symlinkSync(path, join(directory, "node_modules", name));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  const known = examples();
  const scripts = blocks.map((block): Script => {
    const own = join(directory, block.page.replace(/\W/g, "_"));
    mkdirSync(own, { recursive: true });
    const extension = block.language.startsWith("t") ? "ts" : "mjs";
    const example = known.find(([, text]) => text.trim() === block.text.trim())?.[0];
    const named = block.text.match(/^\/\/ ([\w-]+\.(?:mjs|ts))\n/)?.[1];
    const name = example ?? named ?? `line-${block.line}.${extension}`;
    const file = join(own, name);
    writeFileSync(file, block.text);
    return { block, file, isExample: example !== undefined };
  });
  return { directory, scripts };
}

/** What the compiler finds wrong in any of them, a line each. */
export function typeErrors(scripts: readonly Script[]): readonly string[] {
  const program = ts.createProgram(
    scripts.map(({ file }) => file),
    {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      strict: false,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: ["node"],
    },
  );
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const of = scripts.find((script) => script.file === file?.fileName);
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line;
    return `${of?.block.page}:${(of?.block.line ?? 0) + 1 + line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

/** Runs one in Node. @throws where it fails or takes too long */
export const runScript = async ({ file }: Script, directory: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [file], { cwd: directory, timeout: LONGEST })).stdout;
