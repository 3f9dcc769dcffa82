/** Control characters but newlines, and what turns the direction of a text or breaks its lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal obeys these
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const NAMES: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r" };

const escaped = (character: string): string =>
  NAMES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A text that a terminal shows and does not obey: control characters but newlines are escaped, and what is long is cut. */
export function printable(text: string, atMost: number): string {
  const safe = text.slice(0, atMost).replace(CONTROL, escaped);
  if (text.length <= atMost && safe.length <= atMost) return safe;
  const half = /[\ud800-\udbff]/.test(safe.charAt(atMost - 1)); // of a pair
  return `${safe.slice(0, half ? atMost - 1 : atMost)}… (${text.length.toLocaleString("en")} characters)`;
}

/** The same on one line. */
export const onOneLine = (text: string, atMost: number): string => printable(text, atMost).replaceAll("\n", "\\n");

/** Characters of a path: what systems take. */
export const LONGEST_PATH = 4096;

/** Whether a text can be a path: not empty, of a length that systems take, and one that can be printed. */
export const isPath = (text: string): boolean => text !== "" && onOneLine(text, LONGEST_PATH) === text;
