import { playersOf, type RunHead } from "./config.js";

/** What may differ between two seeds of one game: how long they are, and how they are looked at. */
const BESIDE_THE_GAME = /^(data\.maxSamples|evaluation\.|meter\.)/;

/** Settings by name, `npg.steps`, each as text. */
export function flatSettings(settings: unknown): Readonly<Record<string, string>> {
  const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isGroup(settings)) return {};
  const entries = Object.entries(settings).flatMap(([group, values]) =>
    isGroup(values)
      ? Object.entries(values).map(([name, value]) => [`${group}.${name}`, JSON.stringify(value)] as const)
      : [],
  );
  return Object.fromEntries(entries.filter(([key]) => !BESIDE_THE_GAME.test(key)));
}

/** Whether runs differ in their seed at most. A setting that one of them does not have, because it came later, says nothing. */
export function isSameGame(a: RunHead, b: RunHead): boolean {
  const kind = (head: RunHead) => {
    const { policy, model } = playersOf(head);
    const options = Object.entries(head.task.options).sort(([x], [y]) => (x < y ? -1 : 1));
    return JSON.stringify([head.algorithm, policy, model, head.task.id, options, head.preset]);
  };
  if (kind(a) !== kind(b)) return false;
  const [own, other] = [flatSettings(a.settings), flatSettings(b.settings)];
  return Object.entries(own).every(([key, value]) => (other[key] ?? value) === value);
}
