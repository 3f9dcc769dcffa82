import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { recallExperience } from "../../agents/experience-part.js";
import { hasPolicyNetwork } from "../../agents/export.js";
import { SnapshotReader } from "../../agents/snapshot-reader.js";
import { checkpointPath } from "../../runs/checkpoint.js";
import { readConfig } from "../../runs/config.js";
import { writeAtomic } from "../../runs/files.js";
import { writeMinari } from "../../runs/minari/write-minari.js";
import { directoryPath, oneOf, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { runNamed, shown } from "../runs.js";
import { recallTask } from "../task-source.js";
import { count } from "../text.js";

const FORMATS = ["onnx", "safetensors", "all"] as const;

import { snapshotOf } from "../run-snapshot.js";

interface Options {
  readonly format?: (typeof FORMATS)[number];
  readonly minari?: string;
  readonly checkpoint?: number;
  readonly out?: string;
}

/** `stackelberg export`: a run's networks for other programs. */
export const exportCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("export")
    .summary("write a run's networks or samples for other programs")
    .description(
      "Writes policy.onnx and model.onnx, or the raw weights as safetensors; or the samples, as a Minari dataset.",
    )
    .argument("<run>", "a run directory")
    .option("--format <name>", `${FORMATS.join(", ")} (default: onnx)`, oneOf("--format", FORMATS))
    .option(
      "--minari <directory>",
      "write the run's samples into a new directory, as a Minari dataset; the networks only with --format",
      directoryPath("--minari"),
    )
    .option(
      "--checkpoint <iteration>",
      "as they were after this iteration, if its checkpoint is kept",
      wholeNumber("--checkpoint", 1),
    )
    .option("--out <directory>", "where to (default: <run>/export)")
    .action(async (run: string, options: Options) => {
      const directory = runNamed(run, terminal.cwd);
      const out = options.out === undefined ? join(directory, "export") : resolve(terminal.cwd, options.out);
      const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
      const config = readConfig(directory);
      const snapshot = snapshotOf(directory, options.checkpoint, warn);
      if (options.minari !== undefined) {
        const task = await recallTask(directory, config, terminal.cwd, await loadParts(), warn);
        const data = recallExperience(new SnapshotReader(snapshot), task);
        const dataset = resolve(terminal.cwd, options.minari);
        const { algorithm, seed } = config;
        const { episodes, steps } = await writeMinari(dataset, data, { task, algorithm, seed });
        terminal.out(`${shown(dataset, terminal.cwd)}: ${count(steps)} samples in ${count(episodes)} episodes\n`);
        if (options.format === undefined) return;
      }
      const { format = "onnx" } = options;
      mkdirSync(out, { recursive: true });
      const put = (name: string, write: (path: string) => void) => {
        write(join(out, name));
        terminal.out(`${shown(join(out, name), terminal.cwd)}\n`);
      };
      if (format !== "safetensors") {
        const parts = await loadParts();
        const task = await recallTask(directory, config, terminal.cwd, parts, warn);
        if (hasPolicyNetwork(config.settings, task))
          put("policy.onnx", (path) => writeAtomic(path, parts.player.policyToOnnx(snapshot, config.settings, task)));
        else
          terminal.err(
            `No policy.onnx: the policy player ${config.settings.players.policy} plans in the model, and has no network.\n`,
          );
        const model = parts.player.modelToOnnx(snapshot, config.settings, task);
        if (model !== null) put("model.onnx", (path) => writeAtomic(path, model));
      }
      if (format !== "onnx") {
        const checkpoint = checkpointPath(directory, snapshot.meta.iteration);
        const own = ["policy", "value", "model"].filter((part) => existsSync(join(checkpoint, `${part}.safetensors`)));
        for (const part of own) {
          put(`${part}.safetensors`, (path) => copyFileSync(join(checkpoint, `${part}.safetensors`), path));
        }
      }
    });
};
