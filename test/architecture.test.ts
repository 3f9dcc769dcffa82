import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** Methods of policy players, a folder each: siblings, of which none imports another. Some are still to come. */
const METHODS = ["npg", "actor-critic", "mpc", "sac", "steve"];

/** Who may import whom, beside its own folder. ARCHITECTURE.md shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = (() => {
  // errors ← math ← random ← compute ← nn, mdp ← envs, policy, model, render ← methods ← agents ← experiments ← bridges ← runs ← suites, web ← dashboard ← cli
  const columns = [
    ["errors"],
    ["math"],
    ["random"],
    ["compute"],
    ["nn", "mdp"],
    ["envs", "policy", "model", "render"],
    METHODS,
    ["agents"],
    ["experiments"],
    ["bridges"],
    ["runs"],
    ["suites", "web"],
    ["dashboard"],
    ["cli"],
  ];
  const table: Record<string, readonly string[]> = {};
  columns.forEach((column, i) => {
    for (const folder of column) table[folder] = columns.slice(0, i).flat();
  });
  // game stands on math and random · theory on mdp · agents is the one place where game meets a method
  table.game = ["errors", "math", "random"];
  table.theory = ["errors", "math", "random", "mdp"];
  for (const folder of ["agents", "experiments", "runs", "suites", "web", "cli", "dashboard"])
    table[folder] = [...table[folder], "game"];
  for (const folder of ["experiments", "runs", "suites", "web", "cli", "dashboard"])
    table[folder] = [...table[folder], "theory"];
  return table;
})();

/** The only folder whose files may import both of these, the second being any method. */
const MEETING_PLACE = { folder: "agents", of: ["game", METHODS] } as const;

/** The only files of agents that may name what players are made of: a new player touches its own folder, and one row. */
const SEATS = { folder: "agents/players/", takes: ["policy", "model", ...METHODS] } as const;

/** What each zone may import from outside of the package, and which zones of ours it sees. */
const ZONES: Readonly<
  Record<
    string,
    { readonly config: string; readonly sees: readonly string[]; readonly refuses: (name: string) => boolean }
  >
> = {
  core: {
    config: "tsconfig.core.json",
    sees: ["core"],
    refuses: (name) => name.startsWith("node:") || name.startsWith("onnxruntime-"),
  },
  node: { config: "tsconfig.node.json", sees: ["core", "node"], refuses: (name) => name.startsWith("onnxruntime-web") },
  web: {
    config: "tsconfig.web.json",
    sees: ["core", "web"],
    refuses: (name) => name.startsWith("node:") || name.startsWith("onnxruntime-node"),
  },
};
/** Packages that only Node has, though their names do not begin with `node:`. */
const NODE_BUILTINS = new Set([
  "fs",
  "path",
  "os",
  "child_process",
  "worker_threads",
  "crypto",
  "http",
  "url",
  "util",
  "process",
  "events",
  "stream",
  "zlib",
]);

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SRC = join(ROOT, "src");

interface Import {
  readonly name: string;
  /** Whether it loads the other file: `import type` is gone when compiled. */
  readonly loads: boolean;
  /** The file of ours that it means, from src/. */
  readonly target?: string;
}
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => /\.tsx?$/.test(path))
  .sort();
const known = new Set(files);

/** All imports of a file: of values and of types, `export … from` and `import()` too. */
const imports: ReadonlyMap<string, readonly Import[]> = new Map(
  files.map((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    return [
      file,
      ts.preProcessFile(text, true, true).importedFiles.map(({ fileName: name, pos }): Import => {
        const loads = !/(?:import|export) type [^;]*$/.test(text.slice(0, pos));
        if (!name.startsWith(".")) return { name, loads };
        const path = join(dirname(file), name).split(sep).join("/");
        const target = [path.replace(/\.js$/, ".ts"), path.replace(/\.js$/, ".tsx"), path].find((candidate) =>
          known.has(candidate),
        );
        return target === undefined ? { name, loads } : { name, loads, target };
      }),
    ];
  }),
);
const everyImport = [...imports].flatMap(([file, list]) => list.map((imported) => ({ file, ...imported })));
const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");

