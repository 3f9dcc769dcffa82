import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";

/** One thing that has happened to a run directory. */
export type Damage = (run: string) => void;

/** A random damage that can be said in words, so that a counterexample can be read. */
const told = (words: string, damage: Damage): Damage => Object.assign(damage, { [fc.toStringMethod]: () => words });

const FILES = [
  "config.json",
  "metrics.jsonl",
  "metrics.csv",
  "summary.json",
  "policy.onnx",
  "learning-curve.svg",
  ...["0006", "0005", "0004"].flatMap((k) =>
    ["state.json", "policy.safetensors", "model.safetensors", "buffer.safetensors"].map((name) =>
      join("checkpoints", k, name),
    ),
  ),
];
const DIRECTORIES = ["checkpoints", ...["0006", "0005", "0004", "0001"].map((k) => join("checkpoints", k))];
const anyFile = fc.constantFrom(...FILES, ...Array<string>(12).fill("metrics.jsonl"));
const oddText = fc.constantFrom("", "null", "5", "[]", "{}", '"text"', "{", "\0\0\0\0", "\n\n", "x".repeat(10_000));
/** Values that a program may find where it expects others. */
const oddValue = fc.constantFrom<unknown>(null, 5, -1, 0.5, 1e300, "text", "", true, [], {}, [null], ["x"], {
  mean: null,
});

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function replace(path: string, text: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const flipped = fc.tuple(anyFile, fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.nat(7)).map(([file, at, bit]) =>
  told(`bit ${bit} of byte ${at} of ${file} flipped`, (run) => {
    const path = join(run, file);
    if (!isFile(path)) return;
    const bytes = readFileSync(path);
    if (bytes.length === 0) return;
    bytes[Math.floor(at * bytes.length)] ^= 1 << bit;
    writeFileSync(path, bytes);
  }),
);

const cut = fc.tuple(anyFile, fc.double({ min: 0, max: 1, noNaN: true })).map(([file, at]) =>
  told(`${file} cut off at ${at}`, (run) => {
    const path = join(run, file);
    if (isFile(path)) truncateSync(path, Math.floor(at * statSync(path).size));
  }),
);

const gone = fc
  .constantFrom(...FILES, ...DIRECTORIES)
  .map((name) => told(`${name} removed`, (run) => rmSync(join(run, name), { recursive: true, force: true })));

const rewritten = fc
  .tuple(fc.constantFrom(...FILES, ...DIRECTORIES), oddText)
  .map(([name, text]) =>
    told(`${name} says ${JSON.stringify(text.slice(0, 20))}`, (run) => replace(join(run, name), text)),
  );

const isDirectory = fc.constantFrom(...FILES, "run.lock").map((name) =>
  told(`${name} is a directory`, (run) => {
    rmSync(join(run, name), { recursive: true, force: true });
    mkdirSync(join(run, name), { recursive: true });
  }),
);

/** Changes a JSON object at a random place. */
function changeEntry(
  json: unknown,
  path: readonly number[],
  change: (holder: Record<string, unknown>, key: string) => void,
) {
  let holder = json as Record<string, unknown>;
  for (const [i, step] of path.entries()) {
    if (typeof holder !== "object" || holder === null) return;
    const keys = Object.keys(holder);
    if (keys.length === 0) return;
    const key = keys[step % keys.length];
    const value = holder[key];
    if (i === path.length - 1 || typeof value !== "object" || value === null) return change(holder, key);
    holder = value as Record<string, unknown>;
  }
}

const path = fc.array(fc.nat(100), { minLength: 1, maxLength: 4 });
const entryChange = fc.oneof(
  oddValue.map((value) => (holder: Record<string, unknown>, key: string) => {
    holder[key] = structuredClone(value);
  }),
  fc.constant((holder: Record<string, unknown>, key: string) => {
    delete holder[key];
  }),
);

const entry = fc
  .tuple(fc.constantFrom("config.json", join("checkpoints", "0006", "state.json")), path, entryChange)
  .map(([file, place, change]) =>
    told(`an entry of ${file} changed at ${place}`, (run) => {
      const target = join(run, file);
      const json = JSON.parse(readFileSync(target, "utf8"));
      changeEntry(json, place, change);
      writeFileSync(target, JSON.stringify(json));
    }),
  );

/** Each makes lines of one. */
const lineChange: fc.Arbitrary<(line: string) => readonly string[]> = fc.oneof(
  fc.constant(() => []),
  fc.constant((line: string) => [line, line]),
  fc.constant((line: string) => [line.slice(0, line.length / 2)]),
  fc.constant((line: string) => [line.slice(0, -1) + line]),
  fc.constant(() => ['{"type":"iteration"}']),
  fc.constant(() => ['{"type":"end"}']),
  fc.constant(() => [`{"type":"iteration","x":"${"y".repeat(1_000_000)}"}`]),
  fc.string().map((text) => () => [text.replaceAll("\n", " ")]),
  oddText.map((text) => () => [text]),
  fc.tuple(path, entryChange).map(([place, change]) => (line: string) => {
    const json = JSON.parse(line);
    changeEntry(json, place, change);
    return [JSON.stringify(json)];
  }),
);

/** A JSON line of which some entries have changed. */
export const changedLine = (line: string): fc.Arbitrary<string> =>
  fc.array(fc.tuple(path, entryChange), { minLength: 1, maxLength: 2 }).map((changes) => {
    const json = JSON.parse(line);
    for (const [place, change] of changes) changeEntry(json, place, change);
    return JSON.stringify(json);
  });

const line = fc.tuple(fc.nat(7), lineChange).map(([n, change]) =>
  told(`line ${n} of metrics.jsonl changed by ${change}`, (run) => {
    const target = join(run, "metrics.jsonl");
    if (!isFile(target)) return;
    const lines = readFileSync(target, "utf8").split("\n");
    writeFileSync(target, lines.flatMap((each, i) => (i === n ? change(each) : [each])).join("\n"));
  }),
);

const swapped = fc.tuple(fc.nat(7), fc.nat(7)).map(([a, b]) =>
  told(`lines ${a} and ${b} of metrics.jsonl swapped`, (run) => {
    const target = join(run, "metrics.jsonl");
    if (!isFile(target)) return;
    const lines = readFileSync(target, "utf8").split("\n");
    if (lines[a] === undefined || lines[b] === undefined) return;
    [lines[a], lines[b]] = [lines[b], lines[a]];
    writeFileSync(target, lines.join("\n"));
  }),
);

const lock = fc
  .oneof(
    oddText,
    fc
      .record({ pid: oddValue, host: fc.constantFrom<unknown>(hostname(), "elsewhere", null), started: oddValue })
      .map((owner) => JSON.stringify(owner)),
  )
  // Without its end a lock may be one that is being written, for which a process waits a second.
  .map((text) => told(`run.lock says ${text.slice(0, 80)}`, (run) => replace(join(run, "run.lock"), `${text}\n`)));

const extra = fc
  .tuple(
    fc.constantFrom(
      ...["notes", ".notes", "set-aside-1", "metrics.damaged-1.jsonl", "run.lock.1", "run.lock.of-0a", ".x.tmp"],
      ...[
        "events.out.tfevents.1.stackelberg",
        "tfevents",
        "checkpoints/0007",
        "checkpoints/12345",
        "checkpoints/00006",
      ],
      ...[
        "checkpoints/.0007.tmp",
        "checkpoints/0006.damaged",
        "checkpoints/99999999999999999999",
        "checkpoints/.notes",
      ],
    ),
    fc.boolean(),
  )
  .map(([name, directory]) =>
    told(`${name} is there, ${directory ? "a directory" : "a file"}`, (run) => {
      const target = join(run, name);
      if (existsSync(target) || (existsSync(dirname(target)) && !statSync(dirname(target)).isDirectory())) return;
      if (directory) mkdirSync(target, { recursive: true });
      else replace(target, "something");
    }),
  );

const misnamed = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 })).map(([from, to]) =>
  told(`the checkpoint of ${from} has the name of ${to}`, (run) => {
    const name = (k: number) => join(run, "checkpoints", String(k).padStart(4, "0"));
    if (!existsSync(name(from)) || !statSync(name(from)).isDirectory() || from === to) return;
    rmSync(name(to), { recursive: true, force: true });
    cpSync(name(from), name(to), { recursive: true });
  }),
);

/** One to three damages to a run of six iterations. */
export const damages = fc.array(
  fc.oneof(flipped, cut, gone, rewritten, isDirectory, entry, line, line, line, swapped, lock, extra, misnamed),
  { minLength: 1, maxLength: 3 },
);

/** Does all of it that can still be done after what came before. */
export function damageRun(run: string, list: readonly Damage[]): void {
  for (const damage of list) {
    try {
      damage(run);
    } catch (error) {
      // An earlier damage has left no such file, or no JSON in it.
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!(error instanceof SyntaxError) && !["ENOENT", "ENOTDIR", "EISDIR", "EEXIST"].includes(code)) throw error;
    }
  }
}

/** Every file below a directory. */
export const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => isFile(join(directory, name)));
