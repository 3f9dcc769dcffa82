import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { ALGORITHMS, type Algorithm } from "../agents/defaults.js";
import type { SettingsPatch } from "../agents/settings.js";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Perturbation } from "../mdp/task.js";
import { RUN_FORMAT } from "../runs/config.js";

/** One of a list of names. @throws {ConfigError} that lists them, or the nearest */
export function oneOf<T extends string>(what: string, values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((known) => known === text.toLowerCase());
    if (value === undefined) throw new ConfigError(what, `there is no ${JSON.stringify(text)}`, suggest(text, values));
    return value;
  };
}

export const algorithm: (text: string) => Algorithm = oneOf("algorithm", ALGORITHMS);

/** A whole number of at least `least`; `10_000`, `10,000` and `1e4` are numbers too. */
export function wholeNumber(what: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^[\d_,]+$|^\d+(\.\d+)?e\d+$/i.test(text) ? Number(text.replace(/[_,]/g, "")) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new ConfigError(
        what,
        `must be a whole number of at least ${least}, got ${JSON.stringify(text)}`,
        `For instance ${what} ${Math.max(least, 1)}`,
      );
    }
    return value;
  };
}

/** `0,1,2` as numbers, each once. */
export function seedList(text: string): readonly number[] {
  return [...new Set(text.split(",").map((part) => wholeNumber("--seeds", 0)(part.trim())))];
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
} as const;

function split(what: keyof typeof EXAMPLES, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1)
    throw new ConfigError(
      what,
      `must look like name=value, got ${JSON.stringify(text)}`,
      `For instance ${EXAMPLES[what]}`,
    );
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** `["era=exact"]` as `{ era: "exact" }`. */
export const taskOptions = (texts: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(texts.map((text) => split("--task-option", text)));

/** `npg.steps=10`, `model.hidden=[64, 64]`, `data.bufferSize=null` as a patch of the settings; values are YAML. */
export function setting(text: string): SettingsPatch {
  const [path, source] = split("--set", text);
  let value: unknown;
  try {
    value = parse(source, { strict: true });
  } catch {
    throw new ConfigError(
      `--set ${path}`,
      `cannot read the value ${JSON.stringify(source)}`,
      'Write numbers and words as they are, lists as "[64, 64]"',
    );
  }
  for (const key of path.split(".").reverse()) value = { [key]: value };
  return value as SettingsPatch;
}

/** The settings in a YAML or JSON file; from a run's config.json, its settings. */
export function settingsFile(path: string, cwd: string): SettingsPatch {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw new ConfigError(
      `--config ${path}`,
      "cannot be read",
      "Give a YAML or JSON file with settings, as docs/cli.md shows",
      { cause },
    );
  }
  let content: unknown;
  try {
    content = parse(text, { strict: true });
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    throw new ConfigError(
      `--config ${path}`,
      `is neither YAML nor JSON (${where.replace(/:$/, "")})`,
      "Mend the file there",
      { cause },
    );
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new ConfigError(
      `--config ${path}`,
      "does not hold settings by name",
      "Write for instance `npg: { steps: 10 }`",
    );
  }
  if (!("format" in content && "settings" in content)) return content;
  if (content.format !== RUN_FORMAT) {
    throw new ConfigError(
      `--config ${path}`,
      `is of a run that another version of stackelberg made: its format is ${JSON.stringify(content.format)}, this one reads ${RUN_FORMAT}`,
      "Use that version, or copy the settings that you want into a file of their own",
    );
  }
  return content.settings as SettingsPatch;
}
