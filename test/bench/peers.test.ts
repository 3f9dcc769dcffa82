import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { FULL_PEERS, QUICK_PEERS, WORKS } from "../../bench/peers/works.js";
import { useCompute } from "../support/use-compute.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const compute = useCompute(1);

test("without Python there is nothing to compare with: it says so in a line and ends well", async () => {
  const line = [process.execPath, ["dist-bench/peers/main.js", "--python", "/no/such/python"], { cwd: ROOT }] as const;
  const { stdout, stderr } = await promisify(execFile)(...line);
  expect(stdout).toMatch(/^skipped: \/no\/such\/python cannot load .*\n$/);
  expect(stderr).toBe("");
});

test.each(Object.entries(WORKS))(
  "%s has a module in Python, and hands it finite results of its own",
  async (_, make) => {
    const work = await make(compute(), QUICK_PEERS);
    expect(readFileSync(join(ROOT, `bench/peers/${work.peer}.py`), "utf8")).toContain("def variants(tensors, sizes):");
    const ours = Object.entries(work.tensors).filter(([name]) => name.startsWith("ours."));
    expect(ours.length).toBeGreaterThan(0);
    for (const [name, { shape, data }] of Object.entries(work.tensors)) {
      expect(
        shape.reduce((a, b) => a * b, 1),
        name,
      ).toBe(data.length);
      expect(data.every(Number.isFinite), name).toBe(true);
    }
  },
);

test("the sizes are those of the paper", () => {
  expect(FULL_PEERS).toMatchObject({ modelHidden: [512, 512], trajectories: 200, fisherRows: 409_600 });
});
