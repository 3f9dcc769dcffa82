import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";

/** An option of a task whose value is a number, or several between commas: `"1.2"`, `"0,0,0.1"`. */
export interface NumberOption {
  /** What it means, with its unit. */
  readonly about: string;
  /** As many numbers as a value has. */
  readonly default: readonly number[];
  /** Bounds of each number. */
  readonly low: number;
  readonly high: number;
}

/** What an option of a task can be: one of a list of words, the first by default, or numbers. */
export type TaskOption = readonly string[] | NumberOption;

/** Whether an option is a list of words. */
export function isChoice(option: TaskOption): option is readonly string[] {
  return Array.isArray(option);
}

/** The value an option has where none is given. */
export function defaultOf(option: TaskOption): string {
  return isChoice(option) ? option[0] : option.default.join(",");
}

/**
 * A value as tasks keep it: one of the words, or the numbers written in one way (`"1.20"` is `"1.2"`).
 *
 * @param where the option's full name, `"reacher-7dof-v0.forearm"`
 * @throws {ConfigError} where the value is none of the words, or not as many numbers within the bounds
 */
export function checkedOption(where: string, option: TaskOption, value: string): string {
  if (!isChoice(option)) return numbersOf(where, option, value).join(",");
  if (option.includes(value)) return value;
  throw new ConfigError(where, `there is no value ${JSON.stringify(value)}`, suggest(String(value), option));
}

/**
 * The numbers of a value, the default where none is given.
 *
 * @throws {ConfigError} where they are not as many as they should be, or out of bounds
 */
export function numbersOf(where: string, option: NumberOption, value: string | undefined): readonly number[] {
  if (value === undefined) return option.default;
  const { default: usual, low, high } = option;
  const parts = String(value)
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length === usual.length && parts.every((part) => part >= low && part <= high)) return parts;
  const what = usual.length === 1 ? "must be a number" : `must be ${usual.length} numbers between commas, each`;
  throw new ConfigError(
    where,
    `${what} from ${low} to ${high}, got ${JSON.stringify(value)}`,
    `It is ${option.about}; the default is ${usual.join(",")}`,
  );
}
