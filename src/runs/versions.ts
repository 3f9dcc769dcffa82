import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** Version of the package that the file `path` belongs to: that of the nearest package.json with a name. */
function versionAbove(path: string): string | undefined {
  for (let at = dirname(path); dirname(at) !== at; at = dirname(at)) {
    const file = join(at, "package.json");
    if (!existsSync(file)) continue;
    const { name, version } = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
    if (name !== undefined && version !== undefined) return version;
  }
  return undefined;
}

function versionOf(name: string): string {
  try {
    return versionAbove(require.resolve(name)) ?? "unknown";
  } catch {
    return "not installed";
  }
}

/** Version of stackelberg. */
export const VERSION: string = versionAbove(fileURLToPath(import.meta.url)) ?? "unknown";

/** What a run's numbers depend on, apart from its settings. */
export function versions(): Readonly<Record<string, string>> {
  return {
    stackelberg: VERSION,
    node: process.versions.node,
    onnxruntime: versionOf("onnxruntime-node"),
    mujoco: versionOf("@mujoco/mujoco"),
    platform: `${process.platform}-${process.arch}`,
  };
}
