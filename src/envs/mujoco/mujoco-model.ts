import loadModule, { type MainModule, type MjModel } from "@mujoco/mujoco";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { WorldError } from "../../errors/errors.js";
import type { Perturbation } from "../../mdp/task.js";
import { join, stepsUp } from "./model-paths.js";
import { checkSize } from "./model-size.js";
import { digestOf, type ModelFiles, type ModelSource } from "./model-source.js";
import type { MujocoTaskSpec } from "./mujoco-task.js";
import { perturbModel } from "./perturbation.js";
import { bindWithoutEval } from "./without-eval.js";

/** What the engine calls the text of a model with files; no model has a file of this name. */
const MAIN = "(model).xml";

let loading: Promise<MainModule> | undefined;

/** The MuJoCo engine (WebAssembly), loaded on the first call; about 0.1 s. Works in Node and in the browser. */
export function loadMujoco(): Promise<MainModule> {
  loading ??= loadModule().catch((error: unknown) => {
    if (!(error instanceof EvalError)) throw error;
    bindWithoutEval(); // the page's policy lets no code be made of text
    return loadModule();
  });
  return loading;
}

/** Compiled models by source, shared by all worlds of the process: worlds read them and never write. */
const models = new Map<string, MjModel>();

/**
 * The compiled model of an MJCF text, with the files that it names; the same source and factors give the same object, which
 * is never freed.
 *
 * @param source its text alone, or with files
 * @param perturbation factors on quantities of the model
 * @throws {WorldError} where the text does not compile
 * @throws {ConfigError} where a factor is not valid, or the model has nothing of its quantity
 */
export async function compileModel(
  where: string,
  source: string | ModelSource,
  perturbation: Perturbation = {},
): Promise<MjModel> {
  const mujoco = await loadMujoco(); // first: whoever asks meanwhile must find what is compiled here
  const whole: ModelSource = typeof source === "string" ? { mjcf: source } : source;
  const key = JSON.stringify([perturbation, hasFiles(whole) ? digestOf(whole.files) : "", whole.mjcf]);
  const shared = models.get(key) ?? newModel(mujoco, where, whole, perturbation);
  models.set(key, shared);
  return shared;
}

/**
 * The model of a spec: shared, or with `ownModel` the caller's own.
 *
 * @throws {WorldError} where it does not compile
 * @throws {ConfigError} where a factor is not valid, or the model has nothing of its quantity
 */
export async function modelOf(spec: MujocoTaskSpec): Promise<MjModel> {
  const { id, ownModel = false, perturbation = {} } = spec;
  return ownModel ? newModel(await loadMujoco(), id, spec, perturbation) : compileModel(id, spec, perturbation);
}

/** An engine that has crashed cannot be used again: the next model gets another. */
function forgetEngine(): void {
  loading = undefined;
  models.clear();
}

type WithFiles = ModelSource & { readonly files: ModelFiles };
const hasFiles = (source: ModelSource): source is WithFiles =>
  source.files !== undefined && Object.keys(source.files).length > 0;

/** A model that is the caller's own, to change and to delete. */
function newModel(mujoco: MainModule, where: string, source: ModelSource, perturbation: Perturbation): MjModel {
  checkSize(where, source);
  const folder = hasFiles(source) ? folderFor(source.files) : "";
  let model: MjModel;
  try {
    model = hasFiles(source) ? compiledWith(mujoco, folder, source) : mujoco.MjModel.from_xml_string(source.mjcf);
  } catch (cause) {
    if (isCrash(cause)) forgetEngine();
    const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\s*\n\s*/g, ", ");
    const mend = /opening file/.test(reason)
      ? "Give its files too, as readModel of stackelberg/node and fetchModel of stackelberg/web do"
      : "Correct the MJCF source";
    throw new WorldError(where, `the model does not compile: ${reason.replaceAll(folder, "")}`, mend, { cause });
  }
  // Or the engine would put a state that blows up back to the start, with a warning nobody sees.
  model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
  try {
    perturbModel(mujoco, where, model, perturbation);
    return model;
  } catch (error) {
    model.delete();
    throw error;
  }
}

/** Whether WebAssembly itself has failed. */
const isCrash = (error: unknown): boolean => error instanceof Error && error.name === "RuntimeError";

/**
 * Where a model's files lie for the engine. It knows meshes that it has read again by their path alone, so that each set of
 * files has a folder of its own; deep enough for paths that lead up.
 */
const folderFor = (files: ModelFiles): string =>
  `${digestOf(files)}/${"in/".repeat(Math.max(...Object.keys(files).map(stepsUp)))}`;

/** A model whose files lie in memory while it is compiled. */
function compiledWith(mujoco: MainModule, folder: string, { mjcf, files }: WithFiles): MjModel {
  const disk = new mujoco.MjVFS();
  let crashed = false;
  try {
    for (const [path, content] of Object.entries(files)) disk.addBuffer(join(folder, path), content);
    disk.addBuffer(`${folder}${MAIN}`, utf8ToBytes(mjcf));
    return mujoco.MjModel.mj_loadXML(`${folder}${MAIN}`, disk);
  } catch (error) {
    crashed = isCrash(error);
    throw error;
  } finally {
    if (!crashed) disk.delete();
  }
}
