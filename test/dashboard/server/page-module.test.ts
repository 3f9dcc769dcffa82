import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as node from "../../../src/dashboard/client/own-task/node.js";
import * as web from "../../../src/dashboard/client/own-task/web.js";
import { ENTRIES, pageModule } from "../../../src/dashboard/server/page-module.js";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stackelberg-page-module-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
};
const read = (name: string, text: string) => pageModule(write(name, text), (path) => `/at${path}`);

describe("a module for a page", () => {
  test("imports of ours are the page's build, of its own files their addresses; nothing else of its text changes", async () => {
    write("b.mjs", "");
    write("parts/c.js", "export {}");
    write("d.json", "{}");
    const text = (ours: string, node: string, b: string, c: string, d: string) => `// import "not-this";
import { mujocoTask, box as b0 } from "${ours}";
import { readModel } from '${node}';
import "${b}";
export * from "${c}";
import numbers from "${d}" with { type: "json" };
const lazily = async () => await import("${b}");
export default \`import "neither-this" \${b0}\`;
`;
    const module = await read(
      "a.mjs",
      text("stackelberg", "stackelberg/node", "./b.mjs", "./parts/../parts/c.js", "./d.json"),
    );
    expect(module).toMatchObject({ problem: null, names: [] });
    expect(module.text).toBe(
      text("/worker/stackelberg.js", "/worker/stackelberg-node.js", ...sources("b.mjs", "parts/c.js", "d.json")),
    );
    expect(module.imports).toEqual(["b.mjs", "parts/c.js", "d.json", "b.mjs"].map(at));
    function sources(...names: readonly string[]): [string, string, string] {
      return names.map((name) => `/at${at(name)}`) as [string, string, string];
    }
  });

  test("a link is followed to its file, as Node does", async () => {
    write("elsewhere/b.mjs", "");
    symlinkSync(at("elsewhere/b.mjs"), at("b.mjs"));
    expect((await read("a.mjs", 'import "./b.mjs";')).imports).toEqual([at("elsewhere/b.mjs")]);
  });

  test("files that it names from itself are known, those made up at run time are not", async () => {
    const { names } = await read(
      "a.mjs",
      `new URL("./robot.xml", import.meta.url); new URL( '../up/a b.stl' , import.meta.url ); new URL(\`c.bin\`, import.meta.url,);
      new URL(\`\${name}.xml\`, import.meta.url); new URL("https://host.example/x.xml", import.meta.url); new URL("x", base); import.meta.url;`,
    );
    expect(names).toEqual([at("robot.xml"), join(dirname(folder), "up/a b.stl"), at("c.bin")]);
  });

  test.each([
    ['import { readFileSync } from "node:fs";', "a.mjs imports node:fs, which only Node has."],
    ['import fs from "fs";', "a.mjs imports fs, which only Node has."],
    ['import { add } from "mathjs";', "a.mjs imports mathjs: of packages, a page has stackelberg alone."],
    [
      'import { readModel, openNodeCompute as open } from "stackelberg/node";',
      "a.mjs takes openNodeCompute of stackelberg/node, which a page does not have.",
    ],
    ['export { trainInTab } from "stackelberg/web";', /takes trainInTab of stackelberg\/web/],
    ['import "./gone.mjs";', "a.mjs imports ./gone.mjs, which is not there."],
    ['import "./b.cjs";', "a.mjs imports ./b.cjs, which is neither JavaScript nor JSON."],
    ["import { from", /^a\.mjs cannot be read \(/],
  ])("%s keeps it out of a page, and is said", async (text, problem) => {
    write("b.cjs", "");
    expect((await read("a.mjs", text)).problem).toEqual(
      typeof problem === "string" ? problem : expect.stringMatching(problem),
    );
  });

  test("a script of the older kind is told from a module", async () => {
    expect((await read("a.js", "module.exports = 1;")).problem).toBe("a.js is no ES module.");
    expect((await read("a.js", "export default 1;")).problem).toBeNull();
  });

  test("an import that only Node would make, when it runs, keeps nothing out", async () => {
    const text = 'if (inNode) await import("node:fs"); await import("./" + name); await import("mathjs");';
    expect(await read("a.mjs", text)).toMatchObject({ text, imports: [], problem: null });
  });

  test("what a page is said to have of our entries is what it has", () => {
    expect(Object.keys(node)).toEqual(ENTRIES.get("stackelberg/node")!.has);
    expect(Object.keys(web)).toEqual(ENTRIES.get("stackelberg/web")!.has);
  });
});
