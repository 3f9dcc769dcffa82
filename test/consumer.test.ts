import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Types as users get them: from what `npm run build` made, and with the types of all libraries checked. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const IN_NODE = `
import { createTask, resolveSettings, type Settings, train } from "stackelberg";
import { openNodeCompute, saveRun } from "stackelberg/node";
export const settings: Settings = resolveSettings({ algorithm: "pal", task: createTask("point-mass") });
export const used = [openNodeCompute, saveRun, train];
`;
const IN_A_PAGE = `
import { createTask, mujocoTask } from "stackelberg";
import { loadPolicy, type TabRun, trainInTab } from "stackelberg/web";
import { mountRun } from "stackelberg/web/views";
export const run = (): TabRun => trainInTab({ task: "point-mass", settings: { npg: { steps: 2 } } });
export const views = (element: HTMLElement) => mountRun(element, run());
export const used = [loadPolicy, createTask, mujocoTask];
`;
const STRICT = {
  target: "ES2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  typeRoots: [join(ROOT, "node_modules/@types")],
};

test.each([
  ["Node", IN_NODE, { module: "NodeNext", moduleResolution: "NodeNext", lib: ["ES2022"], types: ["node"] }],
  ["a page", IN_A_PAGE, { module: "ESNext", moduleResolution: "bundler", lib: ["ES2022", "DOM"], types: [] }],
])("a strict project for %s compiles, without skipLibCheck", (_, code, options) => {
  const folder = mkdtempSync(join(tmpdir(), "stackelberg-consumer-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/stackelberg"), "dir");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "index.ts"), code);
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: ["index.ts"] }),
    );
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
