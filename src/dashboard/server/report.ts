import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Compute } from "../../compute/engine.js";
import { StorageError } from "../../errors/errors.js";
import type { RunHead } from "../../runs/config.js";
import { metricsPath } from "../../runs/metrics-log.js";
import { VERSION } from "../../runs/versions.js";
import type { SceneReport, ShownEpisode } from "../shared/protocol.js";
import type { Report } from "../shared/report.js";
import { wholeLines } from "./files.js";
import { runDetail } from "./run-detail.js";
import { RunIndex } from "./run-index.js";
import { type OpenTask, Workbench } from "./workbench.js";

export interface ReportOptions {
  /** The run directory. */
  readonly run: string;
  readonly cwd: string;
  readonly openTask: OpenTask;
  readonly solvedReturn: (head: RunHead) => number | null;
  readonly openCompute: () => Promise<Compute>;
  /** The start that is replayed. */
  readonly seed: number;
  /** ISO 8601. */
  readonly made: string;
  /** Folder of what the build made of the dashboard; tests set it. */
  readonly built?: string;
}

const BUILT = fileURLToPath(new URL("..", import.meta.url));
/** States that a replay keeps: what is longer is thinned, so that a report stays small enough to send. */
const STATES = 500;

/**
 * A run as one HTML file that opens without a server: curves, game board, settings, log and a replay of the newest
 * checkpoint that can be played. Script, style and data are inside; its own policy lets it load nothing else.
 *
 * @throws {StorageError} where there is no run, or the page has not been built
 */
export async function reportHtml(options: ReportOptions): Promise<string> {
  const { run: directory, cwd, openTask, solvedReturn, openCompute, seed, made, built = BUILT } = options;
  const [entry] = new RunIndex([directory], cwd, solvedReturn).look();
  if (entry === undefined) {
    throw new StorageError(directory, "is no run directory", "Give a directory that `stackelberg train` made");
  }
  const detail = await runDetail(directory, (config) => openTask(directory, config), cwd);
  const bench = new Workbench(openTask, openCompute);
  let scene: SceneReport | null = null;
  let missing = "The run has no checkpoint to replay.";
  for (const { iteration, problem } of detail.checkpoints) {
    if (scene !== null || problem !== null) continue;
    try {
      scene = thinned(await bench.scene(directory, iteration, seed));
    } catch (error) {
      missing = `No replay: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  await bench.close();
  const { bytes } = entry.metrics;
  const metrics = bytes > 0 ? wholeLines(metricsPath(directory), 0, bytes).toString("utf8") : "";
  return page({ run: entry, detail, metrics, scene, missing, made, version: VERSION }, built);
}

/** Every nth state, the last included, so that at most `STATES` and one remain. Rewards are sums over what was left out. */
function thinned(scene: SceneReport): SceneReport {
  const steps = Math.max(scene.world.rewards.length, ...scene.ghosts.map(({ rewards }) => rewards.length));
  const stride = Math.ceil(steps / STATES);
  if (stride <= 1) return scene;
  const bodies = scene.scene?.bodies.length ?? 0;
  const thin = (episode: ShownEpisode): ShownEpisode => {
    const last = episode.rewards.length;
    const states = [...Array(Math.ceil(last / stride)).keys()].map((k) => k * stride).concat(last);
    const pick = <T>(values: readonly T[]) => states.map((t) => values[t]!);
    const summed = (values: readonly number[]) =>
      states.slice(1).map((to, k) => values.slice(states[k], to).reduce((sum, x) => sum + x, 0));
    return {
      ...episode,
      poses: episode.poses && pickPoses(episode.poses, 7 * bodies, states),
      contacts: episode.contacts && pick(episode.contacts),
      rewards: summed(episode.rewards),
      terms:
        episode.terms &&
        Object.fromEntries(Object.entries(episode.terms).map(([name, values]) => [name, summed(values)])),
      observations: episode.observations.map(pick),
      successes: episode.successes && states.slice(1).map((t) => episode.successes![t - 1]),
      goalErrors: episode.goalErrors && pick(episode.goalErrors),
    };
  };
  return {
    ...scene,
    controlStep: scene.controlStep * stride,
    stride,
    world: thin(scene.world),
    ghosts: scene.ghosts.map(thin),
  };
}

function pickPoses(base64: string, width: number, states: readonly number[]): string {
  const rows = Buffer.from(base64, "base64");
  const size = 4 * width;
  return Buffer.concat(states.map((t) => rows.subarray(t * size, (t + 1) * size))).toString("base64");
}

/** The script of the report and the style of the page. @throws {StorageError} where they have not been built */
function builtParts(built: string): { readonly script: string; readonly style: string } {
  const [script, assets] = [join(built, "report", "report.js"), join(built, "page", "assets")];
  if (!existsSync(script) || !existsSync(assets)) {
    throw new StorageError(built, "the page has not been built", "Run npm run build");
  }
  const styles = readdirSync(assets).filter((name) => name.endsWith(".css"));
  return {
    script: readFileSync(script, "utf8").replace(/<(?=\/script|script|!--)/gi, "\\x3c"), // no text of it may end or open an element
    style: styles.map((name) => readFileSync(join(assets, name), "utf8")).join("\n"),
  };
}

function page(report: Report, built: string): string {
  const { script, style } = builtParts(built);
  const data = JSON.stringify(report).replaceAll("<", "\\u003c"); // so that no text in it ends the element
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const title = `${report.run.name}: stackelberg report`.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<script id="report" type="application/json">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}
