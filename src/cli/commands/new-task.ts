import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { readModel } from "../../bridges/read-model.js";
import { describeModel } from "../../envs/mujoco/describe-model.js";
import { taskModule } from "../../envs/mujoco/task-module.js";
import { ConfigError, StorageError } from "../../errors/errors.js";
import { writeAtomic } from "../../runs/files.js";
import type { AddCommand } from "../command.js";
import { quoted, shown } from "../runs.js";
import { COMMAND } from "../text.js";

interface Options {
  readonly mjcf: string;
  readonly out?: string;
  readonly id?: string;
}

/** `stackelberg new-task`: a task module to begin with. */
export const newTaskCommand: AddCommand = (add, { terminal }) => {
  add("new-task")
    .summary("write a task of your own from a MuJoCo model, to begin with")
    .description(
      "Writes a module with a task on a MuJoCo model: what the learner sees, where episodes begin and a first reward. It passes check-task and can be trained as it is.",
    )
    .requiredOption("--mjcf <file>", "the model, an MJCF file; what it includes and its meshes come along")
    .option("--out <file>", "the module, a new file that ends in .mjs (default: beside the model, of its name)")
    .option("--id <id>", "the task's id, with a version (default: of the file's name)")
    .action(async ({ mjcf, out, id }: Options) => {
      const model = resolve(terminal.cwd, mjcf);
      const name = basename(model, extname(model));
      const file = out === undefined ? resolve(dirname(model), `${name}.mjs`) : resolve(terminal.cwd, out);
      const task = { id: id ?? idOf(name), model: `./${relative(dirname(file), model).replaceAll("\\", "/")}` };
      check(file, task.id, terminal.cwd);
      if (!existsSync(model) || !statSync(model).isFile())
        throw new ConfigError("--mjcf", `${mjcf} is no file`, "Give the path of an MJCF file");
      const source = taskModule(await describeModel(mjcf, await readModel(model, mjcf)), task);
      writeAtomic(file, source);
      const path = shown(file, terminal.cwd);
      const asPath = /^[./]/.test(path) ? path : `./${path}`;
      terminal.out(
        `${path}: ${task.id}\n\nNext:\n  ${COMMAND} check-task ${quoted(asPath)}\n  ${COMMAND} train pal ${quoted(asPath)}\n`,
      );
    });
};

const idOf = (name: string): string =>
  `${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "robot"
  }-v0`;

/** @throws {ConfigError} where the file is taken or is no module's, or the id is none */
function check(file: string, id: string, cwd: string): void {
  const path = shown(file, cwd);
  if (!file.endsWith(".mjs")) throw new ConfigError("--out", `must end in .mjs, got ${path}`, "For instance robot.mjs");
  if (existsSync(file)) throw new ConfigError("--out", `${path} is there already`, "Remove it, or choose another name");
  if (!existsSync(dirname(file)))
    throw new StorageError(dirname(path), "there is no such directory", "Make it, or choose another file");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*-v\d+$/.test(id))
    throw new ConfigError(
      "--id",
      `must be lower-case words and a version, got ${JSON.stringify(id)}`,
      "For instance my-robot-v0",
    );
}
