import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** npm at this checkout, as a shell would call it: without what an npm that runs these tests hands on. */
const npm = (...args: string[]) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  return promisify(execFile)("npm", args, { cwd: ROOT, env, maxBuffer: 2 ** 24, shell: process.platform === "win32" });
};

describe("the package", () => {
  test("gives npm nothing to warn of", async () => {
    const { stderr } = await npm("config", "get", "fund");
    expect(stderr).not.toMatch(/warn/i);
  });

  test("is small, and holds the command, the page and the docs, but no sources and no runs", async () => {
    const { stdout } = await npm("pack", "--dry-run", "--ignore-scripts", "--json");
    const [{ size, files }] = JSON.parse(stdout) as [{ size: number; files: readonly { readonly path: string }[] }];
    const paths = files.map(({ path }) => path);
    expect(size).toBeLessThan(9 * 2 ** 20);
    expect(paths).toEqual(expect.arrayContaining(["package.json", "README.md", "docs/cli.md", "dist/cli/main.js"]));
    expect(paths.filter((path) => /^(src|test|bench|results|runs)\/|\.map$|\.tsbuildinfo$/.test(path))).toEqual([]);
  });
});
