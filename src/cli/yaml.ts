import { Lexer, Parser, parseDocument } from "yaml";

/** Levels of groups and lists in a text; settings have five. */
const DEEPEST = 50;
/** How often anchors may be repeated, all in all: an alias bomb repeats billions. */
const MOST_ALIASES = 100;

/**
 * The value that a YAML or JSON text stands for.
 *
 * @throws {Error} with what is wrong in one line, where it stands for none: also where it refers to itself, is nested
 * too deep, or names a type that we do not know
 */
export function parseYaml(text: string): unknown {
  checkDepth(text);
  const document = parseDocument(text, { strict: true, logLevel: "error" });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw new Error(wrong.message.split("\n")[0].replace(/:$/, ""));
  return checked(document.toJS({ maxAliasCount: MOST_ALIASES }), 0);
}

/** Before the text is composed: the composer calls itself for each level, and a full stack there ends the process. */
function checkDepth(text: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > 2 * DEEPEST) throw new Error(`it is nested in more than ${DEEPEST} levels`); // a level is two entries: the collection, and what is in it
  }
}

/** The same value, where it is a tree; -0 is 0. */
function checked(value: unknown, level: number): unknown {
  if (level > 2 * DEEPEST) throw new Error("it refers to itself");
  if (Array.isArray(value)) return value.map((entry) => checked(entry, level + 1));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, checked(entry, level + 1)]));
  return value === 0 ? 0 : value;
}
