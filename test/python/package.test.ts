import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { taskIds } from "../../src/envs/index.js";
import { PYTHON, without } from "./support.js";

test("the package registers the tasks of the catalogue, in its order", () => {
  const source = readFileSync("python/stackelberg_gym/__init__.py", "utf8");
  const listed = source.match(/^TASKS = \(\n([\s\S]*?)\n\)/m)![1];
  expect([...listed.matchAll(/"(.*)"/g)].map(([, id]) => id)).toEqual(taskIds());
});

test("its files have the syntax of Python, where there is one", (context) => {
  const compile = "import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path).read(), path)";
  const files = ["__init__", "env", "server", "spaces", "vector"].map((name) => `python/stackelberg_gym/${name}.py`);
  const { error, stderr, status } = spawnSync(PYTHON, ["-c", compile, ...files], { encoding: "utf8" });
  if (error !== undefined) context.skip(`there is no ${PYTHON}`);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
});

const missing = without("gymnasium");
describe.skipIf(missing !== undefined)(`with Gymnasium${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test("check_env passes; worlds together are worlds alone; processes end; errors are clear", async () => {
    const main = JSON.stringify(resolve("dist/cli/main.js"));
    const { stdout } = await promisify(execFile)(PYTHON, ["python/tests/check_env.py"], {
      env: { ...process.env, STACKELBERG_COMMAND: `${JSON.stringify(process.execPath)} ${main}` },
    });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "check_env inverted-pendulum-v2: passed",
      "check_env reacher-7dof-v0: passed",
      "worlds together are worlds alone: passed",
      "processes end: passed",
      "errors are clear: passed",
    ]);
  });
});