describe("who may import whom", () => {
  test("every folder has its place in the table", () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => folder !== "" && !(folder in MAY_IMPORT))).toEqual([]);
  });

  test("relative imports name files that are there, with the ending .js", () => {
    const isStyle = (name: string) => name.endsWith(".css?inline"); // a text, by Vite
    const lost = everyImport.filter(
      ({ name, target }) => name.startsWith(".") && target === undefined && !isStyle(name),
    );
    expect(lost.map(({ file, name }) => `${file} imports ${name}`)).toEqual([]);
  });

  test("imports go left only", () => {
    const offending = everyImport.filter(({ file, target }) => {
      const [from, to] = [folderOf(file), target === undefined ? undefined : folderOf(target)];
      return from !== "" && to !== undefined && to !== from && !MAY_IMPORT[from].includes(to);
    });
    expect(offending.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test("agents is the one place where game meets a method", () => {
    const [game, methods] = MEETING_PLACE.of;
    const meeting = [...imports].filter(([file, list]) => {
      const folders = new Set(list.flatMap(({ target }) => (target === undefined ? [] : [folderOf(target)])));
      return (
        folderOf(file) !== "" &&
        folderOf(file) !== MEETING_PLACE.folder &&
        folders.has(game) &&
        methods.some((method) => folders.has(method))
      );
    });
    expect(meeting.map(([file]) => `${file} imports both ${game} and one of ${methods.join(", ")}`)).toEqual([]);
  });

  test("methods do not know each other", () => {
    const offending = everyImport.filter(({ file, target }) => {
      const [from, to] = [folderOf(file), target === undefined ? "" : folderOf(target)];
      return METHODS.includes(from) && METHODS.includes(to) && from !== to;
    });
    expect(offending.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test("of agents, only agents/players takes a method, a policy or a model by its name", () => {
    const offending = everyImport.filter(
      ({ file, target }) =>
        folderOf(file) === "agents" &&
        !file.startsWith(SEATS.folder) &&
        target !== undefined &&
        SEATS.takes.includes(folderOf(target)),
    );
    expect(offending.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test("and of its files, only the table of ways takes those players", () => {
    const offending = everyImport.filter(
      ({ file, target }) =>
        !file.startsWith(SEATS.folder) && file !== "agents/ways.ts" && target?.startsWith(SEATS.folder) === true,
    );
    expect(offending.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test("nobody imports index.ts or node.ts: they are for users", () => {
    const offending = everyImport.filter(({ target }) => target === "index.ts" || target === "node.ts");
    expect(
      offending.filter(({ file }) => file !== "node.ts").map(({ file, target }) => `${file} imports ${target}`),
    ).toEqual([]);
  });

  test("onnxruntime-node is loaded in one place, which turns its telemetry off first", () => {
    const loaders = everyImport.filter(({ name, loads }) => loads && name.startsWith("onnxruntime-node"));
    expect(loaders.map(({ file }) => file)).toEqual(["compute/onnxruntime.ts"]);
  });

  test("and files never load each other in a circle", () => {
    const circles: string[] = [];
    const finished = new Set<string>();
    const visit = (file: string, path: readonly string[]) => {
      const start = path.indexOf(file);
      if (start >= 0) circles.push([...path.slice(start), file].join(" → "));
      if (start >= 0 || finished.has(file)) return;
      for (const { target, loads } of imports.get(file)!)
        if (target !== undefined && loads) visit(target, [...path, file]);
      finished.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("platform zones", () => {
  const zoneFiles = (config: string): readonly string[] => {
    const { config: json, error } = ts.readConfigFile(join(ROOT, config), ts.sys.readFile);
    expect(error).toBeUndefined();
    return ts
      .parseJsonConfigFileContent(json, ts.sys, ROOT)
      .fileNames.map((file) => relative(SRC, file).split(sep).join("/"));
  };
  const zones = Object.entries(ZONES).map(([zone, rules]) => ({ zone, ...rules, files: zoneFiles(rules.config) }));
  const zonesOf = (file: string): readonly string[] =>
    zones.filter((zone) => zone.files.includes(file)).map(({ zone }) => zone);

  test("every file belongs to exactly one TypeScript project", () => {
    expect(files.map((file) => ({ file, zones: zonesOf(file) })).filter(({ zones: own }) => own.length !== 1)).toEqual(
      [],
    );
  });

  test.each(zones)("$zone imports no other platform's packages or files", ({ files: own, sees, refuses }) => {
    const offending = everyImport.filter(({ file, name, target }) => {
      if (!own.includes(file)) return false;
      if (target !== undefined) return !zonesOf(target).every((zone) => sees.includes(zone));
      return refuses(name) || (NODE_BUILTINS.has(name) && !sees.includes("node"));
    });
    expect(offending.map(({ file, name }) => `${file} imports ${name}`)).toEqual([]);
  });

  test("the core has no clock and no chance of its own", () => {
    const forbidden = /\b(?:Math\.random|Date\.now|new Date\(\))/;
    const comments = /\/\*[\s\S]*?\*\/|\/\/.*/g;
    const core = zones.find(({ zone }) => zone === "core")!.files;
    expect(core.filter((file) => forbidden.test(readFileSync(join(SRC, file), "utf8").replace(comments, "")))).toEqual(
      [],
    );
  });
});
