import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { ALGORITHMS, type Algorithm } from "../agents/defaults.js";
import type { SettingsPatch } from "../agents/settings.js";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { isPath, LONGEST_PATH } from "../errors/printable.js";
import { shown } from "../errors/requirement.js";
import type { Perturbation } from "../mdp/task.js";
import { RUN_FORMAT } from "../runs/config.js";
import { parseYaml } from "./yaml.js";

/** One of a list of names. @throws {ConfigError} that lists them, or the nearest */
export function oneOf<T extends string>(what: string, values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((known) => known === text.toLowerCase());
    if (value === undefined) throw new ConfigError(what, `there is no ${shown(text)}`, suggest(text, values));
    return value;
  };
}

export const algorithm: (text: string) => Algorithm = oneOf("algorithm", ALGORITHMS);

/** A whole number within bounds; `10_000`, `10,000` and `1e4` are numbers too. */
export function wholeNumber(what: string, least: number, most?: number): (text: string) => number {
  return (text) => {
    const value = /^[\d_,]+$|^\d+(\.\d+)?e\d+$/i.test(text) ? Number(text.replace(/[_,]/g, "")) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least || value > (most ?? value)) {
      throw new ConfigError(
        what,
        `must be a whole number ${most === undefined ? `of at least ${least}` : `from ${least} to ${most}`}, got ${shown(text)}`,
        `For instance ${what} ${Math.max(least, 1)}`,
      );
    }
    return value;
  };
}

/** Where files go. What else it may be is the file system's affair. */
export function directoryPath(what: string): (text: string) => string {
  return (text) => {
    if (!isPath(text)) {
      throw new ConfigError(
        what,
        `must be the path of a directory, got ${shown(text)}`,
        `For instance ${what} runs/first; control characters cannot be in it, nor more than ${LONGEST_PATH} characters`,
      );
    }
    return text;
  };
}

/** `0,1,2` as numbers, each once. */
export function seedList(text: string): readonly number[] {
  const seeds = text.split(",").map((part) => wholeNumber("--seeds", 0)(part.trim()));
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (twice !== undefined)
    throw new ConfigError(
      "--seeds",
      `${twice} comes twice in ${text}: both would be the same run`,
      "Name each seed once",
    );
  return seeds;
}

/** `mass=1.3,friction=0.7` as factors by name. What names there are is the task's affair. */
export function perturbation(text: string): Perturbation {
  const pairs = text.split(",").map((part): [string, number] => {
    const [name, factor] = split("--perturb", part);
    return [name, factor === "" ? Number.NaN : Number(factor)];
  });
  return Object.fromEntries(pairs);
}

/** An option that may come several times. */
export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

const EXAMPLES = {
  "--set": "--set npg.steps=10",
  "--task-option": "--task-option era=exact",
  "--perturb": "--perturb mass=1.3,friction=0.7",
  "--with": "--with jobs=2",
} as const;

function split(what: keyof typeof EXAMPLES, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1)
    throw new ConfigError(what, `must look like name=value, got ${shown(text)}`, `For instance ${EXAMPLES[what]}`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** `["era=exact"]` as `{ era: "exact" }`. */
export const namedValues = (what: keyof typeof EXAMPLES, texts: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(texts.map((text) => split(what, text)));

/** Options of a task, by name. */
export const taskOptions = (texts?: readonly string[]): Record<string, string> => namedValues("--task-option", texts);

/** `npg.steps=10`, `model.hidden=[64, 64]`, `data.bufferSize=null` as a patch of the settings; values are YAML. */
export function setting(text: string): SettingsPatch {
  const [path, source] = split("--set", text);
  let value: unknown;
  try {
    value = parseYaml(source);
  } catch (cause) {
    throw new ConfigError(
      `--set ${path}`,
      `cannot read the value ${shown(source)} (${reason(cause)})`,
      'Write numbers and words as they are, lists as "[64, 64]"',
      { cause },
    );
  }
  for (const key of path.split(".").reverse()) value = { [key]: value };
  return value as SettingsPatch;
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** What a YAML or JSON file holds. @throws {ConfigError} where it cannot be read, is too large, or is neither */
export function yamlFile(where: string, path: string): unknown {
  const text = readSmall(where, path);
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new ConfigError(where, `is neither YAML nor JSON (${reason(cause)})`, "Correct the file there", { cause });
  }
}

/** The settings in a YAML or JSON file; from a run's config.json, its settings. */
export function settingsFile(path: string, cwd: string): SettingsPatch {
  const where = `--config ${path}`;
  const content = yamlFile(where, resolve(cwd, path));
  if (content === null || content === undefined) return {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new ConfigError(where, "does not hold settings by name", "Write for instance `npg: { steps: 10 }`");
  }
  if (!("format" in content && "settings" in content)) return content;
  if (content.format !== RUN_FORMAT) {
    throw new ConfigError(
      where,
      `is of a run that another version of stackelberg made: its format is ${shown(content.format)}, this one reads ${RUN_FORMAT}`,
      "Use that version, or copy the settings that you want into a file of their own",
    );
  }
  return content.settings as SettingsPatch;
}

/** Bytes of a settings file: all settings take 3 KiB. */
const LARGEST_FILE = 65_536;

/** The text of a file, or of a pipe, which is read no further than a settings file can be long. */
function readSmall(where: string, path: string): string {
  const bytes = new Uint8Array(LARGEST_FILE + 1);
  let size = 0;
  try {
    const file = openSync(path, "r");
    try {
      for (let read = -1; read !== 0 && size < bytes.length; size += read)
        read = readSync(file, bytes, size, bytes.length - size, null);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new ConfigError(where, "cannot be read", "Give a YAML or JSON file with settings, as docs/cli.md shows", {
      cause,
    });
  }
  if (size > LARGEST_FILE) {
    throw new ConfigError(
      where,
      `is larger than ${LARGEST_FILE / 1024} KiB`,
      "Give a file that holds nothing but settings",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, size));
  } catch (cause) {
    throw new ConfigError(where, "is not text in UTF-8", "Give a YAML or JSON file with settings", { cause });
  }
}
