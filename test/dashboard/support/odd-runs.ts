import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Rng } from "../../../src/random/rng.js";

/** Puts something in a place, whatever stood there. */
type Put = (path: string) => void;

const clear: Put = (path) => {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
};
const put =
  (make: Put): Put =>
  (path) => {
    clear(path);
    make(path);
  };
const text = (content: string | Uint8Array) => put((path) => writeFileSync(path, content));
const folder = put((path) => mkdirSync(path));
const pipe = put((path) => execFileSync("mkfifo", [path]));
const circle = put((path) => symlinkSync(path, path));
const endless = put((path) => symlinkSync("/dev/zero", path));

/** A run that is as it should be, made odd in one way; and what its card then says. */
export interface OddKind {
  readonly make: (run: string) => void;
  readonly says: RegExp;
}

const at =
  (name: string, make: Put) =>
  (run: string): void =>
    make(join(run, name));

/** One way each in which a run directory can be odd, by name. */
export const ODD_KINDS: Readonly<Record<string, OddKind>> = {
  "checkpoints that are a file": { make: at("checkpoints", text("")), says: /checkpoints.*it is no directory/ },
  "checkpoints that are a pipe": { make: at("checkpoints", pipe), says: /checkpoints.*it is no directory/ },
  "checkpoints that link to themselves": { make: at("checkpoints", circle), says: /checkpoints.*ELOOP/ },
  "a lock that says null": { make: at("run.lock", text("null\n")), says: /run\.lock/ },
  "a lock that says 5": { make: at("run.lock", text("5")), says: /run\.lock/ },
  "a lock that is empty": { make: at("run.lock", text("")), says: /run\.lock/ },
  "a lock that is a directory": { make: at("run.lock", folder), says: /run\.lock.*directory/ },
  "a lock that is a pipe": { make: at("run.lock", pipe), says: /run\.lock.*pipe/ },
  "a lock that links to itself": { make: at("run.lock", circle), says: /run\.lock.*ELOOP/ },
  "a config.json that is a directory": { make: at("config.json", folder), says: /config\.json.*directory/ },
  "a config.json that is a pipe": { make: at("config.json", pipe), says: /config\.json.*pipe/ },
  "a config.json that links to itself": { make: at("config.json", circle), says: /config\.json.*ELOOP/ },
  "a config.json that never ends": { make: at("config.json", endless), says: /config\.json.*device/ },
  "a config.json of null": { make: at("config.json", text("null")), says: /config\.json/ },
  "a config.json of 2 MB": {
    make: at("config.json", text("[".repeat(2_000_000))),
    says: /config\.json.*2000000 bytes/,
  },
  "metrics that are a directory": {
    make: at("metrics.jsonl", folder),
    says: /metrics\.jsonl cannot be read.*directory/,
  },
  "metrics that are a pipe": { make: at("metrics.jsonl", pipe), says: /metrics\.jsonl cannot be read.*pipe/ },
  "metrics that link to themselves": {
    make: at("metrics.jsonl", circle),
    says: /metrics\.jsonl cannot be read.*ELOOP/,
  },
  "metrics that never end": { make: at("metrics.jsonl", endless), says: /metrics\.jsonl cannot be read.*device/ },
  "metrics of 40 MB without a line's end": {
    make: at("metrics.jsonl", (path) => {
      text("")(path);
      truncateSync(path, 40_000_000); // a hole: zeros that take no room
    }),
    says: /no line ends within/,
  },
  "an iteration without numbers": {
    make: at("metrics.jsonl", (path) => appendFileSync(path, '{"type":"iteration"}\n')),
    says: /line 5: .*iteration/,
  },
  "an end without a reason": {
    make: at("metrics.jsonl", (path) => appendFileSync(path, '{"type":"end"}\n')),
    says: /line 5: .*reason/,
  },
  "an iteration that is an object with a toString of its own": {
    make: at("metrics.jsonl", (path) => appendFileSync(path, '{"type":"iteration","iteration":{"toString":1}}\n')),
    says: /line 5: .*iteration/,
  },
};

/** Places in a run where something odd may stand. */
const PLACES = [
  "config.json",
  "run.lock",
  "metrics.jsonl",
  "checkpoints",
  "checkpoints/0002",
  "checkpoints/0002/state.json",
  "checkpoints/0002/policy.safetensors",
  "checkpoints/99999999999999999999",
];
// biome-ignore format: a list of scraps
const SCRAPS = [
  "null", "5", '"x"', "[]", "{}", "{", "", "\u0000\n", "[[[[", '{"type":"end"}\n', '{"type":"iteration","iteration":1e999}\n',
  '{"type":"iteration","iteration":1,"samples":2,"evaluation":{"return":7},"policy":{"kl":[[]]},"seconds":{"total":"x"}}\n',
  '{"type":"end","reason":"failed","message":{"a":1}}\n', '{"type":{"toString":null}}\n', '{"type":"start","date":7}\n',
  '{"type":"task-change","iteration":1,"samples":1,"options":null}\n', '{"type":"__proto__"}\n', '{"pid":1e9,"host":null}',
  '{"pid":-1,"host":"x"}', '{"format":"stackelberg-run/1","settings":{"npg":5,"data":null},"versions":7}', "\n\n\n\r\n",
  `${"x".repeat(100_000)}\n`,
];

/** Makes one to three places of a run odd, by chance. Draws from rng. */
export function makeOdd(run: string, rng: Rng): void {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)]!;
  const bytes = Uint8Array.from({ length: 200 }, () => rng.integer(256));
  const ways: readonly Put[] = [
    clear,
    folder,
    pipe,
    circle,
    endless,
    text(bytes),
    text(pick(SCRAPS)),
    text(pick(SCRAPS) + pick(SCRAPS)),
  ];
  for (let n = 1 + rng.integer(3); n > 0; n--) {
    try {
      pick(ways)(join(run, pick(PLACES)));
    } catch {
      // What was put there before leaves no room for it: odd enough.
    }
  }
}
