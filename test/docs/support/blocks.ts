import { readPage } from "../../support/doc-pages.js";

/** A code block of a page. */
export interface Block {
  readonly page: string;
  /** Line of the page that it begins at, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Why it is not run, where a comment `<!-- not run: … -->` before it says so. */
  readonly notRun: string | undefined;
  /** Why it is type-checked and not run, where `<!-- types only: … -->` says so. */
  readonly typesOnly: string | undefined;
}

/** Lines of a shell: blocks that say so, and those that begin with a call of the command. */
const SHELLS = ["sh", "bash", "shell"];
const SCRIPTS = ["js", "mjs", "javascript", "ts", "typescript"];

export type BlockKind = "shell" | "script" | "yaml" | "other";

export function kindOf({ language, text }: Block): BlockKind {
  if (SHELLS.includes(language) || (language === "" && /^(npx )?stackelberg /.test(text))) return "shell";
  if (SCRIPTS.includes(language)) return "script";
  return language === "yaml" || language === "yml" ? "yaml" : "other";
}

/** All code blocks of a page. */
export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^([ \t]*)```([\w-]*)[^\n]*\n(.*?)^\1```/gms)].map((found) => {
    const before = text.slice(0, found.index);
    return {
      page,
      line: before.split("\n").length,
      language: found[2],
      text: found[3].replace(new RegExp(`^${found[1]}`, "gm"), ""),
      typesOnly: before.match(/<!-- types only: (.*?) -->\s*$/s)?.[1],
      notRun: before.match(/<!-- not run: (.*?) -->\s*$/s)?.[1],
    };
  });
}

export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
